"""When reminders go out, in UK time, and how often."""

from datetime import UTC, date, datetime

import pytest

from induction.reminders.schedule import (
    Rhythm,
    after_quiet,
    is_quiet,
    overdue_occasion,
    week_of,
)


@pytest.mark.parametrize(
    ("hour", "quiet"), [(7, True), (8, False), (12, False), (19, False), (20, True), (23, True)]
)
def test_quiet_hours_go_over_midnight(hour: int, quiet: bool) -> None:
    assert is_quiet(Rhythm(), datetime(2026, 11, 23, hour, tzinfo=UTC)) is quiet


def test_quiet_hours_are_uk_hours_in_summer_too() -> None:
    assert not is_quiet(Rhythm(), datetime(2026, 7, 1, 7, 30, tzinfo=UTC))


def test_the_same_hour_twice_means_no_quiet_hours() -> None:
    assert not is_quiet(Rhythm(quiet_from=8, quiet_until=8), datetime(2026, 7, 1, 2, tzinfo=UTC))


def test_what_is_sent_at_night_goes_in_the_morning() -> None:
    night = datetime(2026, 11, 23, 22, 10, tzinfo=UTC)
    assert after_quiet(Rhythm(), night) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_overdue_reminders_come_in_turn_and_end() -> None:
    due = date(2026, 11, 2)
    days = [date(2026, 11, n) for n in range(2, 31)]
    turns = [overdue_occasion(Rhythm(overdue_times=2), due, day) for day in days]
    assert turns[0] is None
    assert len(set(turns[1:15])) == 2
    assert set(turns[15:]) == {None}


def test_a_week_is_named_as_iso_does() -> None:
    assert week_of(datetime(2027, 1, 1, 12, tzinfo=UTC)) == "2026-W53"
