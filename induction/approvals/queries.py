"""Reading what was asked for, and who could decide it."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.approvals.models import OPEN, Approval
from induction.approvals.rules import Officers
from induction.institute import institute
from induction.people.access import TRUSTED
from induction.people.models import Account, Role, has_role

_HERE = (Account.deactivated_at.is_(None), Account.erased_at.is_(None))


def open_for(session: Session, kind: str, subject: str) -> Approval | None:
    """What is open of this kind about this subject: there is one at a time."""
    query = select(Approval).where(
        Approval.kind == kind, Approval.subject == subject, Approval.outcome.in_(OPEN)
    )
    return session.scalars(query).first()


def all_open(session: Session) -> Sequence[Approval]:
    """Everything that waits for somebody or for its day, the oldest first."""
    query = select(Approval).where(Approval.outcome.in_(OPEN)).order_by(Approval.id)
    return session.scalars(query).all()


def names(session: Session, actors: set[str]) -> dict[str, str]:
    """Who is meant by these actors. One query."""
    ids = {actor.removeprefix("account:"): actor for actor in actors if actor}
    query = select(Account.public_id, Account.full_name).where(Account.public_id.in_(ids))
    found = {ids[row.public_id]: row.full_name for row in session.execute(query)}
    return {actor: found.get(actor, actor) for actor in ids.values()}


def how_many_confirm(session: Session, deciders: Collection[Role], *, beside: str = "") -> int:
    """How many who are here may confirm what these roles decide, not counting one actor."""
    query = select(func.count(Account.id)).where(
        has_role(*deciders), *_HERE, Account.public_id != beside.removeprefix("account:")
    )
    return session.scalar(query) or 0


def officers_beside(
    session: Session, actor: str, deciders: Collection[Role] = (Role.COMPLIANCE,)
) -> Officers:
    """Who could decide what this actor asked for, of those with one of these roles."""
    others = how_many_confirm(session, deciders, beside=actor)
    here = institute()
    return Officers(others, here.two_people, here.wait_days)


def told(session: Session, deciders: Collection[Role]) -> Sequence[Account]:
    """Whom we tell of what cannot be undone: every officer and administrator who is here."""
    trusted = has_role(*TRUSTED, *deciders)
    return session.scalars(select(Account).where(trusted, *_HERE).order_by(Account.id)).all()
