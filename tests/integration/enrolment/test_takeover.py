"""An import is no way into somebody else's account."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from induction.audit.act import Act
from induction.database import utc_now, writing
from induction.enrolment import import_pages, near_duplicates
from induction.enrolment.import_columns import read_people
from induction.enrolment.import_plan import ImportPlan, plan
from induction.people import sessions
from induction.people.models import Account, AccountRole, Role
from induction.throttles.rules import LIST
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort\n"


def planned(app: Flask, viewer: Account | None, row: str) -> ImportPlan:
    with app.app_context(), writing() as session:
        policy = app.extensions["content"].policy
        return plan(
            session,
            policy,
            read_people(io.BytesIO((HEAD + row).encode())),
            viewer,
            uk_day(utc_now()),
        )


@pytest.mark.parametrize("role", [Role.HEAD, Role.COMPLIANCE, Role.ADMIN])
def test_t31_nobody_changes_an_account_of_staff_with_a_list(
    app: Flask, cast: Cast, role: Role
) -> None:
    admin, viewer = cast.account(Role.ADMIN), cast.account(role)
    found = planned(app, viewer, f"X1,Another Name,{admin.email},\n")
    assert not found.entries
    assert "account of staff" in found.refused[0].reasons[0]


def test_t31_a_tutor_cannot_take_over_a_learner_by_email(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("Mine", tutor)
    learner = cast.learner("Aisha Khan", cohort=cohort)
    row = f"{learner.learner_ref},Aisha Khan,evil@attacker.example,Mine\n"
    found = planned(app, tutor, row)
    assert not found.entries
    assert "Ask an administrator or compliance to change it" in found.refused[0].reasons[0]
    for role in (Role.ADMIN, Role.COMPLIANCE):
        trusted = planned(app, cast.account(role), row)
        assert trusted.entries[0].verdict == "changed"
    assert planned(app, None, row).entries[0].verdict == "changed"


def test_t31_nor_while_the_learner_has_begun_without_a_password(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    learner = cast.learner("Layla Davies", cohort=cast.cohort("Mine", tutor), newcomer=True)
    row = f"{learner.learner_ref},Layla Davies,layla.right@x.example,Mine\n"
    assert planned(app, tutor, row).entries[0].verdict == "changed", "nobody uses it yet"
    cast.advance(learner)
    assert "is in use" in planned(app, tutor, row).refused[0].reasons[0]
    visitor = cast.signed_in(tutor)
    form = visitor.read("/tutor/enrol").form("full_name")
    values = {
        "full_name": "Layla Davies",
        "email": "layla.right@x.example",
        "learner_ref": learner.learner_ref or "",
    }
    answer = visitor.send(form, values, at="/tutor/enrol")
    assert answer.status_code == 422
    assert "is in use" in answer.get_data(as_text=True)


def test_t31_nor_from_whoever_has_signed_in_without_a_password_of_ours(
    app: Flask, cast: Cast
) -> None:
    tutor = cast.account(Role.TUTOR)
    learner = cast.learner("Layla Davies", cohort=cast.cohort("Mine", tutor), newcomer=True)
    here = f"/tutor/learners/{learner.public_id}"
    row = f"{learner.learner_ref},Layla Davies,layla.right@x.example,Mine\n"
    assert planned(app, tutor, row).entries[0].verdict == "changed"
    visitor = cast.signed_in(tutor)
    assert f"{here}/invite" in visitor.read(here).links.values()
    with app.app_context(), writing() as session:  # as signing in somewhere else will
        session.execute(update(Account).where(Account.id == learner.id).values(password_hash=None))
        sessions.begin(Act(session, learner, utc_now()), learner, None)
    assert "is in use" in planned(app, tutor, row).refused[0].reasons[0]
    assert f"{here}/invite" not in visitor.read(here).links.values()


def test_whoever_has_chosen_a_password_uses_their_account(cast: Cast) -> None:
    learner = cast.learner("Layla Davies", newcomer=True)
    first = "SELECT first_signed_in_at FROM account WHERE id = :id"
    assert rows(cast.app, first, id=learner.id) == [(None,)]
    cast.signed_in(learner)
    ((at,),) = rows(cast.app, first, id=learner.id)
    assert at
    cast.signed_in(learner)
    assert rows(cast.app, first, id=learner.id) == [(at,)], "the first time stays the first"


def test_t31_a_changed_email_is_on_record_and_the_old_address_is_told(
    app: Flask, cast: Cast, as_compliance: Visitor
) -> None:
    tutor = cast.account(Role.TUTOR)
    learner = cast.learner("Aisha Khan", cohort=cast.cohort("Mine", tutor))
    theirs = cast.signed_in(learner)
    data = f"{HEAD}{learner.learner_ref},Aisha Khan,aisha.new@x.example,Mine\n"
    given = {
        "file": (io.BytesIO(data.encode()), "list.csv"),
        "csrf_token": as_compliance.token(),
    }
    draft = as_compliance.post("/tutor/import", data=given).location
    answer = as_compliance.post(draft, data={"csrf_token": as_compliance.token()})
    assert answer.status_code == 303
    sent = rows(app, "SELECT recipient, subject, body FROM outbox_mail ORDER BY id")
    (to, subject, body), (other, _, _) = sent
    assert (to, subject) == (learner.email, "The email address of your account was changed")
    assert other == "aisha.new@x.example"
    assert "tell us at once" in body
    assert "aisha.new" not in body
    assert theirs.get("/induction").status_code == 303, "the old session has ended"
    page = cast.signed_in(tutor).read(f"/tutor/learners/{learner.public_id}").text
    assert f"Details changed email address (before: {learner.email})" in page
    assert actions(app).count("people:account-changed") == 1


def test_t02_a_dry_run_tells_a_tutor_nothing_of_people_elsewhere(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cast.learner("Bo Li", cohort=cast.cohort("Mine", tutor))
    cohort = cast.cohort("Elsewhere", cast.account(Role.TUTOR))
    there, other, third = (
        cast.learner("Nobody Known", email=f"known{n}@college.example", cohort=cohort)
        for n in range(3)
    )
    ended = cast.learner("Gone Elsewhere", email="gone@college.example", cohort=cohort)
    cast.deactivate(ended)
    officer = cast.account(Role.COMPLIANCE)
    lines = [
        f"{there.learner_ref},Nobody Known,probe@x.example,Mine",
        f"{other.learner_ref},Nobody Known,{other.email},Elsewhere",
        f"P2,Nobody Known,{third.email},Mine",
        f"{ended.learner_ref},Gone,other@x.example,Mine",
        f"P3,Somebody Else,{officer.email},Mine",
        "P4,Nobody Known,new@x.example,Mine",
    ]
    visitor = cast.signed_in(tutor)
    address = upload(visitor, (HEAD + "\n".join(lines)).encode())
    page = visitor.read(f"{address}?show=refused").text
    assert "5 refused" in page
    assert page.count("taken by somebody who is not in your cohorts") == 5
    for secret in ("is in use", "has been ended", "account of staff", "belongs to"):
        assert secret not in page
    assert "Same name as" not in visitor.read(f"{address}?show=new").text, "nor by the name"
    assert planned(app, tutor, lines[-1]).entries[0].alike == ()
    assert planned(app, cast.account(Role.COMPLIANCE), lines[-1]).entries[0].alike
    looked = "SELECT actor, details FROM audit_entry WHERE action = 'people:import-looked-at'"
    ((by, details),) = rows(app, looked)
    assert by == tutor.actor
    told = json.loads(details)
    assert (told["rows"], told["hidden"], len(told["sha256"])) == (6, 5, 64)
    form = visitor.read("/tutor/enrol").form("full_name")
    values = {"full_name": "Nobody Known", "email": there.email, "learner_ref": "P9"}
    answer = visitor.send(form, values, at="/tutor/enrol")
    assert "taken by somebody who is not in your cohorts" in answer.get_data(as_text=True)
    assert actions(app)[-1] == "people:access-refused"


@pytest.mark.usefixtures("stopped_clock")
def test_lists_are_sent_in_only_so_often(
    cast: Cast, as_admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_pages, "LIST", replace(LIST, free=2))
    for _ in range(2):
        upload(as_admin, f"{HEAD}A1,Ann Lee,ann@x.example,\n".encode())
    given = {"file": (io.BytesIO(HEAD.encode()), "list.csv"), "csrf_token": as_admin.token()}
    answer = as_admin.post("/tutor/import", data=given)
    assert answer.status_code == 422
    assert "You have sent many lists in the last hour. Wait 15 seconds" in answer.text
    assert count(cast.app, "import_draft") == 2


def test_t31_a_tutor_who_changes_an_address_that_nobody_uses_yet_does_so_openly(
    app: Flask, cast: Cast
) -> None:
    tutor = cast.account(Role.TUTOR)
    learner = cast.learner("Vera Cole", cohort=cast.cohort("Mine", tutor), newcomer=True)
    visitor = cast.signed_in(tutor)
    data = f"{HEAD}{learner.learner_ref},Vera Cole,elsewhere@x.example,Mine\n"
    assert go_ahead(visitor, upload(visitor, data.encode())) == 303
    told = dict(rows(app, "SELECT recipient, body FROM outbox_mail"))
    assert told.keys() == {learner.email, "elsewhere@x.example"}
    assert "no longer the email address of your account" in told[learner.email]
    assert "From now on you sign in with this one" in told["elsewhere@x.example"]
    assert not [body for body in told.values() if "@x.example" in body or learner.email in body]


def test_nobody_changes_their_own_record_with_a_list(app: Flask, cast: Cast) -> None:
    me = cast.learner("Bronwen Pritchard", cohort=cast.cohort("New staff"))
    with app.app_context(), writing() as session:
        session.add(AccountRole(account_id=me.id, role=Role.ADMIN.value))
        session.flush()
        viewer = session.get(Account, me.id)
    row = f"{me.learner_ref},Bronwen Pritchard,{me.email},Another\n"
    assert "This is your own record" in planned(app, viewer, row).refused[0].reasons[0]
    assert planned(app, cast.account(Role.ADMIN), row).entries[0].verdict == "changed"


@pytest.mark.parametrize("named", ["Ann Lee", "A\u0301" * 90, "Ann{} Lee"])
def test_a_list_of_one_name_is_planned_with_work_that_grows_with_its_length(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    asked: list[int] = []

    class Held(list[tuple[str, str]]):
        """What is held of those who share a name; counts what is looked at."""

        def __iter__(self) -> Iterator[tuple[str, str]]:
            asked.append(len(self))
            return super().__iter__()

    held = near_duplicates.Namesakes.__init__

    def counting(self: near_duplicates.Namesakes, *given: Any) -> None:
        held(self, *given)
        self._found = {key: Held(rows) for key, rows in self._found.items()}

    monkeypatch.setattr(near_duplicates.Namesakes, "__init__", counting)
    people = "".join(f"R{n},{named.format(n)},r{n}@x.example,\n" for n in range(400))
    found = planned(app, cast.account(Role.ADMIN), people)
    assert len(found.entries) == 400, found.refused[:1]
    assert sum(asked) <= 400 * (near_duplicates.MOST + 1)
