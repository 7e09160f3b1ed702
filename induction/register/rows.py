"""One certificate of the register, as a line of a list."""

from typing import Any

from flask import (
    url_for,
)

from induction.certificates.status import status_of
from induction.database import AnyRow, utc_now
from induction.uk_time import uk_day


def line(row: AnyRow) -> dict[str, Any]:
    """One certificate's line in a list."""
    erased = row.name is None
    return {
        "name": row.name or "Details erased",
        "reference": None if erased else row.learner_ref,
        "number": row.number,
        "version_date": row.policy_version,
        "cohort": None if erased else row.cohort,
        "issued_at": row.issued_at,
        "valid_until": row.valid_until,
        "status": status_of(row, erased=erased, today=uk_day(utc_now())),
        "href": url_for("trace.certificate", number=row.number),
        "pdf_href": None if erased else url_for("certificates.pdf", number=row.number),
        "learner_href": None if erased else url_for("tutoring.learner", public_id=row.public_id),
    }
