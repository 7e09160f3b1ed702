"""Which due dates make sense: a slip of the keyboard is no date."""

from datetime import date

from flask_wtf import FlaskForm
from wtforms import DateField
from wtforms.validators import ValidationError

from induction.database import utc_now

MOST_YEARS = 5
FAR_OFF = f"That is more than {MOST_YEARS} years from today. Check the year."


def far_off(day: date, today: date) -> bool:
    """Whether a date is too far in the past or the future to be a due date."""
    apart = (day.year - today.year, day.month - today.month, day.day - today.day)
    return not (-MOST_YEARS, 0, 0) <= apart <= (MOST_YEARS, 0, 0)


def not_far_off(_form: FlaskForm, field: DateField) -> None:
    """A validator for due dates."""
    if field.data and far_off(field.data, utc_now().date()):
        raise ValidationError(FAR_OFF)
