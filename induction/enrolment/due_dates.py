"""Which due dates make sense: a slip of the keyboard is no date. Pure."""

from datetime import date

MOST_YEARS = 5
FAR_OFF = f"That is more than {MOST_YEARS} years from today. Check the year."


def far_off(day: date, today: date) -> bool:
    """Whether a date is too far in the past or the future to be a due date."""
    apart = (day.year - today.year, day.month - today.month, day.day - today.day)
    return not (-MOST_YEARS, 0, 0) <= apart <= (MOST_YEARS, 0, 0)
