"""Several who act on the same people at once: each act is done once, and nobody waits for ever."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

import pytest
from flask import Flask

from induction.people.models import Role
from tests.support.at_once import at_once
from tests.support.cast import Cast
from tests.support.queries import Statements
from tests.support.record import actions

TUTORS, LEARNERS = 6, 12


@pytest.fixture
def workshop(tiny_here: Flask) -> Cast:
    """People of an institute that teaches the small policy, on each of the databases."""
    return Cast(tiny_here)


def test_several_heads_mark_the_same_people_as_left_at_once(workshop: Cast) -> None:
    cohort = workshop.cohort("Lathes")
    who = [workshop.learner(f"L {n}", cohort=cohort).public_id for n in range(LEARNERS)]
    heads = [workshop.signed_in(workshop.account(Role.HEAD)) for _ in range(TUTORS)]
    tokens = [head.token() for head in heads]

    def press(number: int) -> int:
        heads[number].inspecting = False
        order = who if number % 2 else who[::-1]
        data = {"csrf_token": tokens[number], "reason": "The course ended", "who": " ".join(order)}
        return heads[number].post("/tutor/selection/leave", data=data).status_code

    told = set(at_once([partial(press, number) for number in range(TUTORS)]))
    assert 303 in told
    assert told <= {303, 422}, "422: nobody was left for whom it fits"
    assert actions(workshop.app).count("tutoring:left") == LEARNERS
    assert workshop.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_a_look_at_more_people_costs_no_more_queries(
    tiny: Cast, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    cohort, visitor = tiny.cohort("Lathes"), tiny.signed_in(tiny.account(Role.HEAD))
    found = []
    for _ in range(2):
        for number in range(LEARNERS):
            tiny.learner(f"L {number}", cohort=cohort)
        for page in ("/tutor/selection/due-date", "/tutor/selection/move", "/tutor/remind"):
            with queries(tiny.app) as asked:
                visitor.read(f"{page}?cohort={cohort.public_id}")
            found.append(len(asked))
    assert found[:3] == found[3:]
