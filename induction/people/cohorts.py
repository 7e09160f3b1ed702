"""Cohorts and who is in them. Cohorts are archived, never deleted; moves stay in the history."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.folding import folded
from induction.people.models import Account, Cohort, CohortTutor, Membership
from induction.refusals import InvalidInput


class NotACohort(InvalidInput):
    """The cohort cannot be made or changed as asked. The message says why."""


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """What there is to say about a cohort."""

    name: str
    programme: str
    starts_on: date | None
    due_on: date | None


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
    """A new cohort, in the caller's transaction. Raises NotACohort where the name is taken."""
    _refuse_taken_name(session, name)
    cohort = Cohort(
        name=name, programme=programme, starts_on=starts_on, due_on=due_on, created_at=now
    )
    session.add(cohort)
    session.flush()
    record(session, Action.COHORT_CREATED, f"cohort:{cohort.public_id}", actor=actor, now=now)
    return cohort


def _refuse_taken_name(session: Session, name: str, own_id: int | None = None) -> None:
    """Two names that differ in case or spaces alone would be taken for each other."""
    for cohort_id, other in session.execute(select(Cohort.id, Cohort.name)):
        if cohort_id != own_id and folded(other) == folded(name):
            raise NotACohort(f"There is already a cohort called “{other}”.")


def change(
    session: Session,
    cohort: Cohort,
    facts: CohortFacts,
    tutors: Collection[int],
    *,
    actor: str,
    now: datetime,
) -> list[str]:
    """Change what is said about a cohort, and who looks after it; returns what changed.

    Raises NotACohort where the new name is taken.
    """
    if facts.name != cohort.name:
        _refuse_taken_name(session, facts.name, cohort.id)
    fields = [
        f for f in CohortFacts.__dataclass_fields__ if getattr(cohort, f) != getattr(facts, f)
    ]
    if fields:
        values = {f: getattr(facts, f) for f in fields}
        session.execute(update(Cohort).where(Cohort.id == cohort.id).values(values))
    if set_tutors(session, cohort, tutors):
        fields.append("tutors")
    if fields:
        subject = f"cohort:{cohort.public_id}"
        details = {"fields": sorted(fields)}
        record(session, Action.COHORT_CHANGED, subject, actor=actor, now=now, details=details)
    return fields


def set_tutors(session: Session, cohort: Cohort, tutors: Collection[int]) -> bool:
    """Make these accounts, and no others, look after a cohort; whether that changed anything."""
    mine = CohortTutor.cohort_id == cohort.id
    present = set(session.scalars(select(CohortTutor.account_id).where(mine)))
    gone, new = present - set(tutors), set(tutors) - present
    if gone:
        session.execute(delete(CohortTutor).where(mine, CohortTutor.account_id.in_(gone)))
    if new:
        rows = [{"cohort_id": cohort.id, "account_id": tutor} for tutor in sorted(new)]
        session.execute(insert(CohortTutor), rows)
    return bool(gone or new)


def add_tutor(session: Session, cohort: Cohort, tutor: Account) -> None:
    """Let a tutor look after a cohort."""
    session.add(CohortTutor(cohort_id=cohort.id, account_id=tutor.id))


def archive(session: Session, cohort: Cohort, *, back: bool, actor: str, now: datetime) -> bool:
    """Put a cohort away, or take it out again; False where it is there already.

    Its people and their records stay.
    """
    elsewhere = Cohort.archived_at.is_not(None) if back else Cohort.archived_at.is_(None)
    changed = session.scalar(
        update(Cohort)
        .where(Cohort.id == cohort.id, elsewhere)
        .values(archived_at=None if back else now)
        .returning(Cohort.id)
    )
    if changed is None:
        return False
    act = Action.COHORT_REOPENED if back else Action.COHORT_ARCHIVED
    record(session, act, f"cohort:{cohort.public_id}", actor=actor, now=now)
    return True


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
