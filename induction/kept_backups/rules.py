"""When a backup is due, what its file is called, and which stay. Pure."""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, date, datetime, timedelta

from induction.uk_time import uk_day, uk_time

BEGINS = timedelta(hours=2)  # after midnight in the UK, when few are at work
AGAIN = timedelta(hours=1)  # after a try that failed, or that nobody finished
OLD = timedelta(days=2)  # the newest good one, before somebody is told
DAYS, WEEKS, MONTHS = 7, 4, 12

_NAME = re.compile(r"learner-induction-(\d{8}T\d{6})Z\.zip(\.age)?")


def night_of(now: datetime) -> date:
    """The day whose night has begun last."""
    return uk_day(now - BEGINS)


def file_name(at: datetime, *, encrypted: bool) -> str:
    """What the backup of this moment is called; none is ever written over."""
    ending = ".zip.age" if encrypted else ".zip"
    return f"learner-induction-{at.astimezone(UTC):%Y%m%dT%H%M%S}Z{ending}"


def moment_of(name: str) -> datetime | None:
    """The moment that a file's name tells; None for a file that is none of ours."""
    found = _NAME.fullmatch(name)
    if not found:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def to_keep(moments: Iterable[datetime]) -> set[datetime]:
    """Those that stay.

    All of the last seven days that have any, and the newest of each of the last four weeks and
    twelve months. Days, weeks and months without a backup do not count, so that nothing goes
    because the machine stood still.
    """
    newest_first = sorted(moments, reverse=True)
    days = sorted({uk_day(at) for at in newest_first}, reverse=True)[:DAYS]
    return (
        {at for at in newest_first if uk_day(at) in days}
        | _newest_of_each(newest_first, _week, WEEKS)
        | _newest_of_each(newest_first, _month, MONTHS)
    )


def _newest_of_each(
    newest_first: Iterable[datetime], period: Callable[[datetime], Hashable], most: int
) -> set[datetime]:
    kept: dict[Hashable, datetime] = {}
    for at in newest_first:
        kept.setdefault(period(at), at)
    return set(list(kept.values())[:most])


def _week(at: datetime) -> Hashable:
    return uk_time(at).isocalendar()[:2]


def _month(at: datetime) -> Hashable:
    local = uk_time(at)
    return local.year, local.month
