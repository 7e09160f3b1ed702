"""Tables of reports: of a breach of the policy, or of harm."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.certificates.number import new_number
from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class ReportState(StrEnum):
    """What has become of a report."""

    NEW = "new"
    LOOKING = "looking"  # somebody is looking at it
    PASSED_ON = "passed-on"  # to the institute's leaders
    CLOSED = "closed"


class About(StrEnum):
    """What a report is about: asked before anything else."""

    PICTURE = "picture"  # sexual, of a person: none is taken, since it may be of a child
    HARM = "harm"  # somebody is hurt or may be
    RULE = "rule"  # anything else that breaks the policy

    @property
    def at_risk(self) -> bool:
        """Whether somebody may be in danger."""
        return self is not About.RULE


class BreachReport(Model):
    """What somebody reported. ``account_id`` is None where they gave no name.

    Of those nothing is kept that is more exact than the day, and their entry in the record of acts
    is written the day after (``entered``): the entry before it would be the reporter's sign-in.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    number: Mapped[str | None] = mapped_column(String(19), unique=True, default=new_number)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    about: Mapped[str] = mapped_column(String(10))
    of_reader: Mapped[bool] = mapped_column(default=False)  # for the second readers alone
    what: Mapped[str] = mapped_column(Text)
    where: Mapped[str] = mapped_column(Text)
    affected: Mapped[str] = mapped_column(Text)
    may_contact: Mapped[bool]
    contact: Mapped[str] = mapped_column(String(200), default="")  # of whoever has no account
    state: Mapped[str] = mapped_column(String(20), index=True, default=ReportState.NEW.value)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    severity: Mapped[str] = mapped_column(String(10), default="")  # "": not judged yet
    outcome: Mapped[str] = mapped_column(String(20), default="")  # "": open
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered: Mapped[bool] = mapped_column(default=True)  # in the record of acts

    __table_args__ = (
        CheckConstraint("state IN ('new','looking','passed-on','closed')", name="state"),
        CheckConstraint("about IN ('picture','harm','rule')", name="about"),
    )


class BreachPicture(Model):
    """A screenshot that came with a report."""

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("breach_report.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    png: Mapped[bytes | None] = mapped_column(LargeBinary)  # None: a file yet (screenshots.take_in)


class BreachNote(Model):
    """What was done or written, and the state after it. ``actor`` may be REPORTER, who added it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("breach_report.id"), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    to_reporter: Mapped[bool] = mapped_column(default=False)  # an answer to whoever reported it
    at: Mapped[datetime] = mapped_column(UtcDateTime)
