"""An import is no way into somebody else's account."""

import io

import pytest
from flask import Flask
from sqlalchemy import update

from induction.audit.act import Act
from induction.database import utc_now, writing
from induction.enrolment.import_columns import read_people
from induction.enrolment.import_plan import ImportPlan, plan
from induction.people import sessions
from induction.people.models import Account, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import actions, rows

HEAD = "learner_ref,full_name,email,cohort\n"


def planned(app: Flask, viewer: Account | None, row: str) -> ImportPlan:
    with app.app_context(), writing() as session:
        policy = app.extensions["content"].policy
        return plan(session, policy, read_people((HEAD + row).encode()), viewer, uk_day(utc_now()))


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
    sent = as_compliance.post(draft, data={"csrf_token": as_compliance.token()})
    assert sent.status_code == 303
    ((to, subject, body),) = rows(app, "SELECT recipient, subject, body FROM outbox_mail")
    assert (to, subject) == (learner.email, "The email address of your account was changed")
    assert "tell us at once" in body
    assert "aisha.new" not in body
    assert theirs.get("/induction").status_code == 303, "the old session has ended"
    page = cast.signed_in(tutor).read(f"/tutor/learners/{learner.public_id}").text
    assert f"Details changed email address (before: {learner.email})" in page
    assert actions(app).count("people:account-changed") == 1
