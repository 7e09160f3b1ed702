"""Figures for heads and inspectors: by group, by their dates, week by week, and who has none."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from induction.database import utc_now, writing
from induction.journey.models import Enrolment
from induction.people.models import Account, Cohort, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.queries import Statements
from tests.support.record import rows


def today() -> date:
    return uk_day(utc_now())


@pytest.fixture
def school(tiny: Cast) -> dict[str, Account]:
    """Two programmes with a tutor each; two are done, one of them late, and one never began."""
    tina, max_ = (tiny.account(Role.TUTOR, name) for name in ("Tina Tutor", "Max Maths"))
    trades, maths = tiny.cohort("Bricks", tina), tiny.cohort("Resit", max_)
    with tiny.app.app_context(), writing() as session:
        for cohort, name in ((trades, "Trades"), (maths, "Maths")):
            session.execute(update(Cohort).where(Cohort.id == cohort.id).values(programme=name))
    day = today() - timedelta(days=30)
    people = {
        "in time": tiny.learner("Ann Lee", cohort=trades, due_on=day),
        "late": tiny.learner("Bo Li", cohort=trades, due_on=day),
        "never": tiny.learner("Cy Fox", cohort=maths, due_on=day, audience="apprentice"),
        "not due": tiny.learner("Di Ox", cohort=maths, due_on=today() + timedelta(days=9)),
    }
    tiny.graduate(people["in time"], now=utc_now() - timedelta(days=40))
    tiny.graduate(people["late"], now=utc_now() - timedelta(days=20))
    return people | {"tina": tina}


def table(visitor: Visitor, address: str) -> dict[str, dict[str, str]]:
    """A file of figures, by its first column."""
    data = visitor.get(address).get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(data)))
    return {next(iter(row.values())): row for row in rows}


def test_figures_by_group_say_who_is_done_and_who_was_by_their_date(
    tiny: Cast, school: dict[str, Account]
) -> None:
    head = tiny.signed_in(tiny.account(Role.HEAD))
    found = table(head, "/tutor/figures/list.csv?by=programme")
    assert [*found] == ["Maths", "Trades", "Everybody"]
    trades, everybody = found["Trades"], found["Everybody"]
    assert (trades["learners"], trades["done"], trades["done_per_cent"]) == ("2", "2", "100")
    assert (trades["date_has_passed"], trades["done_by_their_date"]) == ("2", "1")
    assert (everybody["date_has_passed"], everybody["done_by_their_date_per_cent"]) == ("3", "33")
    assert (everybody["not_started"], everybody["overdue"]) == ("2", "1")
    tutors = table(head, "/tutor/figures/list.csv?by=tutor")
    assert [*tutors] == ["Max Maths", "Tina Tutor", "Everybody"]
    narrowed = table(head, "/tutor/figures/list.csv?by=audience&programme=Maths")
    assert {name: row["learners"] for name, row in narrowed.items()} == {
        "apprentice": "1", "learner": "1", "Everybody": "2",
    }  # fmt: skip
    page = head.read("/tutor/figures?by=programme").text
    assert "33% done by their date (1 of 3 whose date has passed)" in page


def test_a_tutor_has_figures_of_their_own_learners_alone(
    tiny: Cast, school: dict[str, Account]
) -> None:
    visitor = tiny.signed_in(school["tina"])
    found = table(visitor, "/tutor/figures/list.csv?by=cohort")
    assert {name: row["learners"] for name, row in found.items()} == {
        "Bricks": "2", "Everybody": "2",
    }  # fmt: skip
    assert "Max Maths" not in visitor.read("/tutor/figures?by=tutor").text


def test_done_before_and_to_redo_and_who_has_left_are_no_part_of_done(
    tiny: Cast, school: dict[str, Account]
) -> None:
    officer, one = tiny.signed_in(tiny.account(Role.COMPLIANCE)), school["late"]
    number = next(
        to.split("/")[-1]
        for to in officer.read(f"/tutor/learners/{one.public_id}").links.values()
        if to.startswith("/certificates/") and not to.endswith(".pdf")
    )
    at = f"/compliance/certificates/{number}/revoke"
    form = officer.read(at).form("reason")
    officer.send(form, {"reason": "Somebody sat beside them", "again": "y"}, at=at)
    with tiny.app.app_context(), writing() as session:
        session.execute(
            update(Enrolment)
            .where(Enrolment.account_id == school["never"].id)
            .values(left_at=utc_now())
        )
    row = table(officer, "/tutor/figures/list.csv")["Everybody"]
    assert (row["learners"], row["done"], row["done_before_and_to_redo"]) == ("3", "1", "1")


def test_what_stands_behind_an_address_is_in_no_entry_for_ever(tiny: Cast) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    for path in ("/tutor/figures/list.csv", "/compliance/certificates/gaps/list.csv"):
        officer.get(f"{path}?name=Emeka+Asante")
    query = "SELECT details FROM audit_entry WHERE action = 'tutoring:list-exported'"
    found = rows(tiny.app, query)
    assert len(found) == 2
    assert not [details for (details,) in found if "Asante" in details]


def test_weeks_count_who_began_and_who_finished_for_the_first_time(
    tiny: Cast, school: dict[str, Account]
) -> None:
    head = tiny.signed_in(tiny.account(Role.HEAD))
    weeks = table(head, "/tutor/figures/list.csv?what=weeks")
    assert len(weeks) == 26
    finished = {date.fromisoformat(week) for week, row in weeks.items() if row["finished"] != "0"}

    def monday(days: int) -> date:
        day = today() - timedelta(days=days)
        return day - timedelta(days=day.weekday())

    assert finished == {monday(40), monday(20)}
    assert weeks[monday(0).isoformat()]["begun"] == "2"


def test_figures_cost_the_same_however_many_learners_there_are(
    tiny: Cast,
    school: dict[str, Account],
    queries: Callable[..., AbstractContextManager[Statements]],
) -> None:
    head = tiny.signed_in(tiny.account(Role.HEAD))
    head.get("/tutor/figures")

    def cost() -> int:
        with queries(tiny.app) as sent:
            head.get("/tutor/figures?by=tutor")
        return len(sent)

    before = cost()
    for n in range(12):
        tiny.learner(f"More {n}", cohort=tiny.cohort(f"Cohort {n}", school["tina"]))
    assert cost() == before


def test_of_many_tutors_one_is_named_and_their_groups_are_in_pages(
    tiny: Cast, school: dict[str, Account]
) -> None:
    head = tiny.signed_in(tiny.account(Role.HEAD))
    assert "Tutor’s name" not in head.read("/tutor/figures").text
    for n in range(50):
        tutor = tiny.account(Role.TUTOR, name=f"Alike Other {n:02}")
        tiny.learner(f"Pupil {n}", cohort=tiny.cohort(f"Group {n}", tutor))
    page = head.read("/tutor/figures?by=tutor")
    assert "Tutor’s name" in page.text
    assert ("Alike Other 00" in page.text, "Tina Tutor" in page.text) == (True, False)
    assert "1 to 10 of 52 tutors" in page.text
    assert "Tina Tutor" in head.read("/tutor/figures?by=tutor&page=6").text
    found = table(head, "/tutor/figures/list.csv?by=tutor")
    assert len(found) == 53
    assert found["Tina Tutor"]["learners"] == "2"
    named = table(head, "/tutor/figures/list.csv?by=tutor&taught_by=tina+tutor")
    assert {name: row["learners"] for name, row in named.items()} == {
        "Tina Tutor": "2", "Everybody": "2",
    }  # fmt: skip


def test_two_tutors_who_are_named_alike_are_two(tiny: Cast) -> None:
    for n in range(2):
        tutor = tiny.account(Role.TUTOR, name="Jo Smith")
        tiny.learner(f"Learner {n}", cohort=tiny.cohort(f"Cohort {n}", tutor))
    head = tiny.signed_in(tiny.account(Role.HEAD))
    data = head.get("/tutor/figures/list.csv?by=tutor").get_data().decode("utf-8-sig")
    assert [line.split(",")[:2] for line in data.split("\r\n")[1:3]] == [["Jo Smith", "1"]] * 2


def test_gaps_are_a_page_by_cohorts_and_by_the_day_people_started(
    tiny: Cast, school: dict[str, Account]
) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    page = officer.read("/compliance/certificates/gaps")
    assert "Cy Fox" in page.text
    assert "Enrolled; no question answered yet" in page.text
    assert "Ann Lee" not in page.text
    assert "Cy Fox" not in officer.read("/compliance/certificates/gaps?search=Di").text
    later = (today() + timedelta(days=1)).isoformat()
    assert "No gaps" in officer.read(f"/compliance/certificates/gaps?started={later}").text
    data = officer.get("/compliance/certificates/gaps/list.csv").get_data().decode("utf-8-sig")
    assert data.count("\r\n") == 3
