"""Numbers tried in bulk on the verify page: after some misses an address has to wait."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model

WINDOW = timedelta(minutes=10)
MISSES = 30  # a number that fails its check character is not a miss: it needs no look-up


class VerifyMiss(Model):
    """A sound number that we never issued, asked for from an address (kept as a digest)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "address_hash", "at"),)


def _hash(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def too_many_misses(session: Session, address: str, *, now: datetime) -> bool:
    """Whether this address has to wait."""
    misses = session.scalar(
        select(func.count())
        .select_from(VerifyMiss)
        .where(VerifyMiss.address_hash == _hash(address), VerifyMiss.at > now - WINDOW)
    )
    return (misses or 0) >= MISSES


def note_miss(session: Session, address: str, *, now: datetime) -> None:
    """Count a miss, and drop those that no longer matter."""
    session.execute(delete(VerifyMiss).where(VerifyMiss.at < now - WINDOW))
    session.add(VerifyMiss(address_hash=_hash(address), at=now))
