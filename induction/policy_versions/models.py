"""Tables of drafts of the policy, and of the days on which versions are to come into force.

Of a draft it is kept what was written, by whom and when. Rows of words are only added: the words of
a file are those of its newest row, and a file that is gone has a row without words.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class DraftOutcome(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    DRAWN_UP = "drawn-up"
    DISCARDED = "discarded"


class DraftSource(StrEnum):
    """What a draft began from."""

    IN_FORCE = "in-force"
    FOLDER = "folder"
    EARLIER = "earlier"
    ZIP = "zip"


_OPEN = text("outcome = 'open'")


class PolicyDraft(Model):
    """A draft of a policy's next version. The database holds one open at a time."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    policy: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(12))
    base: Mapped[str] = mapped_column(String(64))  # the content in force when it began
    folder: Mapped[str] = mapped_column(String(64))  # digest of the content folder when it began
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default=DraftOutcome.OPEN.value)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))

    __table_args__ = (
        CheckConstraint("outcome IN ('open','drawn-up','discarded')", name="outcome"),
        CheckConstraint("source IN ('in-force','folder','earlier','zip')", name="source"),
        Index(
            "uq_policy_draft_open",
            "policy",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "version_id"),
    )

    @property
    def is_open(self) -> bool:
        """Whether it can still be written in."""
        return self.outcome == DraftOutcome.OPEN


class PolicyDraftComment(Model):
    """What somebody says about a part of a draft, until it is dealt with."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    draft_id: Mapped[int] = mapped_column(ForeignKey("policy_draft.id"))
    kind: Mapped[str] = mapped_column(String(12))  # of part, as ``PartKind``
    name: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "draft_id", "kind", "name"),)


class ScheduleOutcome(StrEnum):
    """What became of a day that was set."""

    WAITING = "waiting"
    DONE = "done"
    CALLED_BACK = "called-back"
    OVERTAKEN = "overtaken"  # it could not come into force that day


_WAITING = text("outcome = 'waiting'")


class PolicySchedule(Model):
    """The day on which an approved version comes into force by itself. One waits at a time."""

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), index=True)
    day: Mapped[date]
    redo_by: Mapped[date | None]
    joiner_days: Mapped[int | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12), default=ScheduleOutcome.WAITING.value)
    why: Mapped[str] = mapped_column(Text, default="")  # it was overtaken, in our words
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("outcome IN ('waiting','done','called-back','overtaken')", name="outcome"),
        Index(
            "uq_policy_schedule_waiting",
            "policy",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )


class PolicyDraftText(Model):
    """A file of a draft as somebody left it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("policy_draft.id"))
    path: Mapped[str] = mapped_column(String(200))
    words: Mapped[str | None] = mapped_column(Text)  # None: the file is gone
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "draft_id", "path", "id"),)
