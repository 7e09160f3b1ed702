"""Looking into the database beside the application: what stands there, and whether it changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from induction.extensions import db


def rows(app: Flask, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query finds, read in a transaction of its own."""
    with app.app_context(), db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql), values)]


def count(app: Flask, table: str) -> int:
    """How many rows a table has."""
    with app.app_context(), db.engine.connect() as connection:
        counted = select(func.count()).select_from(db.metadata.tables[table])
        return connection.scalar(counted) or 0


def actions(app: Flask) -> list[str]:
    """The acts on record, in order."""
    return [row[0] for row in rows(app, "SELECT action FROM audit_entry ORDER BY seq")]


@dataclass
class Ledger:
    """Whether anything was committed to an SQLite file since it was last asked."""

    connection: sqlite3.Connection
    version: int = 0

    def changed(self) -> bool:
        """Whether another connection has committed a change since the last call."""
        before = self.version
        self.version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        return before != self.version


@contextmanager
def ledger(app: Flask) -> Iterator[Ledger]:
    """Watch the file of an application's database."""
    path = app.extensions["settings"].instance / "induction.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        watching = Ledger(connection)
        watching.changed()
        yield watching
