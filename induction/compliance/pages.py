"""Compliance: all learners, the register of certificates, the policy's health, the acts."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.certificates.queries import status_of
from induction.compliance import queries
from induction.curriculum.checks import policy_health, trace
from induction.database import utc_now
from induction.extensions import db
from induction.journey.content import content
from induction.paging import page_of
from induction.people.access import allow
from induction.people.models import Role
from induction.tutoring import lines
from induction.tutoring.queries import learners

pages = Blueprint("compliance", __name__, url_prefix="/compliance")

ENTRIES = 50


@pages.get("")
@allow(Role.COMPLIANCE)
def overview() -> ResponseReturnValue:
    """Every learner, with where they stand."""
    wanted, today = lines.asked(), utc_now().date()
    query = learners(current_user, asked=wanted, policy=content().policy, today=today)
    rows, pages = page_of(db.session(), query)
    return render_template(
        "compliance/overview.html",
        learners=[lines.learner_line(row, today) for row in rows],
        filters=lines.filters(wanted),
        clear_href=url_for("compliance.overview") if wanted.narrowed else None,
        pages=pages,
    )


@pages.get("/certificates")
@allow(Role.COMPLIANCE)
def certificates() -> ResponseReturnValue:
    """The register of certificates."""
    search = request.args.get("search", "").strip()[:100]
    rows, pages = page_of(db.session(), queries.register(search))
    today = utc_now().date()
    return render_template(
        "compliance/register.html",
        certificates=[
            {
                "name": row.name or "Details erased",
                "reference": row.learner_ref,
                "number": row.number,
                "policy_title": content().policy.title,
                "version_date": row.policy_version,
                "cohort": row.cohort,
                "issued_at": row.issued_at,
                "status": status_of(row, erased=row.name is None, today=today),
                "href": url_for("certificates.show", number=row.number),
                "pdf_href": url_for("certificates.pdf", number=row.number),
                "learner_href": url_for("tutoring.learner", public_id=row.public_id),
            }
            for row in rows
        ],
        filters=[
            {
                "name": "search",
                "label": "Name, reference or number",
                "kind": "text",
                "value": search,
            }
        ],
        clear_href=url_for("compliance.certificates") if search else None,
        pages=pages,
    )


@pages.get("/policy")
@allow(Role.COMPLIANCE)
def policy() -> ResponseReturnValue:
    """The policy as taught: its clauses, where each is taught and tested, and its faults."""
    current = content().policy
    return render_template(
        "compliance/policy.html",
        policy=current,
        faults=policy_health(current, utc_now().date()),
        trace=trace(current),
    )


@pages.get("/audit")
@allow(Role.COMPLIANCE)
def audit() -> ResponseReturnValue:
    """The record of acts, newest first."""
    before = request.args.get("before", type=int)
    rows = queries.acts(db.session(), before=before, size=ENTRIES)
    older = url_for("compliance.audit", before=rows[-1].seq) if len(rows) == ENTRIES else None
    return render_template("compliance/audit.html", entries=rows, older=older)
