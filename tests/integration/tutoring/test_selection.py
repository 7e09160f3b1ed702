"""One act for several learners of a list: who it is for is seen first, and each has their entry."""

from datetime import date, timedelta

import pytest

from induction.database import utc_now
from induction.people.models import Account, Cohort, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.record import actions, rows

WHY = "The workshop was closed for a week"


def soon() -> str:
    return (uk_day(utc_now()) + timedelta(days=21)).isoformat()


@pytest.fixture
def trowels(tiny: Cast) -> tuple[Visitor, Cohort, list[Account]]:
    """A tutor, their cohort, and its learners: three who have begun nothing, one complete."""
    tutor = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("Trowels", tutor)
    names = ("Amina Yusuf", "Bronwen Price", "Callum Reid")
    people = [tiny.learner(name, cohort=cohort) for name in names]
    done = tiny.learner("Dilys Evans", cohort=cohort)
    tiny.graduate(done)
    return tiny.signed_in(tutor), cohort, [*people, done]


def for_many(visitor: Visitor, address: str, what: str, *who: Account) -> Page:
    """Tick these people in a list, or nobody, and press a button beneath it."""
    form = visitor.read(address).form("who")
    assert form.method == "get"
    query = form.filled(**({"who": [one.public_id for one in who]} if who else {}))
    answer = visitor.get(what, query_string=query)
    assert answer.status_code == 200
    return visitor.read(answer.request.full_path)


def send(visitor: Visitor, page: Page, at: str, **values: str) -> str:
    """Send the form that shows who it is for; where it leads."""
    return visitor.send(page.form("who"), values, at=at).location


def test_a_new_due_date_for_those_who_are_ticked_and_nobody_else(
    tiny: Cast, trowels: tuple[Visitor, Cohort, list[Account]]
) -> None:
    tutor, cohort, (amina, bronwen, callum, done) = trowels
    here, what = f"/tutor/cohorts/{cohort.public_id}?sort=due", "/tutor/selection/due-date"
    seen = for_many(tutor, here, what, amina, callum, done)
    assert "For 2 people: Callum Reid, Amina Yusuf." in seen.text
    assert "Left out, 1: Dilys Evans. This learner has finished" in seen.text
    assert "Bronwen" not in seen.text
    before = actions(tiny.app).count("tutoring:due-changed")
    back = send(
        tutor, seen, f"{what}?cohort={cohort.public_id}&sort=due", due_on=soon(), reason=WHY
    )
    assert back == here, "the list keeps its order"
    assert "Done for 2 people." in tutor.read(back).text
    due = rows(tiny.app, "SELECT account_id FROM enrolment WHERE due_on = :on", on=soon())
    assert {one for (one,) in due} == {amina.id, callum.id}
    assert actions(tiny.app).count("tutoring:due-changed") == before + 2
    whys = rows(
        tiny.app,
        "SELECT p.account_id, p.data FROM audit_entry e JOIN audit_personal p ON p.seq = e.seq"
        " WHERE e.action = 'tutoring:due-changed'",
    )
    assert {one for one, said in whys if WHY in said} == {amina.id, callum.id}
    assert bronwen.id not in {one for one, _ in whys}
    assert tiny.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_without_a_tick_it_is_for_everybody_in_the_list_as_it_was_seen(
    tiny: Cast, trowels: tuple[Visitor, Cohort, list[Account]]
) -> None:
    tutor, cohort, _ = trowels
    here, what = f"/tutor/cohorts/{cohort.public_id}?state=not-started", "/tutor/selection/note"
    seen = for_many(tutor, here, what)
    assert "For 3 people" in seen.text
    assert "Everybody in the list" in seen.text
    tiny.learner("Late Comer", cohort=cohort)
    at = f"{what}?cohort={cohort.public_id}&state=not-started"
    assert tutor.send(seen.form("who"), {"reason": "  "}, at=at).status_code == 422
    assert rows(tiny.app, "SELECT count(*) FROM tutor_note") == [(0,)]
    for _ in range(2):  # the same form twice does it once
        assert send(tutor, seen, at, reason=WHY) == here
    assert rows(tiny.app, "SELECT count(*), count(DISTINCT account_id) FROM tutor_note") == [(3, 3)]


def test_stuck_people_of_several_cohorts_are_dealt_with_at_once(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    people = [
        tiny.learner(f"Learner {name}", cohort=tiny.cohort(name, tutor)) for name in ("One", "Two")
    ]
    for one in people:
        tiny.taking(one).walk(
            lambda _, mine=one: (  # type: ignore[misc]
                rows(
                    tiny.app,
                    "SELECT p.state FROM progress p JOIN enrolment e ON e.id = p.enrolment_id"
                    " WHERE e.account_id = :id",
                    id=mine.id,
                )
                == [("stuck",)]
            ),
            rightly=False,
        )
    visitor, what = tiny.signed_in(tutor), "/tutor/selection/settle"
    seen = for_many(visitor, "/tutor/learners?state=stuck", what)
    assert "For 2 people: Learner One, Learner Two." in seen.text
    assert send(visitor, seen, f"{what}?state=stuck", reason=WHY) == "/tutor/learners?state=stuck"
    assert "Who needs you" not in visitor.read("/tutor").text
    assert actions(tiny.app).count("tutoring:stuck-settled") == 2
    for one in people:
        assert WHY in visitor.read(f"/tutor/learners/{one.public_id}").text


def test_people_of_several_cohorts_are_reminded_at_once(tiny: Cast) -> None:
    tutor, late = tiny.account(Role.TUTOR), uk_day(utc_now()) - timedelta(days=3)
    for name in ("One", "Two", "Three"):
        cohort = tiny.cohort(name, tutor)
        tiny.learner(f"Late {name}", cohort=cohort, due_on=late)
        tiny.learner(f"Early {name}", cohort=cohort)
    visitor = tiny.signed_in(tutor)
    seen = for_many(visitor, "/tutor/learners?state=overdue", "/tutor/remind")
    assert "3 people who have not finished: Late One, Late Three, Late Two." in seen.text
    back = send(visitor, seen, "/tutor/remind?state=overdue", send="1")
    assert back == "/tutor/learners?state=overdue"
    assert "3 reminded." in visitor.read(back).text
    assert rows(tiny.app, "SELECT count(*) FROM outbox_mail") == [(3,)]


def test_a_learners_history_says_who_reminded_in_which_words_and_days_as_people_write_them(
    tiny: Cast,
) -> None:
    tutor = tiny.account(Role.TUTOR)
    learner = tiny.learner(cohort=tiny.cohort("Bricks", tutor), due_on=date(2026, 12, 18))
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    remind = f"/tutor/remind?who={learner.public_id}"
    words = {"own_words": "Come and see me on Monday.", "send": "1"}
    assert visitor.send(visitor.read(remind).form("own_words"), words, at=remind).status_code == 303
    form = visitor.read(f"{here}/due-date").form("reason")
    later = {"due_on": "2027-01-15", "reason": WHY}
    assert visitor.send(form, later, at=f"{here}/due-date").status_code == 303
    told = visitor.read(here).text
    name = rows(tiny.app, "SELECT full_name FROM account WHERE id = :i", i=tutor.id)[0][0]
    assert f"By mail and on their page, “Come and see me on Monday.”, by {name}" in told
    assert "18 December 2026 → 15 January 2027" in told
    assert "2027-01-15" not in told


def test_nobody_else_s_learner_and_not_one_s_own_record(
    tiny: Cast, trowels: tuple[Visitor, Cohort, list[Account]]
) -> None:
    tutor, _, (amina, *_) = trowels
    theirs = tiny.learner("Ewan Blair", cohort=tiny.cohort("Elsewhere", tiny.account(Role.TUTOR)))
    what = "/tutor/selection/leave"
    page = tutor.read(f"{what}?who={theirs.public_id}&who={amina.public_id}")
    assert "For 1 person: Amina Yusuf." in page.text
    data = {"csrf_token": tutor.token(), "reason": WHY, "who": theirs.public_id}
    assert tutor.post(what, data=data).status_code == 422
    assert actions(tiny.app).count("tutoring:left") == 0
    assert tutor.get("/tutor/selection/excuse").status_code == 404, "no decision on many at once"
    other = tiny.cohort("Not mine", tiny.account(Role.TUTOR))
    assert tutor.get(f"{what}?cohort={other.public_id}").status_code == 404
    assert tutor.get(f"{what}?state=nope").status_code == 404


def test_who_needs_somebody_is_shown_whole_with_what_they_believe_and_what_helps(
    tiny: Cast,
) -> None:
    tutor, late = tiny.account(Role.TUTOR), uk_day(utc_now()) - timedelta(days=3)
    cohorts = [tiny.cohort(f"Cohort {number}", tutor) for number in range(3)]
    for number in range(30):
        tiny.learner(f"Late {number:02}", cohort=cohorts[number % 3], due_on=late)
    one = tiny.learner("Stuck Sam", cohort=cohorts[0])
    tiny.taking(one).walk(
        lambda _: ("stuck",) in rows(tiny.app, "SELECT state FROM progress"), rightly=False
    )
    visitor = tiny.signed_in(tutor)
    board = visitor.read("/tutor")
    card = next(part for part in board.all("section") if "Who needs you" in part.text)
    assert "Stuck, 1: dealt with" in card.text
    assert "17 more of 23" in card.text, "the board names 25, and says how many there are"
    assert "All 31 as a list" in card.text
    first, second = card.all("li")[:2]
    assert "Stuck Sam" in first.text, "who is stuck comes first"
    assert "may believe: A short trip does not count as leaving." in first.text
    assert board.links["Stuck: dealt with: Stuck Sam"].endswith(f"{one.public_id}/settle")
    assert "overdue" in second.text.lower() or "due" in second.text
    # Two presses: the button on the board, and the one beneath what is shown then.
    remind = board.links["Overdue, 30: remind"]
    seen = visitor.read(remind)
    assert "30 people who have not finished" in seen.text
    assert visitor.send(seen.form("own_words"), {"send": "1"}, at=remind).status_code == 303
    assert rows(tiny.app, "SELECT count(*) FROM outbox_mail") == [(30,)]
    settle = board.links["Stuck, 1: dealt with"]
    send(visitor, visitor.read(settle), settle, reason=WHY)
    assert "Stuck Sam" not in visitor.read("/tutor/learners?state=needs").text
    assert "1 to 25 of 30" in visitor.read("/tutor/learners?state=needs").text


def test_new_dates_can_be_undone_but_not_over_what_came_since(
    tiny: Cast, trowels: tuple[Visitor, Cohort, list[Account]]
) -> None:
    tutor, cohort, (amina, bronwen, callum, _) = trowels
    here, dates = (
        f"/tutor/cohorts/{cohort.public_id}?state=not-started",
        "/tutor/selection/due-date",
    )
    seen = for_many(tutor, here, dates)
    at = f"{dates}?cohort={cohort.public_id}&state=not-started"
    undo = tutor.read(send(tutor, seen, at, due_on=soon(), reason=WHY)).links["Undo"]
    other_day = (uk_day(utc_now()) + timedelta(days=40)).isoformat()
    one = f"/tutor/learners/{callum.public_id}/due-date"
    data = {"due_on": other_day, "reason": WHY, "csrf_token": tutor.token()}
    assert tutor.post(one, data=data).status_code == 303
    page = tutor.read(undo)
    assert "For 2 people: Bronwen Price, Amina Yusuf." in page.text
    assert tutor.send(page.form("reason"), {"reason": ""}, at=undo).status_code == 422
    sent = tutor.send(page.form("reason"), {"reason": "The wrong list"}, at=undo)
    assert sent.location == here, "the list stays narrowed"
    due = dict(rows(tiny.app, "SELECT account_id, due_on FROM enrolment"))
    assert (due[amina.id], due[bronwen.id]) == (None, None)
    assert str(due[callum.id]) == other_day
    assert "Nothing to undo" in tutor.read(undo).text
    assert "Nothing to undo" in tiny.signed_in(tiny.account(Role.HEAD)).read(undo).text


def test_a_move_and_leaving_can_be_undone(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    old, new = tiny.cohort("Old", tutor), tiny.cohort("New", tutor)
    people = [tiny.learner(f"Learner {name}", cohort=old) for name in ("One", "Two")]
    visitor, here = tiny.signed_in(tutor), f"/tutor/cohorts/{old.public_id}"
    for what, chosen in (("move", {"cohort": new.public_id}), ("leave", {})):
        seen = for_many(visitor, here, f"/tutor/selection/{what}", *people)
        at = f"/tutor/selection/{what}?cohort={old.public_id}"
        page = visitor.read(send(visitor, seen, at, reason=WHY, **chosen))
        assert "Learner One" not in page.text, what
        undo = page.links["Undo"]
        form = visitor.read(undo).form("reason")
        back = visitor.send(form, {"reason": "The wrong people"}, at=undo).location
        names = [link.text for link in visitor.read(back).all("a")]
        assert {"Learner One", "Learner Two"} <= set(names), what
    assert actions(tiny.app).count("tutoring:returned") == 2
    assert tiny.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
