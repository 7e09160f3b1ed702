"""What only one audience reads and signs: passages of a section, lines of the declaration."""

import json

import pytest
from flask import Flask

from induction.config import Settings
from induction.curriculum import reading_time
from tests.support.cast import Cast
from tests.support.places import DOING, taught
from tests.support.record import rows

PASSAGE, LINE, FOR_ALL = "Keep the forms in the office", "I will keep the forms.", "before I film."


@pytest.fixture
def settings(instance: object) -> Settings:
    """A small policy that has something for staff alone."""
    return taught(instance, DOING, "phones-at-work")  # type: ignore[arg-type]


@pytest.mark.parametrize(("audience", "theirs"), [("learner", False), ("staff", True)])
def test_each_reads_and_signs_what_is_for_them(
    app: Flask, cast: Cast, audience: str, theirs: bool
) -> None:
    me = cast.taking(cast.learner(audience=audience))
    assert (PASSAGE in me.visitor.read("/induction/phones").text) is theirs
    me.to_declaration()
    assert FOR_ALL in me.page.text
    assert (LINE in me.page.text) is theirs
    number = me.finish()
    [(statements,)] = rows(app, "SELECT statements FROM declaration")
    said = json.loads(str(statements)) if isinstance(statements, str) else statements
    assert said == ["I will ask before I film.", *([LINE] if theirs else [])]
    assert (LINE in me.visitor.read(f"/certificates/{number}").text) is theirs


def test_it_costs_those_their_time_and_nobody_else(cast: Cast) -> None:
    [section] = cast.policy.sections
    assert reading_time.reading(section, "staff") > reading_time.reading(section, "learner")
    assert reading_time.reading(section, "learner") == reading_time.reading(section, "")
    assert reading_time.declaration(cast.policy, "staff") > reading_time.declaration(
        cast.policy, "learner"
    )
