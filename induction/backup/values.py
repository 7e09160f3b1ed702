"""Values of the database as JSON, the same for SQLite and PostgreSQL. Pure."""

import base64
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, LargeBinary
from sqlalchemy.types import TypeEngine


def as_json(value: Any) -> Any:
    """A value as JSON can carry it: times are UTC and ISO 8601, bytes are base64."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat()
    return value.isoformat() if isinstance(value, date) else value


def from_json(value: Any, kind: TypeEngine[Any], *, naive: bool) -> Any:
    """The value again, as this column takes it; ``naive`` for SQLite, which knows no zones."""
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, DateTime):
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=None) if naive else at
    return date.fromisoformat(value) if isinstance(kind, Date) else value
