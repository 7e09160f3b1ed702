"""Which schema the database has, against which one this release needs."""

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from induction.config import PROJECT_ROOT
from induction.environment import BadSetting


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


def refuse_unreachable(engine: Engine) -> None:
    """Raise BadSetting where the database cannot be reached: for commands."""
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise BadSetting(
            f"DATABASE_URL: the database cannot be reached: {reason}; "
            "start its server, or put the address right"
        ) from error


def refuse_unready(session: Session) -> None:
    """Raise BadSetting where the database is not what this release needs: for commands."""
    found = present(session)
    refuse_newer(session)
    if found != newest():
        what = "has no tables yet" if found is None else "is of an earlier release"
        raise BadSetting(f"the database {what}; first run: flask --app app db upgrade")
