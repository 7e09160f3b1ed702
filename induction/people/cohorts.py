"""Cohorts and who is in them. Cohorts are archived, never deleted; moves stay in the history."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks
from induction.folding import folded
from induction.people.models import Account, Cohort, CohortTutor, Membership
from induction.refusals import InvalidInput


class NotACohort(InvalidInput):
    """The cohort cannot be made or changed as asked. The message says why."""


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """What there is to say about a cohort."""

    name: str
    programme: str = ""
    starts_on: date | None = None
    due_on: date | None = None


def current_cohort(session: Session, account_id: int) -> str | None:
    """The name of the cohort this person is in now, or None."""
    return session.scalar(
        select(Cohort.name)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.account_id == account_id, Membership.left_at.is_(None))
    )


def create(act: Act, facts: CohortFacts) -> Cohort:
    """A new cohort. Raises NotACohort where the name is taken."""
    _refuse_taken_name(act.session, facts.name)
    cohort = Cohort(**asdict(facts), created_at=act.now)
    act.session.add(cohort)
    act.session.flush()
    act.record(Action.COHORT_CREATED, f"cohort:{cohort.public_id}")
    return cohort


def _refuse_taken_name(session: Session, name: str, own_id: int | None = None) -> None:
    """Two names that differ in case or spaces alone would be taken for each other."""
    for cohort_id, other in session.execute(select(Cohort.id, Cohort.name)):
        if cohort_id != own_id and folded(other) == folded(name):
            raise NotACohort(f"There is already a cohort called “{other}”.")


def change(act: Act, cohort: Cohort, facts: CohortFacts, tutors: Collection[int]) -> list[str]:
    """Change what is said about a cohort, and who looks after it; returns what changed.

    Raises NotACohort where the new name is taken.
    """
    if facts.name != cohort.name:
        _refuse_taken_name(act.session, facts.name, cohort.id)
    values = {f: new for f, new in asdict(facts).items() if getattr(cohort, f) != new}
    if values:
        act.session.execute(update(Cohort).where(Cohort.id == cohort.id).values(values))
    moved = set_tutors(act, cohort, tutors)
    if values:
        act.record(Action.COHORT_CHANGED, f"cohort:{cohort.public_id}", fields=sorted(values))
    return [*values, *(["tutors"] if moved else [])]


def set_tutors(act: Act, cohort: Cohort, tutors: Collection[int]) -> bool:
    """Make these accounts, and no others, look after a cohort; whether that changed anything.

    Who did before and who does from now on is on record: they see its learners.
    """
    mine = CohortTutor.cohort_id == cohort.id
    present = set(act.session.scalars(select(CohortTutor.account_id).where(mine)))
    gone, new = present - set(tutors), set(tutors) - present
    if not gone and not new:
        return False
    if gone:
        act.session.execute(delete(CohortTutor).where(mine, CohortTutor.account_id.in_(gone)))
    if new:
        rows = [{"cohort_id": cohort.id, "account_id": tutor} for tutor in sorted(new)]
        act.session.execute(insert(CohortTutor), rows)
    both = Account.id.in_(present | new)
    query = select(Account.id, Account.public_id).where(both)
    named: dict[int, str] = {row.id: row.public_id for row in act.session.execute(query)}
    details: dict[str, Any] = {
        "from": sorted(named[one] for one in present),
        "to": sorted(named[one] for one in (present - gone) | new),
    }
    act.record(Action.COHORT_TUTORS, f"cohort:{cohort.public_id}", **details)
    return True


def add_tutor(session: Session, cohort: Cohort, tutor: Account) -> None:
    """Let a tutor look after a cohort that is made up: there is no entry of it."""
    session.add(CohortTutor(cohort_id=cohort.id, account_id=tutor.id))


def archive(act: Act, cohort: Cohort, *, back: bool) -> bool:
    """Put a cohort away, or take it out again; False where it is there already.

    Its people and their records stay.
    """
    elsewhere = Cohort.archived_at.is_not(None) if back else Cohort.archived_at.is_(None)
    changed = act.session.scalar(
        update(Cohort)
        .where(Cohort.id == cohort.id, elsewhere)
        .values(archived_at=None if back else act.now)
        .returning(Cohort.id)
    )
    if changed is None:
        return False
    action = Action.COHORT_REOPENED if back else Action.COHORT_ARCHIVED
    act.record(action, f"cohort:{cohort.public_id}")
    return True


def join(act: Act, cohort: Cohort, account: Account) -> None:
    """Put one person into a cohort: see ``place``."""
    with Batch(act) as entries:
        place(entries, [(account, cohort)])


def place(entries: Batch, people: Sequence[tuple[Account, Cohort]]) -> None:
    """Put people into cohorts; an earlier membership ends, and stays in the history.

    Whoever is there already stays as they are.
    """
    session, now = entries.act.session, entries.act.now
    there: dict[int, int] = {}
    for ids in chunks([account.id for account, _ in people]):
        rows = session.execute(
            select(Membership.account_id, Membership.cohort_id).where(
                Membership.account_id.in_(ids), Membership.left_at.is_(None)
            )
        )
        there |= {row.account_id: row.cohort_id for row in rows}
    moving = [(a, cohort) for a, cohort in people if there.get(a.id) != cohort.id]
    for ids in chunks([account.id for account, _ in moving if account.id in there]):
        session.execute(
            update(Membership)
            .where(Membership.account_id.in_(ids), Membership.left_at.is_(None))
            .values(left_at=now)
        )
    if moving:
        joined = [{"account_id": a.id, "cohort_id": c.id, "joined_at": now} for a, c in moving]
        session.execute(insert(Membership), joined)
    for account, cohort in moving:
        entries.record(Action.COHORT_JOINED, account.actor, cohort=cohort.public_id)
