"""What somebody has kept: the last of each counts."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.practice.models import DoneNow, OwnChanges


def last_done(session: Session, enrolment_id: int, step: str) -> tuple[str, ...]:
    """The ids of what they had done of this section's *Do it now*."""
    query = select(DoneNow.done).where(DoneNow.enrolment_id == enrolment_id, DoneNow.step == step)
    return session.scalars(query.order_by(DoneNow.id.desc()).limit(1)).first() or ()


def last_changes(session: Session, enrolment_id: int) -> tuple[str, ...]:
    """What they set out to do differently, in their words."""
    query = select(OwnChanges.text).where(OwnChanges.enrolment_id == enrolment_id)
    text = session.scalars(query.order_by(OwnChanges.id.desc()).limit(1)).first()
    return tuple(text.split("\n")) if text else ()
