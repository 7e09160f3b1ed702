"""Time stamps of checkpoints by an authority outside, where one is set: none can be made later.

A checkpoint says where the record stood; its stamp, which nobody here can make, says since when.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.checkpoint import Checkpoint
from induction.audit.models import AuditCheckpoint
from induction.audit.verify import as_signed
from induction.compliance.models import CheckpointLetter, CheckpointStamp
from induction.database import utc_now, writing
from induction.extensions import db
from induction.signing import timestamps
from induction.signing.timestamps import NoStamp, TimeStamp

WHILE = timedelta(days=7)  # an authority that is away is asked again so long


def chore() -> None:
    """Of the worker: have the newest checkpoint that left by mail stamped. Raises NoStamp."""
    url = current_app.extensions["settings"].tsa_url
    row = _without(db.session(), utc_now()) if url else None
    if row is None:
        return
    checkpoint_id, data = row.id, as_signed(row).signed_bytes()
    db.session.commit()  # nothing is held open while the authority is asked
    stamp = timestamps.ask(url, data)
    with writing() as session:
        if session.get(CheckpointStamp, checkpoint_id) is None:
            session.add(
                CheckpointStamp(checkpoint_id=checkpoint_id, at=stamp.at, answer=stamp.answer)
            )


def _without(session: Session, now: datetime) -> AuditCheckpoint | None:
    """The newest that left by mail, where it is young enough and has no stamp yet."""
    newest = (
        select(AuditCheckpoint)
        .where(AuditCheckpoint.id.in_(select(CheckpointLetter.checkpoint_id)))
        .order_by(AuditCheckpoint.id.desc())
        .limit(1)
    )
    found = session.scalars(newest).first()
    if found is None or found.at < now - WHILE:
        return None
    return found if session.get(CheckpointStamp, found.id) is None else None


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint and what the authority said of it."""

    point: Checkpoint
    stamp: TimeStamp


def every(session: Session) -> Iterator[Stamped]:
    """All of them, oldest first. Raises NoStamp naming one that is about something else."""
    query = (
        select(AuditCheckpoint, CheckpointStamp.answer)
        .join(CheckpointStamp, CheckpointStamp.checkpoint_id == AuditCheckpoint.id)
        .order_by(AuditCheckpoint.id)
    )
    for row in session.execute(query):
        point = as_signed(row.AuditCheckpoint)
        try:
            yield Stamped(point, timestamps.read(row.answer, point.signed_bytes()))
        except NoStamp as fault:
            raise NoStamp(f"the time stamp of entry {point.seq}: {fault}") from fault
