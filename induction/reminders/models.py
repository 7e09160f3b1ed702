"""Tables of reminders: which went out, and when they go out."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList, UtcDateTime
from induction.extensions import Model


class Reminder(Model):
    """A reminder to a learner. The key makes sure that no occasion is reminded of twice."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    kind: Mapped[str] = mapped_column(String(16))  # a value of reminding.Kind
    occasion: Mapped[str] = mapped_column(String(80))  # what makes it another one
    by_mail: Mapped[bool]  # False: the learner wants none, and has the note on the page alone
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("enrolment_id", "kind", "occasion"),)


class Digest(Model):
    """The weekly summary that a tutor was sent. One a week, held by the key."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)  # ISO: 2026-W48
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class VersionNotice(Model):
    """That a version asks something of a learner again: kept as it comes into force, told later."""

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), primary_key=True)
    news: Mapped[tuple[str, ...]] = mapped_column(IdList)  # keys of what has changed for them
    questions: Mapped[int]  # to be answered again
    signs: Mapped[bool]  # had finished; signs again
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "version_id"),)


class VersionDigest(Model):
    """The letter about a version that a tutor was sent. One a version, held by the key."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReminderSettings(Model):
    """When the institute reminds. Without a row the defaults hold."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    after_invitation: Mapped[int]  # days after enrolment; 0: never
    before_due: Mapped[int]  # days before the due date; 0: never
    overdue_every: Mapped[int]  # days between reminders once overdue; 0: never
    overdue_times: Mapped[int]  # at most so many
    digest_weekday: Mapped[int]  # 0 is Monday; 7: never
    quiet_from: Mapped[int]  # hours of the day, UK time: no reminder goes out
    quiet_until: Mapped[int]  # from the one until the other

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
