"""Alembic's environment: runs migrations on the application's own engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import dictConfig
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

from induction.database import UtcDateTime
from induction.environment import BadSetting
from induction.extensions import db
from induction.schema import refuse_unreachable

dictConfig({"version": 1, "disable_existing_loggers": False, "incremental": True})


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Write our time type as the plain one: migrations import nothing of ours."""
    return (
        "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False
    )


@contextmanager
def _tables_made_anew(connection: Connection) -> Iterator[None]:
    """On SQLite a changed table is copied, and takes the old one's place: what refers to it stays.

    Migrations that do so look at the references again (``PRAGMA foreign_key_check``).
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection  # not in a transaction, where these would do nothing
    try:
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("PRAGMA legacy_alter_table=ON")
        yield
    finally:
        driver.execute("PRAGMA legacy_alter_table=OFF")
        driver.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    """Run the migrations in one transaction."""
    options = current_app.extensions["migrate"].configure_args
    try:
        refuse_unreachable(db.engine)
    except BadSetting as fault:
        raise SystemExit(str(fault)) from fault
    with db.engine.connect() as connection, _tables_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transaction_per_migration=True,
            transactional_ddl=True,  # on SQLite too: a migration happens whole or not at all
            render_item=_render,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need the database: offline mode is not supported")
run()
