"""Every mail is a letter from a template: a subject, a greeting, and sentences."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((PROJECT / "templates/mail").glob("*.txt"))
_TAG = re.compile(r"\{%.*?%\}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_letter_has_a_subject_a_greeting_and_sentences_with_capitals(path: Path) -> None:
    subject, *paragraphs = filter(str.strip, _TAG.sub("", path.read_text("utf-8")).split("\n\n"))
    assert subject.strip()
    greeting, *sentences = paragraphs
    assert re.fullmatch(r"Hello( \{\{ \w+\.full_name \}\})?,", greeting.strip())
    spoken = [text for text in sentences if not text.startswith("    ")]  # no command
    small = [text for text in spoken if text.strip()[0].islower()]
    assert not small, "after the greeting comes a sentence: in English it begins with a capital"


def test_nothing_but_the_two_parts_of_a_mail_opens_its_templates() -> None:
    found = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "induction").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and str(node.value).startswith("mail/")
    }
    assert found == {"induction/mail/letters.py", "induction/mail/html_part.py"}
