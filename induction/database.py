"""How the record is kept: aware UTC times, durable SQLite, and one way to write.

Reading needs nothing. Writing goes through ``writing()``: one transaction that tells one story.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import Flask
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    Dialect,
    Row,
    Select,
    SQLColumnExpression,
    Table,
    UpdateBase,
    event,
    func,
    literal_column,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import DateTime, Text, TypeDecorator

from induction.extensions import db
from induction.failures import log_failure
from induction.folding import fold
from induction.postgresql import prepare_postgresql
from induction.uk_time import UK, uk_day

# Rows and statements of whatever columns: lists are read by name.
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
T = TypeVar("T")

WRITE = {"induction_write": True}
DISK_FULL = "53100"  # as PostgreSQL says it


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, on SQLite too (which knows no time zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class IdList(TypeDecorator[tuple[str, ...]]):
    """Ids in order, kept as words of one text: an id never has a space in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: Dialect) -> str | None:
        """The ids with spaces between them."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> tuple[str, ...] | None:
        """The ids again."""
        return None if value is None else tuple(value.split())


class UkDay(GenericFunction[date]):
    """The day in the UK of a stored time, as ``uk_time.uk_day`` has it."""

    name = "uk_day"
    type = Date()
    inherit_cache = True


@compiles(UkDay, "postgresql")
def _uk_day_on_postgresql(element: UkDay, compiler: SQLCompiler, **given: Any) -> str:
    return f"({compiler.process(element.clauses, **given)} AT TIME ZONE '{UK.key}')::date"


def _uk_day_on_sqlite(stored: str | None) -> str | None:
    return None if stored is None else _uk_day_of_hour(stored[:13])


@lru_cache(maxsize=4096)  # a day in the UK begins with an hour: lists have many times of a few
def _uk_day_of_hour(hour: str) -> str:
    return uk_day(datetime.fromisoformat(hour).replace(tzinfo=UTC)).isoformat()


def joined(texts: SQLColumnExpression[str], separator: str) -> ColumnElement[str]:
    """The texts of several rows as one.

    The separator, a constant of ours, is written into the statement: as a value SQLAlchemy would
    look for its place in the whole statement at each execution, and a learner's page has two.
    """
    mark = cast("str", literal_column(f"'{separator}'"))
    return func.aggregate_strings(texts, mark)


def table(model: type[DeclarativeBase]) -> Table:
    """The table behind a model, for statements that run with every request.

    Rows come and go without the ORM's bookkeeping, which costs more than the database itself.
    """
    return cast("Table", model.__table__)


def utc_now() -> datetime:
    """The time at the edge of the system; everything inside takes ``now`` as an argument."""
    return datetime.now(UTC)


def new_public_id() -> str:
    """An id for addresses that cannot be guessed or counted: 96 random bits, 16 characters."""
    return secrets.token_urlsafe(12)


def rows_hit(session: Session, statement: UpdateBase) -> int:
    """How many rows this statement changes or takes away."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def chunks(values: Sequence[T], size: int = 400) -> Iterator[Sequence[T]]:
    """The values in pieces that a database takes at once as the values of one ``IN``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@contextmanager
def writing() -> Iterator[Session]:
    """One transaction, begun for writing: it commits whole at the end, or not at all.

    SQLite takes its write lock at the beginning (BEGIN IMMEDIATE), so that what is read inside
    stays true until the commit. On PostgreSQL the callers lock the row that their story is about.
    """
    session = db.session()
    session.commit()  # ends the reading so far; what was loaded stays usable
    session.connection(execution_options=WRITE)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


LARGE = 256 * 2**20  # bytes; writing a larger table anew would keep everybody waiting
PATIENCE = 5.0  # seconds
_BEGUN = text("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
_OLDEST = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
_LOCK_WAIT = text("SELECT set_config('lock_timeout', :longest, false)")
_SIZE = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")


def wipe(session: Session, *tables: Table) -> None:
    """Let the database's files forget what was deleted. Call it after the commit.

    SQLite has overwritten it (secure_delete), so only its journal is emptied. PostgreSQL leaves it
    in pages until they are used again: tables are written anew, but for large ones and those that
    somebody is reading, whose pages are given back for use.
    """
    session.commit()
    if db.engine.dialect.name == "sqlite":
        with closing(db.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _wait_for_earlier(connection)
        before = connection.scalar(text("SHOW lock_timeout"))
        connection.execute(_LOCK_WAIT, {"longest": "2s"})
        for one in tables:
            _vacuum(connection, one.name)
        connection.execute(_LOCK_WAIT, {"longest": before})


def _wait_for_earlier(connection: Connection) -> None:
    """Until whoever was writing has done so: what they may still see would be copied along."""
    begun, until = connection.scalar(_BEGUN) or 0, time.monotonic() + PATIENCE
    while (connection.scalar(_OLDEST) or 0) < begun and time.monotonic() < until:
        time.sleep(0.05)


def _vacuum(connection: Connection, name: str) -> None:
    """Write the table anew where that is quick; a lock that does not come is not waited for."""
    large = (connection.scalar(_SIZE, {"name": name}) or 0) >= LARGE
    for way in ("VACUUM",) if large else ("VACUUM FULL", "VACUUM"):
        with suppress(OperationalError):
            connection.execute(text(f"{way} {name}"))
            return


def pour(
    session: Session, into: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Insert many rows of values that the driver takes as they are, in the caller's transaction."""
    connection, names = session.connection(), ", ".join(columns)
    driver = connection.dialect.loaded_dbapi
    try:
        if connection.dialect.name == "sqlite":
            gaps = ", ".join("?" * len(columns))
            cursor = connection.connection.cursor()
            statement = f"INSERT INTO {into.name} ({names}) VALUES ({gaps})"  # noqa: S608
            cursor.executemany(statement, rows)
            return
        psycopg: Any = connection.connection.cursor()
        with psycopg.copy(f"COPY {into.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:  # as any other statement would say it
        fault = DBAPIError.instance(into.name, None, error, driver.Error)
        raise fault from error


def no_room(error: DBAPIError) -> bool:
    """Whether a database says that its disk is full: what was begun is gone, and can wait."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == DISK_FULL


def _let_go(_error: BaseException | None) -> None:
    """End the session of a request; where the database has gone meanwhile, the answer still goes.

    It comes before Flask-SQLAlchemy's own, which finds nothing left to do.
    """
    try:
        db.session.remove()
    except DBAPIError as error:
        log_failure(error, doing="ending a request")
        db.session.registry.clear()


def prepare_engine(app: Flask) -> None:
    """Make SQLite durable and strict, and let us say ourselves when a transaction begins.

    On PostgreSQL, see that nobody who opens a page waits for ever.
    """
    app.teardown_appcontext(_let_go)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        prepare_postgresql(engine)
        return

    @event.listens_for(engine, "do_connect")
    def connecting(_dialect: Any, _record: Any, arguments: Any, _named: Any) -> None:
        path = Path(arguments[0])
        if path.is_absolute() and path.parent.is_dir() and not path.exists():
            path.touch(mode=0o600)  # for its owner alone, wherever it lies; its journal follows

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # a commit that was confirmed survives a power cut
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased is gone from the file too
            "busy_timeout=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("folded", 1, fold, deterministic=True)
        connection.create_function("uk_day", 1, _uk_day_on_sqlite)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("induction_write"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # waits for nobody: nothing to be timed
            connection.connection.cursor().execute("BEGIN")
