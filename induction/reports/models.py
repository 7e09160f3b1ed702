"""Tables of breach reports."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class ReportState(StrEnum):
    """What has become of a report."""

    NEW = "new"
    LOOKING = "looking"  # somebody is looking at it
    PASSED_ON = "passed-on"  # to the Senior Management Team
    CLOSED = "closed"


class BreachReport(Model):
    """What somebody reported. ``account_id`` is None where they gave no name."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    what: Mapped[str] = mapped_column(Text)
    where: Mapped[str] = mapped_column(Text)
    affected: Mapped[str] = mapped_column(Text)
    may_contact: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20), index=True, default=ReportState.NEW.value)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("state IN ('new','looking','passed-on','closed')", name="state"),
    )


class BreachPicture(Model):
    """A screenshot that came with a report; the file is in the instance folder, by its digest."""

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("breach_report.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))


class BreachNote(Model):
    """What somebody in charge did or wrote, and the state after it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("breach_report.id"), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
