"""Tables: how long each class of record is kept, and what was asked and decided."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class RequestKind(StrEnum):
    """What is asked."""

    ACCESS = "access"  # a copy of everything we hold on a person
    ERASURE = "erasure"  # one person's details go
    RETENTION = "retention"  # everything goes whose time is over


class RequestOutcome(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class RetentionRule(Model):
    """A period that differs from the one that we suggest."""

    record_class: Mapped[str] = mapped_column(String(20), primary_key=True)
    months: Mapped[int]
    basis: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DataRequest(Model):
    """A request about personal data. Nothing goes before an officer has approved it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(12))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default=RequestOutcome.WAITING.value)

    __table_args__ = (
        CheckConstraint("kind IN ('access','erasure','retention')", name="kind"),
        CheckConstraint("outcome IN ('waiting','done','refused')", name="outcome"),
    )
