"""Which schema the database has, against which one this release needs."""

from functools import cache
from typing import Any

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from induction.config import PROJECT_ROOT, BadSetting
from induction.extensions import db


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory(str(PROJECT_ROOT / "induction" / "migrations"))


def revisions() -> set[str]:
    """Every revision that this release knows."""
    return {script.revision for script in _script().walk_revisions()}


def newest() -> str | None:
    """The revision that this release's migrations lead to."""
    return _script().get_current_head()


def present(session: Session) -> str | None:
    """The revision that the database is at; None for an empty one."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def is_current(session: Session) -> bool:
    """Whether the database is exactly what this release needs."""
    return present(session) == newest()


def refuse_newer(session: Session) -> None:
    """Raise BadSetting where a later release has changed the database: we would spoil it.

    One that cannot be reached just now does not stop the start; /readyz tells.
    """
    try:
        found = present(session)
    except SQLAlchemyError:
        found = None
    finally:
        session.close()
    if found is not None and found not in revisions():
        raise BadSetting(
            f"DATABASE_URL: a later release has changed this database (to {found}); "
            "install that release, or restore a backup made before it"
        )


class DatabaseCommand(click.Command):
    """A command that says in one line where the database is not there, or not as it needs it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; of a fault of the database, look for the likely reason."""
        try:
            return super().invoke(ctx)
        except DBAPIError as fault:
            with ctx.ensure_object(ScriptInfo).load_app().app_context():
                reason = _why_not()
            if reason:
                raise click.ClickException(reason) from fault
            raise


class DatabaseGroup(DatabaseCommand, AppGroup):
    """The same for each command of a group."""


def _why_not() -> str:
    """What keeps commands from using the database; "" where it is as this release needs it."""
    try:
        ready = is_current(db.session())
    except SQLAlchemyError as fault:
        return f"DATABASE_URL: the database cannot be reached ({getattr(fault, 'orig', fault)})"
    if ready:
        return ""
    return "the database is not there yet, or of another release; run: flask --app app db upgrade"
