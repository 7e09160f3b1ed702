"""Checkpoints outside the building: sent once a day, and how old the newest is.

Whoever owns the database can write its newest entries anew, and every checkpoint in it and in the
instance folder. A copy in somebody's mailbox is out of their reach, and shows it.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditCheckpoint, AuditHead
from induction.audit.verify import checkpoint_folder, make_checkpoint
from induction.compliance.models import CheckpointLetter
from induction.institute import institute
from induction.mail.letters import letter
from induction.mail.models import OutboxMail
from induction.mail.outbox import queue_all
from induction.people.models import Account, Role, has_role

EVERY, OLD = timedelta(days=1), timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Outside:
    """The newest checkpoint that has left by mail: of which entry, and since when."""

    seq: int
    since: datetime
    old: bool  # everything after it could be written anew and nobody would see it


def newest(session: Session, *, now: datetime) -> Outside | None:
    """The newest checkpoint in somebody's mailbox; None where none is known to be.

    Without a mail server nothing leaves: letters are files in the instance folder.
    """
    if not current_app.extensions["settings"].mail_url:
        return None
    row = session.execute(
        select(AuditCheckpoint.seq, AuditCheckpoint.at)
        .join(CheckpointLetter, CheckpointLetter.checkpoint_id == AuditCheckpoint.id)
        .join(OutboxMail, OutboxMail.message_id == CheckpointLetter.message_id)
        .where(OutboxMail.sent_at.is_not(None))
        .order_by(AuditCheckpoint.id.desc())
        .limit(1)
    ).first()
    return Outside(row.seq, row.at, now - row.at > OLD) if row else None


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a day has passed since the last that was sent, and something has happened since."""
    last = session.execute(
        select(AuditCheckpoint.seq, AuditCheckpoint.at)
        .join(CheckpointLetter, CheckpointLetter.checkpoint_id == AuditCheckpoint.id)
        .order_by(AuditCheckpoint.id.desc())
        .limit(1)
    ).first()
    head = session.scalar(select(AuditHead.seq)) or 0
    return head > 0 and (last is None or (last.seq < head and now - last.at >= EVERY))


def send(session: Session, *, now: datetime) -> None:
    """Sign where the record stands, and put it into a letter to each who keeps it for us."""
    signer = current_app.extensions["signer"]
    folder = checkpoint_folder()
    point = make_checkpoint(session, signer.sign_bytes, signer.fingerprint, folder, now=now)
    to = recipients(session)
    told = letter("checkpoint", point=point, text=json.dumps(asdict(point), indent=1))
    messages = queue_all(session, ((email, who, told) for email, who in to), now=now)
    made = session.scalar(select(func.max(AuditCheckpoint.id)))
    rows = [{"message_id": message, "checkpoint_id": made} for message in messages]
    if rows:
        session.execute(insert(CheckpointLetter), rows)


def recipients(session: Session) -> list[tuple[str, int | None]]:
    """Compliance, and the second address of the settings: addresses with their accounts."""
    officers = session.execute(
        select(Account.email, Account.id).where(
            has_role(Role.COMPLIANCE),
            Account.deactivated_at.is_(None),
            Account.erased_at.is_(None),
        )
    )
    found: list[tuple[str, int | None]] = [(row.email, row.id) for row in officers]
    second = institute().checkpoint_email
    return [*found, (second, None)] if second else found
