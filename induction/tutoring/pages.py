"""The tutor's pages."""

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.database import utc_now
from induction.extensions import db
from induction.paging import page_of
from induction.people.access import allow
from induction.people.models import Role
from induction.tutoring import lines, models, queries  # noqa: F401  the tables
from induction.tutoring.record import learner_record

pages = Blueprint("tutoring", __name__, url_prefix="/tutor")

OVERSEERS = (Role.TUTOR, Role.COMPLIANCE, Role.ADMIN)


@pages.get("")
@allow(*OVERSEERS)
def board() -> ResponseReturnValue:
    """A line for each cohort."""
    found = db.session.execute(queries.cohorts(current_user, today=utc_now().date()))
    return render_template("tutoring/board.html", cohorts=[lines.cohort_line(r) for r in found])


@pages.get("/cohorts/<public_id>")
@allow(*OVERSEERS)
def cohort(public_id: str) -> ResponseReturnValue:
    """The learners of one cohort, a page at a time."""
    session, today = db.session(), utc_now().date()
    found = queries.cohort(session, current_user, public_id, today=today)
    if found is None:
        abort(404)
    state, search = lines.asked()
    query = queries.learners(current_user, cohort_id=found.id, state=state, search=search)
    rows, pages = page_of(session, query)
    here = url_for("tutoring.cohort", public_id=public_id)
    return render_template(
        "tutoring/cohort.html",
        cohort=lines.cohort_line(found),
        learners=[lines.learner_line(row) for row in rows],
        filters=lines.filters(state, search),
        clear_href=here if state or search else None,
        pages=pages,
    )


@pages.get("/learners/<public_id>")
@allow(*OVERSEERS)
def learner(public_id: str) -> ResponseReturnValue:
    """One learner's record."""
    found = learner_record(db.session(), current_user, public_id)
    if found is None:
        abort(404)
    return render_template("tutoring/learner.html", **found)
