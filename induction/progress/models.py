"""What is kept of where everybody stands, so that counting reads no learner: see ``keeping``."""

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.extensions import Model


class CountedAs(Model):
    """How many people are counted alike, on the day on which they were counted.

    One row with a policy for each enrolment on it, and one without for the account itself. Facts
    that nothing is counted by are left out, so that there are few different ones.
    """

    __tablename__ = "counted_as"
    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60), default="")  # "": of the account itself
    staff: Mapped[bool]  # has any role
    ended: Mapped[bool]  # the account is ended or erased
    left: Mapped[bool]
    audience: Mapped[str] = mapped_column(String(40))
    programmes: Mapped[str] = mapped_column(Text)  # of all their cohorts: see ``facts``
    in_cohort: Mapped[bool]
    taught: Mapped[bool]  # somebody looks after one of their cohorts
    part: Mapped[str] = mapped_column(String(12))  # a value of ``status.Part``
    step: Mapped[str] = mapped_column(String(80))
    stuck: Mapped[bool]  # and not dealt with yet
    late: Mapped[bool]
    due: Mapped[bool]  # had a date that has passed
    in_time: Mapped[bool]  # and had finished by it
    holds: Mapped[bool]  # a certificate that is current
    expired: Mapped[bool]  # and has run out
    excused: Mapped[bool]  # a holder for whom a section was let pass
    on_behalf: Mapped[bool]  # a holder for whom somebody else recorded the declaration
    n: Mapped[int] = mapped_column(default=0)


class CountedOn(Model):
    """How many of those who are here began, or finished for the first time, on a day."""

    __tablename__ = "counted_on"
    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60), index=True)
    audience: Mapped[str] = mapped_column(String(40))
    programmes: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(String(8))  # BEGUN | FINISHED
    day: Mapped[date]
    n: Mapped[int] = mapped_column(default=0)


class LastCounted(Model):
    """As what somebody was counted last, and on which days that is true of them."""

    __tablename__ = "standing"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60), primary_key=True)
    counted_as_id: Mapped[int] = mapped_column(ForeignKey("counted_as.id"))
    true_from: Mapped[date | None] = mapped_column(index=True)  # None: always was
    true_until: Mapped[date | None] = mapped_column(index=True)  # None: as long as nothing changes
    begun_on: Mapped[date | None]  # None, too, of whoever is not here
    finished_on: Mapped[date | None]
