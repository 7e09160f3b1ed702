from datetime import date

import pytest

from induction.enrolment.due_dates import far_off

TODAY = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("day", "far"),
    [
        (TODAY, False),
        (date(2019, 3, 1), False),
        (date(2019, 2, 28), True),
        (date(2029, 2, 28), False),
        (date(2029, 3, 1), True),
        (date.min, True),
        (date.max, True),
    ],
)
def test_five_years_either_side(day: date, far: bool) -> None:
    assert far_off(day, TODAY) is far
