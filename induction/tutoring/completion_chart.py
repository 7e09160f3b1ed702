"""Completion over time as the points of a drawing, with its words and its table. Pure."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from induction.uk_time import uk_date_short

WIDE, HIGH = 600, 160
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 10, 24
MOST_ROWS = 16


@dataclass(frozen=True, slots=True)
class ChartMark:
    """A line of the scale: where it is, and its words."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class CompletionChart:
    """How many had completed by when."""

    line: str  # points of a polyline
    area: str  # points of a polygon
    levels: tuple[ChartMark, ...]
    days: tuple[ChartMark, ...]
    due_at: float | None  # where the due date is, if it is in the picture
    words: str  # the same for those who do not see it
    rows: tuple[tuple[date, int, int], ...]  # by this day, so many, per cent


def completion_picture(
    days: list[tuple[date, int]], size: int, *, begins: date, today: date, due: date | None
) -> CompletionChart | None:
    """The picture from the days of completion; None while there is nothing to draw."""
    if not size or not days:
        return None
    begins = min(begins, days[0][0] - timedelta(days=1))
    span = max(1, (today - begins).days)

    def x(day: date) -> float:
        return round(LEFT + (WIDE - LEFT - RIGHT) * (day - begins).days / span, 1)

    def y(count: int) -> float:
        return round(HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * min(count, size) / size, 1)

    so_far, level = 0, y(0)
    points = [f"{x(begins)},{level}"]
    for day, n in days:
        at, before, so_far = x(day), level, so_far + n
        level = y(so_far)
        points += (f"{at},{before}", f"{at},{level}")
    points.append(f"{x(today)},{level}")
    line = " ".join(points)
    within = due is not None and begins <= due <= today
    return CompletionChart(
        line=line,
        area=f"{line} {x(today)},{y(0)}",
        levels=tuple(ChartMark(y(size * part // 2), str(size * part // 2)) for part in (0, 1, 2)),
        days=(
            ChartMark(x(begins), uk_date_short(begins)),
            ChartMark(x(today), uk_date_short(today)),
        ),
        due_at=x(due) if within and due else None,
        words=(
            f"{so_far} of {size} had completed by {uk_date_short(today)}, the first on "
            f"{uk_date_short(days[0][0])} and the latest on {uk_date_short(days[-1][0])}."
        ),
        rows=_rows(days, size, begins, today),
    )


def _rows(
    days: list[tuple[date, int]], size: int, begins: date, today: date
) -> tuple[tuple[date, int, int], ...]:
    """A row a week, or longer where there would be too many."""
    weeks = max(1, -(-((today - begins).days // 7 + 1) // MOST_ROWS))
    ends: list[date] = []
    day = today
    while day > begins and len(ends) < MOST_ROWS:
        ends.append(day)
        day -= timedelta(weeks=weeks)
    dates, totals = [on for on, _ in days], list(accumulate((n for _, n in days), initial=0))
    counts = [(end, totals[bisect_right(dates, end)]) for end in reversed(ends)]
    return tuple((end, count, 100 * count // size) for end, count in counts)
