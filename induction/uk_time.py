"""Times and days as they are in the UK. Pure: stored times are UTC, and nothing here asks a clock.

A day that anybody sees, or that decides something, is a UK day: between midnight and one o'clock
in summer it is not the day of UTC. Whoever asks for today writes ``uk_day(utc_now())``.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
LAST = date(9999, 12, 31)  # of the calendar that Python and the databases count in


def uk_time(at: datetime) -> datetime:
    """The same moment by a clock in the UK."""
    return at.astimezone(UK)


def uk_day(at: datetime) -> date:
    """Which day it is in the UK at a moment."""
    return uk_time(at).date()


def uk_moment(day: date, clock: time) -> datetime:
    """When a clock in the UK shows this time on this day."""
    return datetime.combine(day, clock, UK)


def as_uk_clock(shown: datetime) -> datetime:
    """When a clock in the UK shows this."""
    return shown.replace(tzinfo=UK)


def uk_midnight(day: date) -> datetime:
    """When a UK day begins."""
    return uk_moment(day, time())


def uk_day_after(day: date) -> datetime:
    """When a UK day has ended; the last of the calendar never does."""
    return uk_midnight(min(day, LAST - timedelta(days=1)) + timedelta(days=1))


def uk_date(value: date | datetime | str) -> str:
    """23 November 2026, as people in the UK write it."""
    day = _as_day(value)
    return f"{day.day} {day:%B %Y}"


def uk_date_short(value: date | datetime | str) -> str:
    """23 Nov 2026, for the narrow columns of a list."""
    day = _as_day(value)
    return f"{day.day} {day:%b %Y}"


def uk_datetime(value: datetime | str) -> str:
    """23 November 2026, 14:05, in UK time."""
    at = uk_time(_as_moment(value))
    return f"{uk_date(at)}, {at:%H:%M}"


def _as_moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _as_day(value: date | datetime | str) -> date:
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    return uk_day(_as_moment(value)) if isinstance(value, str | datetime) else value
