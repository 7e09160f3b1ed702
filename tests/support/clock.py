"""The application's one clock, stopped: what it says of a wait depends on no machine's speed."""

from datetime import UTC, datetime, tzinfo

import pytest

from induction import database


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """It is the moment at which the test began, for as long as that takes."""
    moment = datetime.now(UTC)

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz)

    monkeypatch.setattr(database, "datetime", Stopped)
    return moment
