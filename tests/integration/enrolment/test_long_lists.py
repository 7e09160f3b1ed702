"""A long list is carried out by the worker, some rows at a time, while people go on working."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from induction.database import utc_now, writing
from induction.enrolment import carrying_on, parts, under_way
from induction.enrolment.models import StagedList
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import work
from tests.support.queries import Statements
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort\n"
PEOPLE = under_way.LONG + 1


def people(number: int = PEOPLE, cohort: str = "Bricks") -> str:
    return "".join(f"Q{n:05},Ann Lee {n},q{n}@x.example,{cohort}\n" for n in range(number))


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


@pytest.fixture
def one_part_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn of the worker is as short as it can be."""
    monkeypatch.setattr(carrying_on, "TURN", 0.0)


def learners(tiny: Cast) -> int:
    return count(tiny.app, "enrolment")


def test_nobody_waits_for_a_long_list_and_its_page_says_how_far_it_is(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, (HEAD + people()).encode())
    assert f"Import {PEOPLE} people" in admin.read(address).text
    assert go_ahead(admin, address) == 303
    assert learners(tiny) == 0, "nothing is done while somebody waits"
    page = admin.read(address)
    assert f"0 of {PEOPLE} rows" in page.text
    assert "You can leave this page" in page.text
    work(tiny.app)
    assert learners(tiny) == PEOPLE
    told = admin.read(address).text
    assert f"{PEOPLE} people are new, 0 changed, 0 the same." in told
    assert actions(tiny.app).count("people:imported") == 1
    assert tiny.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


@pytest.mark.usefixtures("one_part_a_turn")
def test_an_import_goes_on_after_its_last_row_and_is_undone_as_one(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, (HEAD + people()).encode())
    go_ahead(admin, address, invite="y")
    work(tiny.app)
    assert learners(tiny) == parts.AT_ONCE, "then other chores have their turn"
    assert f"{parts.AT_ONCE} of {PEOPLE} rows" in admin.read(address).text
    assert "on its way" in admin.read("/tutor/import").text
    came(tiny, "Q00000")
    heard(tiny, utc_now())
    work(tiny.app)
    assert learners(tiny) == parts.AT_ONCE, "another worker has it"
    heard(tiny, utc_now() - parts.SILENT - timedelta(seconds=1))
    for _ in range(3):  # that one was cut off
        work(tiny.app)
    assert learners(tiny) == PEOPLE
    done = admin.read(address)
    assert f"{PEOPLE} people are new" in done.text
    assert count(tiny.app, "one_time_link") == PEOPLE, "each is invited once"
    page = admin.read(next(a["href"] for a in done.all("a") if "/imports/" in a["href"])).text
    assert f"Removed, {PEOPLE - 1}" in page
    assert "They have been here since" in page


@pytest.mark.usefixtures("one_part_a_turn")
def test_what_somebody_does_between_two_parts_is_met_as_it_is_then(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, (HEAD + people()).encode())
    go_ahead(admin, address)
    work(tiny.app)
    last = f"Q{PEOPLE - 1:05}"
    form = admin.read("/tutor/enrol").form("learner_ref")
    typed = {"learner_ref": last, "full_name": "Bo Li", "email": "bo@x.example"}
    assert admin.send(form, typed, at="/tutor/enrol").status_code == 303
    for _ in range(3):
        work(tiny.app)
    assert f"{PEOPLE - 1} people are new, 1 changed" in admin.read(address).text
    assert learners(tiny) == PEOPLE


def test_rows_that_are_refused_stop_it_unless_they_are_left_out(tiny: Cast, admin: Visitor) -> None:
    address = upload(admin, (HEAD + people() + "Q99999,,,\n").encode())
    go_ahead(admin, address)
    work(tiny.app)
    page = admin.read(address).text
    assert "Some rows are refused" in page
    assert f"Import {PEOPLE} people" in page, "it can be gone ahead with again"
    assert learners(tiny) == 0
    go_ahead(admin, address, skip_bad="y")
    work(tiny.app)
    assert "1 row was refused and left out" in admin.read(address).text
    assert learners(tiny) == PEOPLE


@pytest.mark.usefixtures("one_part_a_turn")
def test_what_was_carried_out_before_a_fault_of_ours_can_be_undone(
    tiny: Cast, admin: Visitor
) -> None:
    address = upload(admin, (HEAD + people()).encode())
    go_ahead(admin, address)
    work(tiny.app)
    on_the_last = (
        "CREATE TRIGGER faulty BEFORE INSERT ON account "
        f"WHEN NEW.learner_ref = 'Q{PEOPLE - 2:05}' BEGIN SELECT RAISE(ABORT, 'a fault'); END"
    )
    with tiny.app.app_context(), writing() as session:
        session.execute(text(on_the_last))
    work(tiny.app)
    told = admin.read(address).text
    assert "Something went wrong on our side" in told
    assert learners(tiny) == parts.AT_ONCE
    with tiny.app.app_context(), writing() as session:
        session.execute(text("DROP TRIGGER faulty"))
    links = [a["href"] for a in admin.read("/tutor/import").all("a")]
    where = next(href for href in links if href.startswith("/tutor/imports/"))
    why = {"reason": "This was the wrong list"}
    assert admin.send(admin.read(where).form("reason"), why, at=where).status_code == 303
    assert learners(tiny) == 0


def test_each_part_costs_as_many_statements_as_any_other(
    tiny: Cast, admin: Visitor, queries: Callable[..., AbstractContextManager[Statements]]
) -> None:
    counted = []
    for several in (3, 5):
        named = (
            people(several * parts.AT_ONCE).replace("Q", f"Q{several}").replace(",q", f",{several}")
        )
        go_ahead(admin, upload(admin, (HEAD + named).encode()))
        with tiny.app.app_context(), queries(tiny.app) as sent:
            carrying_on.chore()
        counted.append(len(sent))
    more = (counted[1] - counted[0]) / 2
    assert more < 40, f"{more} statements for {parts.AT_ONCE} people"


def test_the_command_takes_a_long_list_in_parts_as_well(tiny: Cast, tmp_path: Path) -> None:
    here = tiny.cohort("Hair")
    left = tiny.learner("Zoe Last", cohort=here)
    file = tmp_path / "list.csv"
    file.write_text(HEAD + people() + f"{left.learner_ref},Zoe Last,,Hair\n")
    run = tiny.app.test_cli_runner().invoke
    said = run(args=["people", "import", str(file), "--invite"])
    assert said.exit_code == 0, said.output
    assert f"{PEOPLE} new, 0 changed, 1 same" in said.output
    assert f"{PEOPLE} invited" in said.output
    made = "SELECT DISTINCT at FROM audit_entry WHERE action = 'people:account-created'"
    assert len(rows(tiny.app, f"{made} AND subject != '{left.actor}'")) == 3
    assert actions(tiny.app).count("people:import-part") == 3
    file.write_text(HEAD + people(PEOPLE - 1) + f"{left.learner_ref},Zoe Last,,Hair\n")
    said = run(args=["people", "import", str(file), "--leavers", "all"])
    assert "1 marked as left" in said.output
    name = said.output.split("undo-import ")[1].strip()
    assert f"{name}: 1 left" in run(args=["people", "undo-import"]).output
    assert "marked as returned" in run(args=["people", "undo-import", name]).output


def came(tiny: Cast, reference: str) -> None:
    with tiny.app.app_context(), writing() as session:
        whose = update(Account).where(Account.learner_ref == reference)
        session.execute(whose.values(first_signed_in_at=utc_now()))


def heard(tiny: Cast, at: datetime) -> None:
    """A worker that has the list was heard of then."""
    with tiny.app.app_context(), writing() as session:
        session.execute(update(StagedList).values(heard_at=at))
