"""The settings as pages need them: held in memory, read again when their revision has risen.

The revision comes with the query that loads the signed-in account, so it costs nothing there.
"""

from dataclasses import dataclass

from flask import current_app, g
from sqlalchemy import select

from induction.database import table
from induction.extensions import db
from induction.institute.models import InstituteSettings

_table = table(InstituteSettings)
_ROW = select(*(column for column in _table.c if column.name != "logo")).where(_table.c.id == 1)
institute_revision = (
    select(_table.c.revision).where(_table.c.id == 1).scalar_subquery().label("institute_revision")
)


@dataclass(frozen=True, slots=True)
class Institute:
    """Who provides the induction. None where something is not set."""

    revision: int
    name: str
    ukprn: str | None
    contact: str | None
    emergency: str | None
    signatory: str | None
    accent: str | None
    validity_months: int
    renewal_days: int
    anonymous_reports: bool
    review_reminder_days: int
    two_people: bool
    logo_sha256: str | None


def institute() -> Institute:
    """The institute of the running application."""
    held: Institute | None = current_app.extensions.get("institute")
    known: int | None = g.get("institute_revision")
    if held is None or known is None or held.revision != known:
        held = _read()
        g.institute_revision = held.revision
        current_app.extensions["institute"] = held
    return held


def _read() -> Institute:
    row = db.session.execute(_ROW).one()
    return Institute(
        revision=row.revision,
        name=row.name or current_app.extensions["content"].policy.organisation,
        ukprn=row.ukprn or None,
        contact=row.contact or None,
        emergency=row.emergency or None,
        signatory=row.signatory or None,
        accent=row.accent or None,
        validity_months=row.validity_months,
        renewal_days=row.renewal_days,
        anonymous_reports=row.anonymous_reports,
        review_reminder_days=row.review_reminder_days,
        two_people=row.two_people,
        logo_sha256=row.logo_sha256 or None,
    )


def institute_unread() -> Institute:
    """The institute without a look at the database: for the page that says it cannot be reached."""
    held: Institute | None = current_app.extensions.get("institute")
    name = "Learner Induction"
    return held or Institute(
        0, name, None, None, None, None, None, 0, 30,
        anonymous_reports=True, review_reminder_days=30, two_people=False, logo_sha256=None,
    )  # fmt: skip
