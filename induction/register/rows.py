"""Certificates of the register, as lines of a list."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from induction.certificates.binding import UNPROVEN
from induction.certificates.queries import faults
from induction.certificates.status import status_of
from induction.database import AnyRow, utc_now
from induction.people.lookups import OVERSEERS
from induction.uk_time import uk_day


def lines(session: Session, rows: Sequence[AnyRow]) -> list[dict[str, Any]]:
    """The lines of a list, where one that does not agree with its acts says so."""
    unproven = faults(session, [row.id for row in rows])
    return [_line(row, unproven=row.id in unproven) for row in rows]


def _line(row: AnyRow, *, unproven: bool) -> dict[str, Any]:
    erased = row.name is None
    return {
        "name": row.name or "Details erased",
        "reference": None if erased else row.learner_ref,
        "number": row.number,
        "version_date": row.policy_version,
        "cohort": None if erased else row.cohort,
        "issued_at": row.issued_at,
        "valid_until": row.valid_until,
        "status": UNPROVEN if unproven else status_of(row, erased=erased, today=uk_day(utc_now())),
        "href": url_for("trace.certificate", number=row.number),
        "pdf_href": None if erased else url_for("certificates.pdf", number=row.number),
        "learner_href": None
        if erased or current_user.roles.isdisjoint(OVERSEERS)
        else url_for("tutoring.learner", public_id=row.public_id),
    }
