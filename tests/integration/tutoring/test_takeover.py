"""An import is no way into somebody else's account."""

import pytest
from flask import Flask

from induction.database import writing
from induction.extensions import db
from induction.people.models import Account, Role
from induction.tutoring.roll import Roll, plan
from tests.support.cast import Cast

HEAD = "learner_ref,full_name,email,cohort\n"


def planned(app: Flask, viewer: Account | None, row: str) -> Roll:
    with app.app_context(), writing() as session:
        policy = app.extensions["content"].policy
        return plan(session, policy, (HEAD + row).encode(), viewer)


@pytest.mark.parametrize("role", [Role.TUTOR, Role.COMPLIANCE, Role.ADMIN])
def test_t31_nobody_changes_an_account_of_staff_with_a_list(
    app: Flask, cast: Cast, role: Role
) -> None:
    admin, viewer = cast.account(Role.ADMIN), cast.account(role)
    with app.app_context():
        db.session.get_one(Account, viewer.id)
    viewer.all_cohorts = True
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
    assert "An administrator can change it" in found.refused[0].reasons[0]
    trusted = planned(app, cast.account(Role.ADMIN), row)
    assert trusted.entries[0].verdict == "changed"
