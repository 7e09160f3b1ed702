"""Parts of the authors' files are found, and put back with everything around them as it was."""

import pytest

from induction.config import PROJECT_ROOT
from induction.curriculum.loader import read_texts
from induction.curriculum.parts import FilePart, PartKind, find, outline, put

SLUG = "social-media"
TOP = f"content/{SLUG}/policy.yaml"
QUIZ = f"quizzes/{SLUG}/01-a.yaml"
POLICY = """\
title: Rules  # as on paper
review_due: "2027-01"
versions: [{date: 2026-01-01, change: First}]
declaration:
  - I follow it.
  # why: the lawyers asked
  - >-
    I report
    what breaks it.
clauses:
  # Who does what
  - id: one
    words: >-
      Ask ’first’.

    where: Bullet 1
  - {id: two, words: "Be \\"kind\\"", where: Bullet 2}
topics: []
"""
SCENARIOS = """\
pass_mark: 80
scenarios:
  - id: van
    title: A van
    # about the van
    situation: x

  - id: face
    title: A face
    situation: y
after: z
"""


@pytest.fixture
def files() -> dict[str, str]:
    return {TOP: POLICY, QUIZ: SCENARIOS, f"content/{SLUG}/01-a.md": "---\ntitle: A\n---\nText\n"}


def part(files: dict[str, str], kind: PartKind, name: str) -> FilePart:
    found = find(SLUG, files, kind, name)
    assert found is not None
    return found


def written(files: dict[str, str], kind: PartKind, name: str, words: str) -> str:
    """The file with these words in the part; the part has them, and no other has changed."""
    found = part(files, kind, name)
    text = put(found, files[found.path], words)
    again = {**files, found.path: text}
    assert part(again, kind, name).text.strip() == words.strip()
    before = {(p.kind, p.name): p.text for p in outline(SLUG, files).parts}
    after = {(p.kind, p.name): p.text for p in outline(SLUG, again).parts}
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {(kind, name), (PartKind.FILE, found.path)}
    return text


def test_words_of_a_clause_keep_what_stands_around_them(files: dict[str, str]) -> None:
    long = "Ask every person in the picture, and wait for a clear yes: " + "really, " * 12 + "wait."
    text = written(files, PartKind.CLAUSE, "one", long)
    assert "  # Who does what\n  - id: one\n    words: >-\n      Ask every person" in text
    assert "\n    where: Bullet 1\n" in text
    assert all(len(row) <= 100 for row in text.split("\n"))


@pytest.mark.parametrize("words", ["# no: 'comment' {x} [y]", "“Quoted” \\ back", "- dash", "yes"])
def test_any_words_can_stand_in_a_clause(files: dict[str, str], words: str) -> None:
    for name in ("one", "two"):
        written(files, PartKind.CLAUSE, name, words)


def test_a_fact_keeps_its_comment(files: dict[str, str]) -> None:
    text = written(files, PartKind.FACT, "title", 'Rules: "new"')
    assert 'title: "Rules: \\"new\\""  # as on paper\n' in text


def test_a_history_gains_a_line(files: dict[str, str]) -> None:
    more = "2026-01-01 First\n2027-01-01 Second: shorter"
    assert 'change: "Second: shorter"}]\n' in written(files, PartKind.HISTORY, "history", more)


def test_statements_stand_apart_by_an_empty_line(files: dict[str, str]) -> None:
    assert part(files, PartKind.DECLARATION, "declaration").text == (
        "I follow it.\n\nI report what breaks it."
    )
    text = written(files, PartKind.DECLARATION, "declaration", "One.\n\nTwo.\n\nThree.")
    assert text.count("  - >-\n    ") == 3


def test_a_situation_is_its_lines(files: dict[str, str]) -> None:
    van = part(files, PartKind.SCENARIO, "van")
    assert (van.first, van.last, van.title) == (3, 7, "A van")
    assert put(van, SCENARIOS, van.text) == SCENARIOS
    text = written(files, PartKind.SCENARIO, "van", van.text.replace(": x", ": xx"))
    assert text == SCENARIOS.replace(": x", ": xx")
    face = part(files, PartKind.SCENARIO, "face")
    assert put(face, SCENARIOS, face.text) == SCENARIOS
    smallest = outline(SLUG, files).at(QUIZ, 5)
    assert smallest == van


def test_a_file_that_cannot_be_read_has_no_smaller_parts(files: dict[str, str]) -> None:
    broken = {**files, QUIZ: "scenarios:\n\t- id: x\n", TOP: "clauses: [\n" * 40}
    found = outline(SLUG, broken)
    assert (found.clauses, found.declaration, found.sections[0].scenarios) == ((), None, ())
    assert find(SLUG, broken, PartKind.SCENARIO, "van") is None
    assert find(SLUG, broken, PartKind.FILE, QUIZ) is not None


def test_every_part_of_our_own_policy_goes_back_as_it_was() -> None:
    files = read_texts(PROJECT_ROOT, SLUG)
    parts = outline(SLUG, files).parts
    assert len(parts) > 150
    for one in parts:
        text = put(one, files[one.path], one.text)
        if one.kind in (PartKind.FILE, PartKind.SCENARIO):
            assert text == files[one.path]
        elif one.kind is PartKind.CLAUSE:
            again = find(SLUG, {**files, one.path: text}, one.kind, one.name)
            assert again is not None
            assert again.text == one.text
