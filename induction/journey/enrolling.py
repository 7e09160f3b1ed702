"""Enrolling a person on the policy's induction."""

import secrets
from datetime import date, datetime

from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.curriculum.model import Policy
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.people.models import Account


def enrol(
    session: Session,
    policy: Policy,
    account: Account,
    *,
    due_on: date | None,
    actor: str,
    now: datetime,
    seed: str | None = None,
) -> Enrolment:
    """Enrol a person, in the caller's transaction. The account must have been flushed.

    ``seed`` decides the learner's orders and draws; it is random unless given.
    """
    enrolment = Enrolment(
        account_id=account.id,
        policy=policy.slug,
        seed=seed or secrets.token_hex(16),
        due_on=due_on,
        enrolled_at=now,
    )
    session.add(enrolment)
    session.flush()
    steps = len(rules.sections_for(policy, account.audience)) + 1
    session.add(
        Progress(
            enrolment_id=enrolment.id,
            state=rules.State.NOT_STARTED.value,
            step="",
            passed=0,
            steps=steps,
            failed_tries=0,
        )
    )
    record(
        session,
        Action.ENROLLED,
        f"enrolment:{enrolment.public_id}",
        actor=actor,
        now=now,
        details={"policy": policy.slug, "account": account.public_id},
    )
    return enrolment
