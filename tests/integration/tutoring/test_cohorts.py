"""Cohorts as a tutor makes, changes and puts them away; learners who move keep their history."""

import io
import json
from datetime import date

import pytest

from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.page import read
from tests.support.record import actions, rows

NEW = "/tutor/cohorts/new"


@pytest.fixture
def tutor(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.TUTOR))


def test_a_cohort_is_made_changed_archived_and_taken_out_again(tiny: Cast, tutor: Visitor) -> None:
    values = {"name": "  Bricks   1 ", "programme": "Level 2", "due_on": "2027-01-31"}
    made = tutor.send(tutor.read(NEW).form("programme"), values, at=NEW)
    here = made.location
    assert made.status_code == 303
    assert "Bricks 1" in tutor.read(here).text
    edit = f"{here}/edit"
    form = tutor.read(edit).form("programme")
    assert tutor.send(form, {"name": "Bricks 2"}, at=edit).status_code == 303
    assert "Bricks 2" in tutor.read("/tutor").text
    for act, done, shown in (("archive", "archived", False), ("reopen", "back", True)):
        for told in (f"Bricks 2 is {done}.", f"Bricks 2 is {done} already."):
            sent = tutor.post(f"{here}/{act}", data={"csrf_token": tutor.token()})
            assert sent.status_code == 303
            assert told in tutor.read("/tutor").text
        assert (here in tutor.read("/tutor").links.values()) == shown
    assert [act for act in actions(tiny.app) if act.startswith("people:cohort-")] == [
        "people:cohort-created",
        "people:cohort-tutors",
        "people:cohort-changed",
        "people:cohort-archived",
        "people:cohort-reopened",
    ]


def test_cohorts_stand_in_the_order_of_their_numbers_whatever_their_case(
    tiny: Cast, tutor: Visitor
) -> None:
    for name in ("Group 10", "group 4", "Bricks", "Group 4b"):
        tutor.send(tutor.read(NEW).form("programme"), {"name": name}, at=NEW)
    edit = f"{tutor.read('/tutor').links['Bricks']}/edit"
    tutor.send(tutor.read(edit).form("programme"), {"name": "Group 7"}, at=edit)
    links = [link.text for link in tutor.read("/tutor").all("a")]
    listed = [words for words in links if words.lower().startswith("group")]
    assert listed == ["group 4", "Group 4b", "Group 7", "Group 10"]


def test_t31_who_looked_after_a_cohort_and_when_is_on_record(tiny: Cast) -> None:
    first, second = tiny.account(Role.TUTOR), tiny.account(Role.TUTOR)
    tutor = tiny.signed_in(first)
    here = tutor.send(tutor.read(NEW).form("programme"), {"name": "Bricks"}, at=NEW).location
    edit = f"{here}/edit"
    both = [str(first.id), str(second.id)]
    tutor.send(tutor.read(edit).form("programme"), {"tutors": both}, at=edit)
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    officer.send(officer.read(edit).form("programme"), {"tutors": both[1:]}, at=edit)
    head = "learner_ref,full_name,email,cohort,tutor_email"
    sheet = f"{head}\nA1,Ann Lee,ann@x.example,Bricks,{first.email}\n"
    token = officer.token()
    draft = officer.post(
        "/tutor/import", data={"file": (io.BytesIO(sheet.encode()), "l.csv"), "csrf_token": token}
    ).location
    assert officer.post(draft, data={"csrf_token": token}).status_code == 303
    told = rows(
        tiny.app,
        "SELECT details FROM audit_entry WHERE action = 'people:cohort-tutors' ORDER BY seq",
    )
    one, two = first.public_id, second.public_id
    assert [tuple(json.loads(details).values()) for (details,) in told] == [
        ([], [one]),
        ([one], sorted([one, two])),
        (sorted([one, two]), [two]),
        ([two], sorted([one, two])),
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "Type a name."),
        (" \u202e ", "Type a name."),
        ("Bricks\x07", "hidden control character"),
        ("B" * 121, "Shorter, please."),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_typed_is_lost(
    tiny: Cast, tutor: Visitor, name: str, told: str
) -> None:
    form = tutor.read(NEW).form("programme")
    answer = tutor.send(form, {"name": name, "programme": "Level 2"}, at=NEW)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert told in page
    assert 'value="Level 2"' in page
    assert rows(tiny.app, "SELECT count(*) FROM cohort") == [(0,)]


@pytest.mark.parametrize("name", ["Early Years, November", "EARLY years,  November"])
def test_a_name_is_taken_whatever_its_letter_case_and_spacing(
    tiny: Cast, tutor: Visitor, name: str
) -> None:
    tiny.cohort("Early Years, November", tiny.account(Role.TUTOR))
    answer = tutor.send(tutor.read(NEW).form("programme"), {"name": name}, at=NEW)
    assert answer.status_code == 422
    told = "There is already a cohort called “Early Years, November”."
    assert told in answer.get_data(as_text=True)
    own = tutor.send(tutor.read(NEW).form("programme"), {"name": "Bricks"}, at=NEW).location
    edit = f"{own}/edit"
    answer = tutor.send(tutor.read(edit).form("programme"), {"name": name}, at=edit)
    assert told in answer.get_data(as_text=True)
    for again in ("BRICKS", "Bricks 2"):  # its own name in other letters is no clash
        answer = tutor.send(tutor.read(edit).form("programme"), {"name": again}, at=edit)
        assert answer.status_code == 303
    assert rows(tiny.app, "SELECT name FROM cohort ORDER BY id")[1:] == [("Bricks 2",)]


def test_a_form_that_somebody_else_was_quicker_with_saves_nothing_and_says_what_is_different(
    tiny: Cast,
) -> None:
    tutor, kofi = tiny.account(Role.TUTOR), tiny.account(Role.TUTOR, "Kofi Mensah")
    october, december = date(2026, 10, 30), date(2026, 12, 18)
    bricks = tiny.cohort("Bricks", tutor)
    learner = tiny.learner(cohort=bricks)
    one, other = tiny.signed_in(tutor), tiny.signed_in(tiny.account(Role.ADMIN))
    edit = f"/tutor/cohorts/{bricks.public_id}/edit"
    page = other.read(edit).form("programme")
    assert other.send(page, {"due_on": str(october)}, at=edit).status_code == 303
    mine, theirs = one.read(edit).form("programme"), other.read(edit).form("programme")
    changed = {"due_on": str(december), "name": "Bricks, autumn"}
    both = [str(tutor.id), str(kofi.id)]
    assert other.send(theirs, {**changed, "tutors": both}, at=edit).status_code == 303
    answer = one.send(mine, {"programme": "Level 2", "name": "Bricks 1"}, at=edit)
    assert answer.status_code == 422
    again = read(answer.get_data(as_text=True))
    assert "nothing was saved" in again.text
    assert "Due date: changed to 18 December 2026." in again.text
    assert "Name: “Bricks, autumn” now. What you chose stands here." in again.text
    assert "Kofi Mensah" in again.text
    facts = "SELECT name, programme, due_on FROM cohort"
    assert rows(tiny.app, facts) == [("Bricks, autumn", "", str(december))]
    form = again.form("programme")
    assert (form.fields["name"], form.fields["programme"]) == (["Bricks 1"], ["Level 2"])
    assert one.send(form, at=edit).status_code == 303
    assert rows(tiny.app, facts) == [("Bricks 1", "Level 2", str(december))]
    assert rows(tiny.app, "SELECT count(*) FROM cohort_tutor") == [(2,)]
    due = f"SELECT due_on FROM enrolment WHERE account_id = {learner.id}"
    assert rows(tiny.app, due) == [(str(december),)]


def test_t02_nobody_enrols_into_a_cohort_that_is_not_theirs(tiny: Cast, tutor: Visitor) -> None:
    other = tiny.cohort("Hair", tiny.account(Role.TUTOR))
    address = f"/tutor/enrol?cohort={other.public_id}"
    assert "Hair" not in tutor.read(address, 404).text
    assert "Hair" not in tutor.read("/tutor/enrol?cohort=nothing-here", 404).text
    form = tutor.read("/tutor/enrol").form("full_name")
    values = {"full_name": "Amina Yusuf", "email": "a@x.example", "learner_ref": "A1"}
    values["cohort"] = other.public_id
    assert tutor.send(form, values, at=address).status_code == 404
    assert tutor.send(form, values, at="/tutor/enrol").status_code == 422
    assert rows(tiny.app, "SELECT count(*) FROM enrolment") == [(0,)]


def test_a_learner_who_moves_stays_in_the_history_of_both(tiny: Cast) -> None:
    tutor = tiny.account(Role.TUTOR)
    first, second = tiny.cohort("Bricks", tutor), tiny.cohort("Hair", tutor)
    learner = tiny.learner("Amina Yusuf", cohort=first)
    visitor, here = tiny.signed_in(tutor), f"/tutor/learners/{learner.public_id}"
    form = visitor.read(f"{here}/move").form("reason")
    values = {"cohort": second.public_id, "reason": "Changed course"}
    assert visitor.send(form, values, at=f"{here}/move").status_code == 303
    assert rows(
        tiny.app,
        "SELECT c.name, m.left_at IS NULL FROM membership m JOIN cohort c ON c.id = m.cohort_id"
        " ORDER BY m.id",
    ) == [("Bricks", 0), ("Hair", 1)]
    record = visitor.read(here).text
    assert "Hair" in record
    assert "Bricks" in record
