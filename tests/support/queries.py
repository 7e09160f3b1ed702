"""Counting the SQL statements of a request."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from sqlalchemy import Engine, event

NOT_COUNTED = (
    "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SHOW", "SELECT SET_CONFIG",
)  # fmt: skip
TABLE = re.compile(r"^\W*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO) \"?(\w+).*")
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


def is_write(sql: str) -> bool:
    """Whether a statement changes rows."""
    return sql.lstrip("( \n")[:8].upper().startswith(WRITES)


class Statements(list[str]):
    """The SQL that was sent, in order; transaction control is left out."""

    @property
    def writes(self) -> list[str]:
        """Those that change rows."""
        return [sql for sql in self if is_write(sql)]


class Watch:
    """Every statement by which an application changes rows, for as long as it lives."""

    def __init__(self, engine: Engine) -> None:
        self._writes: list[str] = []
        event.listen(engine, "before_cursor_execute", self._sent)

    def _sent(self, _connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if is_write(sql):
            self._writes.append(sql)

    def __enter__(self) -> Self:
        self._from = len(self._writes)
        return self

    def __exit__(self, *_: object) -> None:
        del self._writes[self._from :]

    @property
    def written(self) -> set[str]:
        """The tables that rows were written to since the block began."""
        return {TABLE.sub(r"\1", " ".join(sql.split())) for sql in self._writes[self._from :]}


@contextmanager
def statements(engine: Engine, left_out: str = "") -> Iterator[Statements]:
    """Record every statement that goes through an engine meanwhile, but for one that is named."""
    seen = Statements()

    def sent(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
        if not sql.lstrip().upper().startswith(NOT_COUNTED) and sql != left_out:
            seen.append(" ".join(sql.split()))

    event.listen(engine, "before_cursor_execute", sent)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", sent)
