"""Ten at once ask, confirm, stop and carry out: one effect, on both databases."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from induction.approvals import asking
from induction.people.models import Role
from tests.support.approvals import set_back
from tests.support.at_once import at_once
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, rows

TEN = 10
DATA = "/compliance/personal-data"


@pytest.fixture
def college(tiny_here: Flask) -> Cast:
    """People of an institute that teaches the small policy, on each of the databases."""
    return Cast(tiny_here)


def posting(visitor: Visitor, path: str, **given: str) -> Callable[[], int]:
    """A form that is sent as soon as all are ready."""
    visitor.inspecting = False
    data = {**given, "csrf_token": visitor.token()}
    return lambda: visitor.post(path, data=data).status_code


def chores(app: Flask) -> int:
    """What a worker does of ours in one round; the command itself belongs to a main thread."""
    with app.app_context():
        asking.chore()
    return 0


def officers(college: Cast, many: int) -> list[Visitor]:
    """So many, each in a browser of their own."""
    return [college.signed_in(college.account(Role.COMPLIANCE)) for _ in range(many)]


def test_t11_ten_ask_confirm_and_carry_out_at_once_and_it_is_done_once(college: Cast) -> None:
    app, learner = college.app, college.learner("Zofia Vzzle")
    college.graduate(learner)
    wish = {"kind": "erasure", "who": learner.email, "reason": "They asked."}
    people = officers(college, TEN)
    told = at_once([posting(one, DATA, **wish) for one in people])
    assert sorted(told) == [303] + [422] * (TEN - 1)
    [(public_id, asked_by)] = rows(app, "SELECT public_id, asked_by FROM approval")
    request = f"/compliance/approvals/{public_id}"
    told = at_once([posting(one, request, decision="approve") for one in people])
    assert sorted(told) == [303] + [422] * (TEN - 1), "one confirms, and never who asked"
    [(decided_by, outcome)] = rows(app, "SELECT decided_by, outcome FROM approval")
    assert (decided_by != asked_by, outcome) == (True, "confirmed")

    set_back(app)
    at_once([partial(chores, app)] * 4)  # as many workers as somebody started
    assert rows(app, "SELECT full_name FROM account WHERE id = :id", id=learner.id) == [
        ("Details erased",)
    ]
    for act in ("approvals:asked", "approvals:confirmed", "approvals:done", "personal-data:erased"):
        assert actions(app).count(act) == 1, act
    assert app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_t11_ten_confirm_another_name_at_once_and_one_certificate_is_issued(college: Cast) -> None:
    app, learner = college.app, college.learner("Emeka Asante")
    number = college.graduate(learner)
    asker, *others = officers(college, TEN + 1)
    at = f"/compliance/certificates/{number}/reissue"
    assert posting(asker, at, full_name="Zofia Wójcik", reason="Married")() == 303
    [(public_id,)] = rows(app, "SELECT public_id FROM approval")
    request = f"/compliance/approvals/{public_id}"
    told = at_once([posting(one, request, decision="approve") for one in others])
    assert sorted(told) == [303] + [422] * (TEN - 1)
    assert rows(app, "SELECT count(*) FROM certificate") == [(2,)]
    assert rows(app, "SELECT count(*) FROM current_certificate") == [(1,)]


def test_t11_stopping_and_confirming_at_once_leave_one_of_them(college: Cast) -> None:
    app, learner = college.app, college.learner("Zofia Vzzle")
    asker, *others = officers(college, 7)
    wish = {"kind": "access", "who": learner.email, "reason": "They asked."}
    assert posting(asker, DATA, **wish)() == 303
    [(public_id,)] = rows(app, "SELECT public_id FROM approval")
    request = f"/compliance/approvals/{public_id}"
    words = ("approve", "refuse") * 3
    told = at_once(
        [
            posting(one, request, decision=word, why="No.")
            for one, word in zip(others, words, strict=True)
        ]
    )
    assert sorted(told) == [303] + [422] * 5
    ended = [act for act in actions(app) if act in ("approvals:done", "approvals:refused")]
    assert len(ended) == 1
