"""The table of what was asked for, by whom it was decided, and what came of it."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class ApprovalOutcome(StrEnum):
    """Where it stands."""

    WAITING = "waiting"  # for somebody else to decide
    CONFIRMED = "confirmed"  # and for its day
    DONE = "done"
    REFUSED = "refused"  # declined, taken back or stopped
    OVERTAKEN = "overtaken"  # it could not be done any more


OPEN = (ApprovalOutcome.WAITING.value, ApprovalOutcome.CONFIRMED.value)
_STILL_OPEN = text("outcome IN ('waiting','confirmed')")


class Approval(Model):
    """One act that somebody asked for. The database holds one open at a time for a subject."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(80))  # as the record of acts names it
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))  # whom it is about
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text, default="{}")  # JSON: what exactly is asked for
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the day of what waits
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default=ApprovalOutcome.WAITING.value)
    result: Mapped[str] = mapped_column(Text, default="")  # what came of it, in our words

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('waiting','confirmed','done','refused','overtaken')", name="outcome"
        ),
        Index(None, "account_id"),
        Index(
            "uq_approval_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_STILL_OPEN,
            postgresql_where=_STILL_OPEN,
        ),
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """What exactly is asked for, as its room wrote it."""
        found: dict[str, Any] = json.loads(self.details)
        return found

    @property
    def is_open(self) -> bool:
        """Whether it can still be confirmed or stopped."""
        return self.outcome in OPEN
