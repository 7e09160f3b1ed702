"""The register of certificates: search it, and take it away as a file."""

from collections.abc import Sequence
from datetime import date

from flask import (
    Blueprint,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.certificates import earned
from induction.certificates.binding import UNPROVEN
from induction.certificates.queries import examined
from induction.certificates.status import status_of
from induction.database import AnyRow, utc_now
from induction.downloads import sent
from induction.extensions import db
from induction.people.access import READS_EVIDENCE, allow, asks_again, person
from induction.people.models import Role
from induction.register import filters
from induction.register import listing as register
from induction.register.listing import Wanted
from induction.register.rows import lines
from induction.spreadsheets.writing import MIME, Batches, Cell, spreadsheet
from induction.uk_time import uk_day

pages = Blueprint("register", __name__, url_prefix="/compliance/certificates")

HEADS = (
    "Number", "Reference", "Name as issued", "Cohort", "Audience", "Version of", "Issued",
    "Valid until", "Status", "Superseded by", "Revoked because",
    *earned.HEADS, "ULN", "Policy",
)  # fmt: skip


@pages.get("")
@allow(*READS_EVIDENCE)
def listing() -> ResponseReturnValue:
    """The register, newest first."""
    session, wanted, today = db.session(), filters.wanted(), uk_day(utc_now())
    rows, pages = register.page(session, register.ids(wanted, today))
    words = wanted.as_words()
    return render_template(
        "register/listing.html",
        certificates=lines(session, rows),
        filters=filters.filters(session, wanted),
        clear_href=url_for(".listing") if words else None,
        pages=pages,
        csv_href=url_for(".table", kind="csv", **words),
        xlsx_href=url_for(".table", kind="xlsx", **words),
        gaps_href=url_for("audit_pack.gaps_page", **words),
        pack_href=url_for("audit_pack.export", **words),
    )


@pages.get("/list.<any(csv, xlsx):kind>")
@allow(Role.COMPLIANCE)
@asks_again
def table(kind: str) -> ResponseReturnValue:
    """The register, or what of it was asked for, as a file; on record."""
    session, wanted, now = db.session(), filters.wanted(), utc_now()
    count = register.count(session, wanted, uk_day(now))
    with acting(person(), now) as act:
        act.record(
            Action.REGISTER_EXPORTED,
            "certificates:all",
            scope=wanted.without_names(),
            format=kind,
            certificates=count,
        )
    return sent(
        lambda: spreadsheet(kind, "Certificates", HEADS, _tables(wanted)),
        MIME[kind],
        f"certificates-{uk_day(now)}.{kind}",
    )


def _tables(wanted: Wanted) -> Batches:
    today = uk_day(utc_now())
    for batch in register.batches(db.session(), wanted, today):
        yield [_line(row, today) for row in batch]


def _line(row: AnyRow, today: date) -> Sequence[Cell]:
    erased = row.name is None
    fault, figures = examined(row)
    return (
        row.number,
        None if erased else row.learner_ref,
        row.name,
        None if erased else row.cohort,
        None if erased else row.audience,
        row.policy_version,
        uk_day(row.issued_at),
        row.valid_until,
        UNPROVEN if fault else status_of(row, erased=erased, today=today),
        row.superseded_by,
        row.revoked_because,
        *earned.cells(figures),
        None if erased else row.uln,
        row.policy,
    )
