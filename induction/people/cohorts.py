"""Cohorts and who is in them. Cohorts are archived, never deleted; moves stay in the history."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks, rows_hit
from induction.folding import folded
from induction.names import list_order
from induction.people.models import IN_NOW, MAIN_NOW, Account, Cohort, CohortTutor, Membership
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
        .where(Membership.account_id == account_id, MAIN_NOW)
    )


def further_cohorts(session: Session, account_id: int) -> list[Cohort]:
    """The cohorts that somebody is in beside their main one, by name."""
    query = select(Cohort).join(Membership, Membership.cohort_id == Cohort.id)
    mine = Membership.account_id == account_id, IN_NOW, ~Membership.is_main
    return list(session.scalars(query.where(*mine).order_by(Cohort.sort_name, Cohort.id)))


def create(act: Act, facts: CohortFacts) -> Cohort:
    """A new cohort. Raises NotACohort where the name is taken."""
    _refuse_taken_name(act.session, facts.name)
    cohort = Cohort(**asdict(facts), sort_name=list_order(facts.name), created_at=act.now)
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
        place = {"sort_name": list_order(facts.name)}
        act.session.execute(update(Cohort).where(Cohort.id == cohort.id).values(values | place))
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
    """Put people into cohorts as their main one; the one before ends, and stays in the history.

    Whoever is there already stays as they are.
    """
    session, now = entries.act.session, entries.act.now
    there: dict[int, int] = {}
    for ids in chunks([account.id for account, _ in people]):
        rows = session.execute(
            select(Membership.account_id, Membership.cohort_id).where(
                Membership.account_id.in_(ids), MAIN_NOW
            )
        )
        there |= {row.account_id: row.cohort_id for row in rows}
    moving = [(a, cohort) for a, cohort in people if there.get(a.id) != cohort.id]
    for ids in chunks([account.id for account, _ in moving if account.id in there]):
        session.execute(
            update(Membership).where(Membership.account_id.in_(ids), MAIN_NOW).values(left_at=now)
        )
    for cohort in {cohort.id: cohort for _, cohort in moving}.values():  # a further one until now
        ids = [account.id for account, to in moving if to.id == cohort.id]
        for some in chunks(ids):
            session.execute(
                update(Membership)
                .where(Membership.cohort_id == cohort.id, Membership.account_id.in_(some), IN_NOW)
                .values(left_at=now)
            )
    if moving:
        joined = [{"account_id": a.id, "cohort_id": c.id, "joined_at": now} for a, c in moving]
        session.execute(insert(Membership), joined)
    for account, cohort in moving:
        entries.record(Action.COHORT_JOINED, account.actor, cohort=cohort.public_id)


def leave(entries: Batch, people: Sequence[Account], cohort: Cohort) -> None:
    """Take people out of a cohort, into none; the membership stays in the history.

    Whoever is elsewhere stays there.
    """
    session = entries.act.session
    by_id = {account.id: account for account in people}
    for ids in chunks(sorted(by_id)):
        left = session.scalars(
            update(Membership)
            .where(
                Membership.account_id.in_(ids),
                Membership.cohort_id == cohort.id,
                Membership.left_at.is_(None),
            )
            .values(left_at=entries.act.now)
            .returning(Membership.account_id)
        ).all()
        for account_id in sorted(left):
            entries.record(Action.COHORT_LEFT, by_id[account_id].actor, cohort=cohort.public_id)
        _main_of_those_left(session, left)


def _main_of_those_left(session: Session, account_ids: Collection[int]) -> None:
    """Whoever has further cohorts and no main one has the oldest of them as their main one."""
    mine = Membership.account_id.in_(account_ids)
    oldest = (
        select(func.min(Membership.id))
        .where(mine, IN_NOW)
        .group_by(Membership.account_id)
        .having(func.sum(case((Membership.is_main, 1), else_=0)) == 0)
    )
    ids = session.scalars(oldest).all()
    session.execute(update(Membership).where(Membership.id.in_(ids)).values(is_main=True))


def join_also(entries: Batch, people: Sequence[tuple[Account, Cohort]]) -> int:
    """Put people into further cohorts beside their main one; how many were not there already.

    Whoever has no main one has this from then on.
    """
    session, now, done = entries.act.session, entries.act.now, 0
    for account, cohort in people:
        mine = Membership.account_id == account.id, IN_NOW
        there = {row.cohort_id: row.is_main for row in session.execute(_MEMBERSHIPS.where(*mine))}
        if cohort.id in there:
            continue
        joined = {"account_id": account.id, "cohort_id": cohort.id, "joined_at": now}
        session.execute(insert(Membership), [joined | {"is_main": True not in there.values()}])
        entries.record(Action.COHORT_JOINED, account.actor, cohort=cohort.public_id)
        done += 1
    return done


_MEMBERSHIPS = select(Membership.cohort_id, Membership.is_main)


def take_out(entries: Batch, account: Account, cohort: Cohort, *, reason: str) -> bool:
    """Take somebody out of a further cohort; False where they are not in it."""
    further = (
        Membership.account_id == account.id,
        Membership.cohort_id == cohort.id,
        IN_NOW,
        ~Membership.is_main,
    )
    left = update(Membership).where(*further).values(left_at=entries.act.now)
    if not rows_hit(entries.act.session, left):
        return False
    entries.record(
        Action.COHORT_LEFT, account.actor, cohort=cohort.public_id,
        personal={"reason": reason}, account_id=account.id,
    )  # fmt: skip
    return True
