"""The settings as pages need them: held in memory, read again when their revision has risen.

The revision comes with the query that loads the signed-in account, so it costs nothing there.
"""

from flask import current_app, g
from sqlalchemy import select
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from induction.database import table
from induction.extensions import db
from induction.institute.models import Institute

_table = table(Institute)
_ROW = select(*(column for column in _table.c if column.name != "logo")).where(_table.c.id == 1)
institute_revision = (
    select(_table.c.revision).where(_table.c.id == 1).scalar_subquery().label("institute_revision")
)


def institute() -> Institute:
    """The institute of the running application, to be read and not to be changed."""
    held: Institute | None = current_app.extensions.get("institute")
    known: int | None = g.get("institute_revision")
    if held is None or known is None or held.revision != known:
        held = _read()
        g.institute_revision = held.revision
        current_app.extensions["institute"] = held
    return held


def _read() -> Institute:
    found = Institute(**db.session.execute(_ROW).one()._mapping)  # noqa: SLF001  the documented way
    found.name = found.name or current_app.extensions["content"].policy.organisation
    return found


def institute_unread() -> Institute:
    """The institute without a look at the database: for the page that says it cannot be reached."""
    held: Institute | None = current_app.extensions.get("institute")
    values = {
        column.name: column.default.arg
        for column in _table.c
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    return held or Institute(**values | {"name": "Learner Induction"})
