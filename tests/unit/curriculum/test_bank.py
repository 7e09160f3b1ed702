"""What the bank measures: forms for each clause, and how far a rule of thumb gets."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from induction.curriculum.bank import Bank, Share, bank
from induction.curriculum.report import run_check
from tests.unit.curriculum.tiny import ARRIVING_QUIZ, BADGES_QUIZ, FILES, ROOT, load

ARRIVING, BADGES = FILES[ARRIVING_QUIZ], FILES[BADGES_QUIZ]


def marked(text: str, mark: str, *options: str) -> str:
    """The quiz with ``mark: true`` on these options."""
    for option in options:
        before, found, after = text.partition(f"- id: {option}\n")
        assert found
        indent = after[: len(after) - len(after.lstrip())]
        text = f"{before}{found}{indent}{mark}: true\n{after}"
    return text


def figures(arriving: str = ARRIVING, badges: str = BADGES) -> Bank:
    return bank(load({**FILES, ARRIVING_QUIZ: arriving, BADGES_QUIZ: badges}))


def test_the_forms_of_a_clause_are_counted_by_use() -> None:
    another = ARRIVING[
        ARRIVING.index("  - id: late-for-class") : ARRIVING.index("  - id: lunch-run")
    ]
    another = another.replace("late-for-class", "early-for-class")
    found = figures(ARRIVING + another.replace("    kind", "    use: check\n    kind"))

    assert found.uses == {"learn": 3, "check": 1, "later": 0}
    assert {line.clause.id: (*line.forms.values(),) for line in found.clauses} == {
        "sign-in": (2, 1, 0), "sign-out": (1, 0, 0), "badge": (1, 0, 0), "desk-hours": (0, 0, 0),
    }  # fmt: skip
    wanting = {line.clause.id: line.wanting for line in found.clauses}
    assert wanting["sign-in"] == ("later",)
    assert wanting["desk-hours"] == (), "is not assessed"


def test_a_rule_of_thumb_is_followed_to_the_end_of_a_story_and_ticks_all_it_marks() -> None:
    assert figures().cautious["arriving"] == Share(0, 0), (
        "nothing is counted where nothing is marked"
    )
    halfway = marked(ARRIVING, "cautious", "join-queue", "wait-to-sign")
    assert figures(halfway).cautious["arriving"] == Share(1, 1), (
        "the story is not marked to its end"
    )
    to_the_end = marked(halfway, "cautious", "wave")
    assert figures(to_the_end).cautious["arriving"] == Share(1, 2)
    some = marked(BADGES, "decent", "ask-desk")
    assert figures(badges=some).decent == Share(0, 1)
    assert figures(badges=marked(some, "decent", "tell-tutor")).decent == Share(1, 1)
    both = figures(marked(to_the_end, "decent", "side-door", "walk-past"))
    assert both.unmarked == ("forgotten-badge",)


def test_a_story_turns_where_a_poor_first_choice_leads_on() -> None:
    assert figures().turning == Share(0, 1)
    poor = "            next: on-the-way-back\n"
    assert figures(
        ARRIVING.replace(poor, f"{poor}            misconception: So.\n")
    ).turning == Share(1, 1)


def test_what_is_printed_marks_what_misses_its_goal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(shutil.copytree(ROOT, tmp_path / "copy"))
    cautious = marked(ARRIVING, "cautious", "join-queue", "wait-to-sign", "sign-again")
    (root / ARRIVING_QUIZ).write_text(
        cautious.replace("    kind: single", "    must: true\n    kind: single")
    )
    today = date(2026, 11, 23)

    assert run_check(root, today, as_json=False) == 0, "the bank is for authors, and stops nothing"
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Bank: 3 scenarios (3 learn, 0 check, 0 later)" in lines
    assert "sign-in 2 0 0 ← none for check, later" in lines
    assert "desk-hours 0 0 0 not assessed" in lines
    assert "the most cautious option, arriving 2 of 2 at most a half ←" in lines
    assert "the most cautious option, badges 0 of 0 at most a half" in lines
    assert "a poor first choice can be put right 0 of 1 at least a half ←" in lines
    assert "Must be right: 1: late-for-class" in lines

    run_check(root, today, as_json=True)
    printed = json.loads(capsys.readouterr().out)["policies"][0]["bank"]
    assert printed["clauses"]["sign-in"] == {"learn": 2, "check": 0, "later": 0}
    assert printed["cautious"]["arriving"] == {"count": 2, "of": 2}


def test_what_sections_ask_of_one_audience_alone_is_counted() -> None:
    for_learners = BADGES.replace(
        "    kind: multiple\n", "    audiences: [learner]\n    kind: multiple\n"
    )
    found = figures(badges=BADGES + for_learners.partition("scenarios:\n")[2].replace(
        "id: forgotten-badge", "id: borrowed-badge"
    ))  # fmt: skip

    assert found.own == {"learner": Share(1, 4), "staff": Share(0, 2)}
