"""The application with a clock that can be put wrong while it runs, for gunicorn.

``CLOCK_FILE`` names a file that holds by how many seconds; none is no seconds.
"""

import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from induction import database

_FILE = Path(os.environ["CLOCK_FILE"])


class _Wrong(datetime):
    """The machine's time, put forward or back."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """What a machine with a wrong clock says."""
        seconds = float(_FILE.read_text() or 0) if _FILE.exists() else 0.0
        return datetime.now(tz or UTC) + timedelta(seconds=seconds)


database.datetime = _Wrong  # type: ignore[attr-defined]

from app import app  # noqa: E402  it must find the clock as it is here

__all__ = ["app"]
