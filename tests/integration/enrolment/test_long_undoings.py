"""A long import is undone by the worker, part after part, and by the command likewise."""

import pytest
from flask import Flask
from sqlalchemy import delete, text, update

from induction.database import utc_now, writing
from induction.enrolment import carrying_on, parts, under_way
from induction.enrolment.models import StagedList
from induction.people.models import Account, AccountRole, Role
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.post import work
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort\n"
PEOPLE = 2 * parts.AT_ONCE + 1
WHY = {"reason": "It was last year’s list."}


@pytest.fixture
def admin(tiny: Cast) -> Visitor:
    return tiny.signed_in(tiny.account(Role.ADMIN))


def a_list(cohort: str = "Bricks", name: str = "Ann Lee") -> bytes:
    lines = (f"Q{n:05},{name} {n},q{n}@x.example,{cohort}\n" for n in range(PEOPLE))
    return (HEAD + "".join(lines)).encode()


def taken_in(tiny: Cast, visitor: Visitor, data: bytes) -> str:
    """Import it; where it is undone."""
    address = upload(visitor, data)
    assert go_ahead(visitor, address) == 303
    work(tiny.app)
    assert visitor.read(address).text.count("The list is imported")
    links = [a["href"] for a in visitor.read("/tutor/import").all("a")]
    return next(href for href in links if href.startswith("/tutor/imports/"))


def press(visitor: Visitor, address: str) -> None:
    response = visitor.send(visitor.read(address).form("reason"), WHY, at=address)
    assert response.status_code == 303
    assert response.location == address, "the worker has it"


def change(tiny: Cast, statement: object) -> None:
    with tiny.app.app_context(), writing() as session:
        session.execute(statement)  # type: ignore[call-overload]


def stopping_form(visitor: Visitor, address: str) -> int:
    (form,) = (f for f in visitor.read(address).forms if f.action == address + "/stop")
    return visitor.send(form, at=address).status_code


def verified(app: Flask) -> bool:
    return app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0


def test_the_worker_undoes_it_in_parts_and_the_page_says_how_far_it_is(
    tiny: Cast, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [count(tiny.app, name) for name in ("account", "enrolment", "cohort", "membership")]
    address = taken_in(tiny, admin, a_list())
    change(tiny, update(Account).where(Account.learner_ref == "Q00007").values(password_hash="x"))
    assert f"Removed, {PEOPLE - 1}" in admin.read(address).text
    monkeypatch.setattr(carrying_on, "TURN", 0.0)
    press(admin, address)
    assert count(tiny.app, "enrolment") == PEOPLE, "nothing is done while somebody waits"
    assert f"0 of {PEOPLE} people" in admin.read(address).text
    assert "Being undone" in admin.read("/tutor/import").text
    work(tiny.app)
    assert f"{parts.AT_ONCE} of {PEOPLE} people" in admin.read(address).text
    change(tiny, update(StagedList).values(heard_at=utc_now()))
    work(tiny.app)
    assert count(tiny.app, "enrolment") == PEOPLE - parts.AT_ONCE + 1, "another worker has it"
    long_ago = utc_now() - 2 * parts.SILENT
    change(tiny, update(StagedList).values(heard_at=long_ago))  # that one was killed
    for _ in range(4):
        work(tiny.app)
    page = admin.read(address).text
    assert f"The import is undone: {PEOPLE - 1} people removed, 0 put back, 2 left" in page
    assert "They have been here since." in page
    assert "the cohort Bricks" in page
    after = [count(tiny.app, name) for name in ("account", "enrolment", "cohort", "membership")]
    assert after == [number + 1 for number in before]
    assert actions(tiny.app).count("people:import-undone") == 1
    assert rows(tiny.app, "SELECT seq FROM audit_personal WHERE data LIKE '%q9@x.example%'") == []
    assert verified(tiny.app)


def test_what_it_changed_goes_back_with_its_cohorts(tiny: Cast, admin: Visitor) -> None:
    taken_in(tiny, admin, a_list())
    address = taken_in(tiny, admin, a_list(cohort="Hair", name="Bo Li"))
    press(admin, address)
    work(tiny.app)
    page = admin.read(address).text
    assert f"0 people removed, {PEOPLE} put back, 0 left" in page
    assert "Nothing to undo" not in page  # it has just been done
    assert rows(tiny.app, "SELECT id FROM account WHERE full_name LIKE 'Bo Li%'") == []
    there = (
        "SELECT count(*) FROM membership JOIN cohort ON cohort.id = cohort_id WHERE left_at IS NULL"
    )
    assert rows(tiny.app, there + " AND name = 'Bricks'") == [(PEOPLE,)]
    assert rows(tiny.app, "SELECT archived_at IS NULL FROM cohort WHERE name = 'Hair'") == [(0,)]
    assert verified(tiny.app)


def test_it_can_be_stopped_and_what_is_half_undone_is_named(
    tiny: Cast, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = taken_in(tiny, admin, a_list())
    monkeypatch.setattr(carrying_on, "TURN", 0.0)
    press(admin, address)
    work(tiny.app)
    assert admin.post(address + "/stop").status_code == 400, "no token"
    other = tiny.signed_in(tiny.account(Role.TUTOR))
    assert other.get(address).status_code == 404
    data = {"csrf_token": other.token()}
    assert other.post(address + "/stop", data=data).status_code == 404
    assert stopping_form(admin, address) == 303
    for _ in range(3):
        work(tiny.app)
    assert count(tiny.app, "enrolment") == PEOPLE - parts.AT_ONCE
    page = admin.read(address).text
    assert (
        f"It was stopped before its end. Done until then: {parts.AT_ONCE} of {PEOPLE} people."
        in page
    )
    assert f"Removed, {PEOPLE - parts.AT_ONCE}" in page
    assert "What is left of it" in admin.read("/tutor/import").text
    said = "SELECT details FROM audit_entry WHERE action LIKE 'people:import-und%' ORDER BY seq"
    undone, stopped = rows(tiny.app, said)
    assert '"removed":250' in undone[0]
    assert '"why":"asked"' in stopped[0]
    press(admin, address)
    for _ in range(4):
        work(tiny.app)
    assert count(tiny.app, "enrolment") == 0


def test_a_fault_of_ours_and_a_role_that_is_lost_leave_nothing_unnamed(
    tiny: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = tiny.account(Role.ADMIN)
    admin = tiny.signed_in(who)
    address = taken_in(tiny, admin, a_list())
    monkeypatch.setattr(carrying_on, "TURN", 0.0)
    press(admin, address)
    change(tiny, text(
        "CREATE TRIGGER faulty BEFORE DELETE ON account WHEN OLD.learner_ref = 'Q00300' "
        "BEGIN SELECT RAISE(ABORT, 'a fault'); END"
    ))  # fmt: skip
    for _ in range(2):
        work(tiny.app)
    assert "Something went wrong on our side" in admin.read(address).text
    change(tiny, text("DROP TRIGGER faulty"))
    change(tiny, text("DELETE FROM failing_chore"))
    press(admin, address)
    change(tiny, delete(AccountRole).where(AccountRole.account_id == who.id))
    work(tiny.app)
    assert count(tiny.app, "enrolment") == PEOPLE - parts.AT_ONCE
    colleague = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    press(colleague, address)
    for _ in range(4):
        work(tiny.app)
    assert count(tiny.app, "enrolment") == 0
    assert [a for a in actions(tiny.app) if "import-und" in a] == [
        "people:import-undone", "people:import-undoing-stopped",
        "people:import-undoing-stopped", "people:import-undone",
    ]  # fmt: skip


def test_two_who_press_at_once_undo_it_once(tiny: Cast, admin: Visitor) -> None:
    address = taken_in(tiny, admin, a_list())
    other = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    forms = [visitor.read(address).form("reason") for visitor in (admin, other)]
    for visitor, form in zip((admin, other), forms, strict=True):
        assert visitor.send(form, WHY, at=address).status_code in (200, 303)
    work(tiny.app)
    assert "0 left as they are" in other.read(address).text
    assert actions(tiny.app).count("people:import-undone") == 1
    assert under_way.LONG < PEOPLE


def test_the_command_undoes_it_in_parts(tiny: Cast, admin: Visitor) -> None:
    address = taken_in(tiny, admin, a_list())
    run = tiny.app.test_cli_runner().invoke
    said = run(args=["people", "undo-import", address.rpartition("/")[2]])
    assert said.exit_code == 0, said.output
    assert said.output.count("removed: Q") == PEOPLE
    assert "The cohort Bricks goes." in said.output
    assert count(tiny.app, "enrolment") == 0
    times = "SELECT DISTINCT at FROM audit_entry WHERE action = 'people:account-removed'"
    assert len(rows(tiny.app, times)) == 3
    assert verified(tiny.app)
