"""Enrolling a person on the policy's induction."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.curriculum.model import Policy
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.people.models import Account
from induction.policy.models import PolicyStep


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

    ``seed`` decides the learner's orders and draws; it is random unless given. Without ``due_on``
    they have the days that the version in force gives to those who join, if it gives any.
    """
    if due_on is None:
        due_on = _joiners_due(session, policy.slug, now)
    enrolment = Enrolment(
        account_id=account.id,
        policy=policy.slug,
        seed=seed or secrets.token_hex(16),
        due_on=due_on,
        enrolled_at=now,
    )
    session.add(enrolment)
    session.flush()
    steps = len(policy.sections_for(account.audience)) + 1
    session.add(
        Progress(
            enrolment_id=enrolment.id,
            state=rules.LearnerState.NOT_STARTED.value,
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


_JOINER_DAYS = (
    select(PolicyStep.joiner_days)
    .where(PolicyStep.policy == bindparam("slug"), PolicyStep.state == "in-force")
    .order_by(PolicyStep.id.desc())
    .limit(1)
)


def _joiners_due(session: Session, policy: str, now: datetime) -> date | None:
    days = session.scalar(_JOINER_DAYS, {"slug": policy})
    return now.date() + timedelta(days=days) if days else None
