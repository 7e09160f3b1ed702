"""When a learner is to be done: whose date holds, and which dates make no sense."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask_wtf import FlaskForm
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.validators import ValidationError

from induction.database import utc_now
from induction.policy.models import PolicyStep
from induction.uk_time import uk_day

MOST_YEARS = 5
FAR_OFF = f"That is more than {MOST_YEARS} years from today. Check the year."


@dataclass(frozen=True, slots=True)
class DueDate:
    """When a learner is to be done, if ever, and whether that is a date of their own."""

    on: date | None
    own: bool


def due_date(*, own: date | None, cohort: date | None, newcomers: date | None) -> DueDate:
    """Whose date holds: the learner's own, else the cohort's, else that of newcomers.

    A date that is the cohort's as well is the cohort's: it follows when the cohort's is changed.
    """
    if own is not None:
        return DueDate(own, own != cohort)
    return DueDate(cohort or newcomers, own=False)


_NEWCOMERS_DAYS = (
    select(PolicyStep.joiner_days)
    .where(PolicyStep.policy == bindparam("slug"), PolicyStep.state == "in-force")
    .order_by(PolicyStep.id.desc())
    .limit(1)
)


def newcomers_days(session: Session, policy: str) -> int | None:
    """How many days those have who are enrolled without a date, if the version in force says so."""
    days: int | None = session.scalar(_NEWCOMERS_DAYS, {"slug": policy})
    return days


def newcomers_due(days: int | None, enrolled_on: date) -> date | None:
    """When somebody without a date is due who was enrolled on this day."""
    return enrolled_on + timedelta(days=days) if days else None


def far_off(day: date, today: date) -> bool:
    """Whether a date is too far in the past or the future to be a due date."""
    apart = (day.year - today.year, day.month - today.month, day.day - today.day)
    return not (-MOST_YEARS, 0, 0) <= apart <= (MOST_YEARS, 0, 0)


def not_far_off(_form: FlaskForm, field: DateField) -> None:
    """A validator for due dates."""
    if field.data and far_off(field.data, uk_day(utc_now())):
        raise ValidationError(FAR_OFF)
