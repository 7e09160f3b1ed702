"""The worker's beat: when it last ran, kept in the database, where every machine can see it."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from induction.database import writing
from induction.mail.models import WorkerBeat

EVERY = timedelta(minutes=1)
LATE = timedelta(minutes=15)  # a round that sends a whole intake's invitations takes minutes


def beat(*, now: datetime) -> None:
    """The worker runs. Noted once a minute: it looks at the outbox far more often."""
    known = WorkerBeat.at
    with writing() as session:
        session.execute(
            update(WorkerBeat)
            .where(or_(known.is_(None), known < now - EVERY, known > now))
            .values(at=now)
        )


def last(session: Session) -> datetime | None:
    """When the worker last ran; None where it never has."""
    return session.scalar(select(WorkerBeat.at))
