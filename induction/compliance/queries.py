"""What of the evidence stands where, in a few numbers."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.models import AuditCheckpoint, AuditHead
from induction.database import AnyRow


def chain(session: Session) -> tuple[int, AnyRow | None]:
    """The length of the record of acts, and its last signed checkpoint."""
    last = session.execute(
        select(AuditCheckpoint.seq, AuditCheckpoint.at).order_by(AuditCheckpoint.id.desc()).limit(1)
    ).first()
    return session.scalar(select(AuditHead.seq)) or 0, last
