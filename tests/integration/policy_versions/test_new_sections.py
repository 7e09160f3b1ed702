"""A section that is added to the draft in the browser, and what stays as it was."""

import pytest
from flask import Flask

from induction.config import PROJECT_ROOT
from induction.curriculum.loader import read_texts
from induction.people.models import Role
from tests.integration.policy_versions.test_drafts import (
    DRAFT,
    begin,
    content_of,
    draw_up,
    press,
    reword,
    save,
    taken,
    words_of,
)
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, rows

ADD = f"{DRAFT}/section"


@pytest.fixture
def officer(cast: Cast) -> Visitor:
    return cast.signed_in(cast.account(Role.COMPLIANCE, "Ola Officer"))


def said(**other: str | list[str]) -> dict[str, str | list[str]]:
    return {
        "title": "On placement: “yours”, and ours",
        "after": "content/social-media/03-permission-to-film.md",
        "summary": "Your placement has rules of its own.",
        "clauses": ["rule-06-record", "duty-comply"],
        "words": "Kasia is at a nursery.\n\n## What to do\n\n- **Ask** the {leaders}.",
        **other,
    }


def add(officer: Visitor, **other: str | list[str]) -> str:
    answer = officer.send(officer.read(ADD).form("title"), said(**other), at=ADD)
    assert answer.status_code == 303
    return str(answer.location)


def test_a_section_is_added_between_others_and_the_check_says_what_is_missing(
    app: Flask, cast: Cast, officer: Visitor
) -> None:
    learner = cast.learner("Dana Done")
    cast.graduate(learner)
    before = [s.slug for s in content_of(app).policy.sections]
    begin(officer)
    fourth = next(path for path in taken(officer) if path.startswith("content/social-media/04-"))
    comment = f"{DRAFT}/file/{fourth}"
    form = officer.read(comment).form("comment")
    assert officer.send(form, {"comment": "Shorter?"}, at=comment).status_code == 303
    assert officer.read(DRAFT).links["Add a section"] == ADD

    where = add(officer)
    page = officer.read(where)
    name = "on-placement-yours-and-ours"
    assert where.endswith(f"/content/social-media/04-{name}.md")
    assert 'title: "On placement: “yours”, and ours"' in words_of(officer, where)
    overview = officer.read(DRAFT)
    assert f"04-{name}.yaml" in overview.text
    assert "to be mended before a version can be drawn up" in overview.text
    assert "this was the section" not in overview.text, "names are as they were"
    moved = f"{DRAFT}/file/{fourth.replace('/04-', '/05-')}"
    assert "Shorter?" in officer.read(moved).text, "a comment follows its file"
    assert page.title
    files = taken(officer)
    texts = read_texts(PROJECT_ROOT, "social-media")
    kept = {path.rpartition("/")[2][3:]: text for path, text in texts.items()}
    for path, data in files.items():
        if name not in path:
            assert kept[path.rpartition("/")[2][3:]] == data.decode()

    quiz = f"{DRAFT}/file/quizzes/social-media/04-{name}.yaml"
    example = words_of(officer, quiz)
    first = "\n".join(row.removeprefix("#") for row in example.split("\n")[3:])
    also = first.replace(f"{name}-first", f"{name}-second").replace("rule-06-record", "duty-comply")
    assert save(officer, quiz, f"scenarios:\n{first}{also}").status_code == 303
    assert "Nothing is to be mended" in officer.read(DRAFT).text
    assert "Kasia is at a nursery." in officer.read(f"{DRAFT}/preview/{name}").text
    reword(
        officer, f"{DRAFT}/history/history", "new branding", "new branding\n2026-01-31 Placement"
    )
    version = draw_up(officer, "minor")
    press(officer, version, "/approve")
    press(officer, version, "/publish")
    now = content_of(app).policy
    assert [s.slug for s in now.sections] == [*before[:3], name, *before[3:]]
    ((state,),) = rows(app, "SELECT state FROM progress")
    assert state == "complete", "whoever has signed stays done"
    assert "policy:draft-brought" in actions(app)


def test_sections_move_up_only_as_far_as_they_must(officer: Visitor) -> None:
    begin(officer)
    count = len([path for path in taken(officer) if path.endswith(".yaml") and "quizzes" in path])
    before = taken(officer)
    last = max(path for path in before if "/0" in path and path.endswith(".md"))
    add(officer, after=last)
    files = taken(officer)
    assert before.items() < files.items(), "nothing moves for what comes last"
    assert f"content/social-media/{count + 1:02}-on-placement-yours-and-ours.md" in files
    add(officer, after="", title="Before all")
    files = taken(officer)
    assert "quizzes/social-media/01-before-all.yaml" in files
    assert f"content/social-media/{count + 2:02}-on-placement-yours-and-ours.md" in files


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"title": " "}, "Give it a title."),
        ({"title": "Permission to film"}, "There is a section of this name already."),
        ({"title": "…"}, "Give it a title with letters from A to Z"),
        ({"clauses": []}, "Choose at least one rule."),
        ({"words": ""}, "Write what people read here"),
        ({"words": "Ask\u2028first."}, "an invisible character (U+2028)"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_can_be_no_section_is_refused_with_words(
    officer: Visitor, other: dict[str, str | list[str]], told: str
) -> None:
    begin(officer)
    before = taken(officer)
    answer = officer.send(officer.read(ADD).form("title"), said(**other), at=ADD)
    assert answer.status_code == 422
    assert told in Page(answer.get_data(as_text=True)).text
    assert taken(officer) == before


def test_without_a_draft_there_is_nothing_to_add_to(officer: Visitor) -> None:
    assert officer.get(ADD).status_code == 303
