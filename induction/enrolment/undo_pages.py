"""Taking back an import: what would go and what would go back, why not the rest, and doing it."""

from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now
from induction.enrolment import import_undoing
from induction.enrolment.forms import UndoForm
from induction.enrolment.past_imports import moment, past_imports
from induction.enrolment.undo_findings import TakenBack
from induction.extensions import db
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.policy.store import content

pages = Blueprint("import_undo", __name__, url_prefix="/tutor/imports")

SHOWN = 50  # of what goes back, one by one


@pages.route("/<stamp>", methods=["GET", "POST"])
@allow(*OVERSEERS)
def undo(stamp: str) -> ResponseReturnValue:
    """What undoing this import would do now; nothing is done before it is pressed."""
    session, now = db.session(), utc_now()
    at = moment(stamp) or abort(404)
    one = next(iter(past_imports(session, person(), now, at)), None) or abort(404)
    if one.under_way:
        flash("This list is still being imported. Wait until it is done, or stop it first.")
        return redirect(url_for("enrolment.import_file"), 303)
    form: Any = UndoForm()
    if form.validate_on_submit():
        with acting(person(), now) as act:
            done = import_undoing.undo(act, content(), one, person(), form.reason.data)
        flash(_told(done))
        return redirect(url_for("enrolment.import_file"), 303)
    found = import_undoing.look(session, one, person())
    page = render_template(
        "enrolment/undo.html",
        one=one,
        found=found,
        written_to=import_undoing.written_to(session, found.removed),
        left=[
            (why, [left.name for left in those])
            for why, those in groupby(found.left, key=lambda left: left.why)
        ],
        shown=SHOWN,
        form=form,
    )
    return page, 422 if form.is_submitted() else 200


def _told(done: TakenBack) -> str:
    if done.nothing:
        return "There was nothing left to undo. Nothing was changed."
    gone, back = len(done.removed), len({one.account.id for one in done.put_back})
    return (
        f"The import is undone: {gone} {'person' if gone == 1 else 'people'} removed, {back} put "
        f"back, {len(done.left)} left as they are."
    )
