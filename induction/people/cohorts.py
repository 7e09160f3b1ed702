"""Cohorts and who is in them."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.people.models import Account, Cohort, CohortTutor, Membership


def current_cohort(session: Session, account_id: int) -> str | None:
    """The name of the cohort this person is in now, or None."""
    return session.scalar(
        select(Cohort.name)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.account_id == account_id, Membership.left_at.is_(None))
    )


def create(
    session: Session,
    name: str,
    *,
    programme: str = "",
    starts_on: date | None = None,
    due_on: date | None = None,
    actor: str,
    now: datetime,
) -> Cohort:
    """A new cohort, in the caller's transaction."""
    cohort = Cohort(
        name=name, programme=programme, starts_on=starts_on, due_on=due_on, created_at=now
    )
    session.add(cohort)
    session.flush()
    record(session, Action.COHORT_CREATED, f"cohort:{cohort.public_id}", actor=actor, now=now)
    return cohort


def add_tutor(session: Session, cohort: Cohort, tutor: Account) -> None:
    """Let a tutor look after a cohort."""
    session.add(CohortTutor(cohort_id=cohort.id, account_id=tutor.id))


def join(session: Session, cohort: Cohort, account: Account, *, actor: str, now: datetime) -> None:
    """Put a person into a cohort; an earlier membership ends, and stays in the history."""
    for membership in session.scalars(
        select(Membership).where(Membership.account_id == account.id, Membership.left_at.is_(None))
    ):
        if membership.cohort_id == cohort.id:
            return
        membership.left_at = now
    session.flush()
    session.add(Membership(account_id=account.id, cohort_id=cohort.id, joined_at=now))
    record(
        session,
        Action.COHORT_JOINED,
        account.actor,
        actor=actor,
        now=now,
        details={"cohort": cohort.public_id},
    )
