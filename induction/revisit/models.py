"""Tables of revisits. The answers themselves are a try like any other: ``journey.models``."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList, UtcDateTime, new_public_id
from induction.extensions import Model


class Revisit(Model):
    """That somebody was asked to come back: one letter an occasion, held by the key.

    What was answered is summed up here for lists. The row goes with its person.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    declaration_id: Mapped[int] = mapped_column(ForeignKey("declaration.id", ondelete="CASCADE"))
    occasion: Mapped[str] = mapped_column(String(8))  # a value of rules.Occasion
    number: Mapped[int]  # of the try that it is
    clauses: Mapped[tuple[str, ...]] = mapped_column(IdList)  # the hardest for this person first
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked: Mapped[int] = mapped_column(default=0)  # situations that were decided
    kept: Mapped[int] = mapped_column(default=0)  # of them, rightly
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last of them

    __table_args__ = (
        UniqueConstraint("declaration_id", "occasion"),
        UniqueConstraint("enrolment_id", "number"),
        CheckConstraint("occasion IN ('first','second')", name="occasion"),
    )


class KeptCount(Model):
    """How much lasted: decisions on a clause at revisits, in one cohort; 0: everybody together.

    The clause "" stands for whole situations, and for the letters. A cohort's numbers are those of
    whoever was in it at the time. They name nobody, and stay when a person goes.
    """

    policy: Mapped[str] = mapped_column(String(60), primary_key=True)
    cohort_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clause: Mapped[str] = mapped_column(String(80), primary_key=True)
    occasion: Mapped[str] = mapped_column(String(8), primary_key=True)
    letters: Mapped[int] = mapped_column(default=0)
    finished: Mapped[int] = mapped_column(default=0)  # letters whose situations are all decided
    asked: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
