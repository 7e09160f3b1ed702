"""The outbox, when the worker that empties it last ran, and which of its chores fail."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class OutboxMail(Model):
    """One message. ``sent_at`` is set once; ``not_before`` moves on after each failure.

    ``refused_at`` is when it ended undelivered.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)  # a resend keeps it
    account_id: Mapped[int | None] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)  # emptied once sent: it may carry a one-time link
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What it is, where it is looked at again when it is sent ("link:invitation"); "": as it stands.
    about: Mapped[str] = mapped_column(String(40), default="")
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    # The newest try, by a random id: a worker that holds an earlier one may not send it any more.
    attempt: Mapped[str] = mapped_column(String(24), default="", server_default="")
    # How often it was handed over and nothing was heard of it: so often it may have arrived before.
    doubts: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (Index(None, "sent_at", "not_before"),)


class LetterByHand(Model):
    """What somebody without an address is to get on paper: a letter, or their certificate.

    Their tutor prints it and hands it over; ``handed_at`` is when.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int]
    certificate: Mapped[str] = mapped_column(String(24), default="")  # its number; "": a letter
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "account_id", "handed_at"),)


class WorkerBeat(Model):
    """One row: when the worker last ran."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class FailingChore(Model):
    """A chore whose last try failed; the row goes once a try succeeds."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)  # the first try that failed
    tries: Mapped[int]
    fault: Mapped[str] = mapped_column(String(300))  # kind and place, no values
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)  # of the next try


class LetterText(Model):
    """A letter in the institute's own words, with what belongs to its reader in braces."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # of its template
    subject: Mapped[str] = mapped_column(String(150))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
