"""Compliance’s page about what lasts: by clause, and by cohort."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.extensions import db
from induction.paging import page_of
from induction.people import cohort_queries
from induction.people.access import allow
from induction.people.models import Role
from induction.policy.store import content
from induction.revisit import kept_counts
from induction.revisit.figures import lasting

pages = Blueprint("kept", __name__, url_prefix="/compliance/kept")


@pages.get("")
@allow(Role.COMPLIANCE)
def overview() -> ResponseReturnValue:
    """How much people still decide rightly, weeks and months after their certificate."""
    session, policy = db.session(), content().policy
    rows, pages = page_of(session, cohort_queries.cohorts(current_user))
    kept = kept_counts.of_cohorts(session, policy.slug, [row.id for row in rows])
    return render_template(
        "revisit/overview.html",
        lasting=lasting(session, policy),
        enough=kept_counts.ENOUGH,
        cohorts=[
            (row.name, url_for("tutoring.cohort", public_id=row.public_id), kept.get(row.id, {}))
            for row in rows
        ],
        pages=pages,
    )
