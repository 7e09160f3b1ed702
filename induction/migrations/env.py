"""Alembic's environment: runs migrations on the application's own engine."""

from logging.config import dictConfig
from typing import Literal

from alembic import context
from flask import current_app

from induction.config import BadSetting
from induction.database import UtcDateTime
from induction.extensions import db
from induction.schema import refuse_unreachable

dictConfig({"version": 1, "disable_existing_loggers": False, "incremental": True})


def _render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Write our time type as the plain one: migrations import nothing of ours."""
    return (
        "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False
    )


def run() -> None:
    """Run the migrations in one transaction."""
    options = current_app.extensions["migrate"].configure_args
    try:
        refuse_unreachable(db.engine)
    except BadSetting as fault:
        raise SystemExit(str(fault)) from fault
    with db.engine.connect() as connection:
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
