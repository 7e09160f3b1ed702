"""What a list does to people who are there: moved, corrected, invited late, changed, or left."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.journey.models import Enrolment
from induction.people.models import Account, Cohort, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.record import actions, rows

HEAD = "learner_ref,full_name,email,audience,cohort,due_date\n"
AUTUMN, SUMMER = date(2026, 12, 1), date(2027, 6, 1)


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def line(one: Account, **other: str) -> str:
    said = {
        "learner_ref": one.learner_ref, "full_name": one.full_name, "email": one.email, **other
    }  # fmt: skip
    return ",".join(str(said.get(name, "")) for name in HEAD.strip().split(",")) + "\n"


def read(admin: Visitor, *lines: str) -> str:
    """The address of the dry run of a list."""
    return upload(admin, (HEAD + "".join(lines)).encode())


def year(tiny: Cast, admin: Visitor, name: str, due: date | None) -> Cohort:
    """A cohort with a due date, set as tutors do."""
    cohort = tiny.cohort(name)
    edit = f"/tutor/cohorts/{cohort.public_id}/edit"
    form = admin.read(edit).form("programme")
    assert admin.send(form, {"due_on": str(due or "")}, at=edit).status_code == 303
    return cohort


def due_of(tiny: Cast, one: Account) -> str | None:
    ((due,),) = rows(tiny.app, "SELECT due_on FROM enrolment WHERE account_id = :id", id=one.id)
    return due if due is None else str(due)


# ---- moved -------------------------------------------------------------------------------------


def by_list(admin: Visitor, one: Account, cohort: Cohort) -> None:
    address = read(admin, line(one, cohort=cohort.name))
    assert f"due date: {AUTUMN} → {SUMMER}" in admin.read(address).text
    assert go_ahead(admin, address) == 303


def by_act(admin: Visitor, one: Account, cohort: Cohort) -> None:
    here = f"/tutor/learners/{one.public_id}/move"
    values = {"cohort": cohort.public_id, "reason": "Next year"}
    assert admin.send(admin.read(here).form("reason"), values, at=here).status_code == 303


@pytest.mark.parametrize("moves", [by_list, by_act])
def test_whoever_moves_has_the_new_cohorts_date_and_follows_it(
    tiny: Cast, admin: Visitor, moves: Callable[[Visitor, Account, Cohort], None]
) -> None:
    first = year(tiny, admin, "Year 1", AUTUMN)
    second = year(tiny, admin, "Year 2", SUMMER)
    one = tiny.learner("Ann Lee", cohort=first)
    assert due_of(tiny, one) == str(AUTUMN)
    moves(admin, one, second)
    assert due_of(tiny, one) == str(SUMMER)
    assert actions(tiny.app).count("tutoring:due-changed") == 1
    edit = f"/tutor/cohorts/{second.public_id}/edit"
    form = admin.read(edit).form("programme")
    assert admin.send(form, {"due_on": "2027-07-01"}, at=edit).status_code == 303
    assert due_of(tiny, one) == "2027-07-01"


@pytest.mark.parametrize("given_by", ["list", "act"])
def test_a_date_of_ones_own_moves_with_nobody(tiny: Cast, admin: Visitor, given_by: str) -> None:
    first, second = year(tiny, admin, "Year 1", AUTUMN), year(tiny, admin, "Year 2", SUMMER)
    one = tiny.learner("Ann Lee", cohort=first)
    if given_by == "list":
        assert go_ahead(admin, read(admin, line(one, due_date="2027-02-03"))) == 303
    else:
        here = f"/tutor/learners/{one.public_id}/due-date"
        values = {"due_on": "2027-02-03", "reason": "In hospital"}
        assert admin.send(admin.read(here).form("reason"), values, at=here).status_code == 303
    assert go_ahead(admin, read(admin, line(one, cohort=second.name))) == 303
    year_2 = f"/tutor/cohorts/{second.public_id}/edit"
    form = admin.read(year_2).form("programme")
    assert admin.send(form, {"due_on": "2027-07-01"}, at=year_2).status_code == 303
    assert due_of(tiny, one) == "2027-02-03"


# ---- spelt -------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["JACK O'NEILL", "Jack O'Neill", "JACK ONEILL"])
def test_a_list_in_capitals_or_with_another_apostrophe_changes_no_name(
    tiny: Cast, admin: Visitor, said: str
) -> None:
    one = tiny.learner("Jack O’Neill")
    page = admin.read(read(admin, line(one, full_name=said)))
    assert page.text.count("would stand so on the certificate") == 0
    assert f"The list writes {said}. It is the same name, and stays Jack O’Neill." in page.text
    assert "0 changed 1 the same" in page.text


@pytest.mark.parametrize("said", ["Jack Neill", "JACK NEILL", "Jack O’Neil", "jack o’neill"])
def test_another_name_is_taken(tiny: Cast, admin: Visitor, said: str) -> None:
    one = tiny.learner("Jack O’Neill")
    assert go_ahead(admin, read(admin, line(one, full_name=said))) == 303
    assert rows(tiny.app, "SELECT full_name FROM account WHERE id = :id", id=one.id) == [(said,)]


# ---- invited -----------------------------------------------------------------------------------


def invited(tiny: Cast) -> list[str]:
    query = "SELECT recipient FROM outbox_mail WHERE subject LIKE 'Your induction with%'"
    return [to for (to,) in rows(tiny.app, f"{query} ORDER BY id")]


def test_a_corrected_address_gets_the_invitation_and_a_forgotten_tick_can_be_made_good(
    tiny: Cast, admin: Visitor
) -> None:
    one, other = "K1,Ann Lee,k1@gmial.example,,,\n", "K2,Bo Li,k2@x.example,,,\n"
    assert go_ahead(admin, read(admin, one), invite="y") == 303
    right = one.replace("gmial", "gmail")
    assert go_ahead(admin, read(admin, right, other)) == 303, "the tick forgotten"
    assert invited(tiny) == ["k1@gmial.example"]
    again = read(admin, right, other)
    assert "2 people here have had no invitation yet" in admin.read(again).text
    assert admin.send(admin.read(again).form("invite"), at=again).status_code == 303
    assert invited(tiny)[1:] == ["k1@gmail.example", "k2@x.example"]
    assert "There is nothing to import." in admin.read(read(admin, right, other)).text
    assert go_ahead(admin, again, invite="y") == 303
    assert len(invited(tiny)) == 3, "nobody gets two"


def test_nobody_is_invited_who_has_been_here(tiny: Cast, admin: Visitor) -> None:
    one, gone = tiny.learner("Ann Lee"), tiny.learner("Bo Li", newcomer=True)
    with tiny.app.app_context(), writing() as session:
        left = update(Enrolment).where(Enrolment.account_id == gone.id)
        session.execute(left.values(left_at=utc_now()))
    assert "There is nothing to import." in admin.read(read(admin, line(one), line(gone))).text


# ---- left --------------------------------------------------------------------------------------


def test_a_list_does_nothing_to_whoever_has_left_until_they_have_returned(
    tiny: Cast, admin: Visitor
) -> None:
    one = tiny.learner("Gus Hale", cohort=tiny.cohort("Year 1"))
    here = f"/tutor/learners/{one.public_id}"

    def act(name: str) -> None:
        form = admin.read(f"{here}/{name}").form("reason")
        sent = admin.send(form, {"reason": "Told by phone"}, at=f"{here}/{name}")
        assert sent.status_code == 303

    act("leave")
    next_year = line(one, cohort="Year 2", due_date=str(uk_day(utc_now())))
    page = admin.read(read(admin, next_year)).text
    assert "1 refused" in page
    assert "marked as left. Mark them as returned first" in page
    same = admin.read(f"{read(admin, line(one))}?show=same").text
    assert "Marked as left: nothing is done" in same
    act("return")
    assert go_ahead(admin, read(admin, next_year)) == 303
    query = "SELECT c.name FROM membership m JOIN cohort c ON c.id = m.cohort_id"
    assert rows(tiny.app, f"{query} WHERE m.left_at IS NULL") == [("Year 2",)]


# ---- changed -----------------------------------------------------------------------------------


def states(admin: Visitor, cohort: Cohort) -> Iterator[tuple[str, str, str]]:
    data = admin.get(f"/tutor/cohorts/{cohort.public_id}/learners.csv").get_data()
    for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"))):
        yield row["state"], row["steps_passed"], row["steps"]


def test_a_change_of_audience_is_seen_on_the_board_at_once(tiny: Cast, admin: Visitor) -> None:
    cohort = tiny.cohort("Mixed")
    one = tiny.learner("Ann Lee", cohort=cohort, audience="staff")
    tiny.advance(one)
    assert list(states(admin, cohort)) == [("Declaration to sign", "2", "2")]
    assert go_ahead(admin, read(admin, line(one, audience="learner"))) == 303
    assert list(states(admin, cohort)) == [("Section 2 of 2: Your badge", "2", "3")]
    assert go_ahead(admin, read(admin, line(one, audience="staff"))) == 303
    assert list(states(admin, cohort)) == [("Declaration to sign", "2", "2")]


def test_whoever_has_finished_stays_so_and_the_dry_run_says_what_is_not_asked(
    tiny: Cast, admin: Visitor
) -> None:
    one = tiny.learner("Ann Lee", cohort=tiny.cohort("Mixed"), audience="staff")
    tiny.graduate(one)
    before = rows(tiny.app, "SELECT state, completed_at FROM progress")
    address = read(admin, line(one, audience="learner"))
    assert "what learner has besides is not asked of them now" in admin.read(address).text
    assert go_ahead(admin, address) == 303
    assert rows(tiny.app, "SELECT state, completed_at FROM progress") == before


def test_the_command_invites_whoever_has_had_no_invitation(
    tiny: Cast, admin: Visitor, tmp_path: Path
) -> None:
    assert go_ahead(admin, read(admin, "K2,Bo Li,k2@x.example,,,\n")) == 303
    runner = tiny.app.test_cli_runner()
    assert isinstance(runner, FlaskCliRunner)
    path = tmp_path / "list.csv"
    path.write_text(f"{HEAD}K2,Bo Li,k2@x.example,,,\n", "utf-8")
    for expected in ("1 invited", "0 invited"):
        assert expected in runner.invoke(args=["people", "import", str(path), "--invite"]).output
