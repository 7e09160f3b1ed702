"""Counting the SQL statements of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SHOW", "SET")
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Statements(list[str]):
    """The SQL that was sent, in order; transaction control is left out."""

    @property
    def writes(self) -> list[str]:
        """Those that change rows."""
        return [sql for sql in self if sql.lstrip("( \n").upper().startswith(WRITES)]


@contextmanager
def statements(engine: Engine) -> Iterator[Statements]:
    """Record every statement that goes through an engine meanwhile."""
    seen = Statements()

    def sent(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if not sql.lstrip().upper().startswith(NOT_COUNTED):
            seen.append(" ".join(sql.split()))

    event.listen(engine, "before_cursor_execute", sent)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", sent)
