"""Tables of tutoring: notes about a learner, and the views of lists that people keep."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class TutorNote(Model):
    """What a tutor wants to remember about a learner. Learners may ask to read it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedView(Model):
    """A list of learners as somebody narrowed and sorted it, under a name of their own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(60))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"))  # None: of any cohort
    state: Mapped[str] = mapped_column(String(20), default="")
    search: Mapped[str] = mapped_column(String(100), default="")
    sort: Mapped[str] = mapped_column(String(12), default="name")
    employer: Mapped[str] = mapped_column(String(100), default="")

    __table_args__ = (UniqueConstraint("account_id", "name"),)
