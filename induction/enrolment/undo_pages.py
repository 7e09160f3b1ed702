"""Taking back an import: what would go and what would go back, why not the rest, and doing it."""

from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now, writing
from induction.enrolment import import_undoing, long_undoings, under_way
from induction.enrolment.forms import UndoForm
from induction.enrolment.past_imports import moment, past_imports
from induction.enrolment.under_way import HowFar, Why
from induction.enrolment.undo_findings import in_words
from induction.extensions import db
from induction.form_fields import PageForm
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
    going = under_way.undoing(session, one.at)
    if going is not None and going.under_way:
        return _on_its_way(stamp, going)
    form: Any = UndoForm()
    if form.validate_on_submit():
        people = import_undoing.people_of(session, one)
        if sum(map(len, people)) > under_way.LONG:
            with writing() as transaction:
                long_undoings.ask(transaction, one, person(), people, form.reason.data, now=now)
            return redirect(url_for("import_undo.undo", stamp=stamp), 303)
        with acting(person(), now) as act:
            done = import_undoing.undo(act, content(), one, person(), form.reason.data)
        flash(in_words(done.counts))
        return redirect(url_for("enrolment.import_file"), 303)
    found = import_undoing.look(session, one, person())
    page = render_template(
        "enrolment/undo.html",
        one=one,
        told=going.told if going else "",
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


@pages.post("/<stamp>/stop")
@allow(*OVERSEERS)
def stop(stamp: str) -> ResponseReturnValue:
    """Stop an undoing that the worker has: what it has undone stays undone."""
    session, now = db.session(), utc_now()
    at = moment(stamp) or abort(404)
    one = next(iter(past_imports(session, person(), now, at)), None) or abort(404)
    if not PageForm().validate_on_submit():
        abort(400)
    if going := under_way.undoing(session, one.at):
        with acting(person(), now) as act:
            long_undoings.stop(act, going.public_id, Why.ASKED)
    return redirect(url_for("import_undo.undo", stamp=stamp), 303)


def _on_its_way(stamp: str, going: HowFar) -> str:
    return render_template(
        "enrolment/under_way.html",
        undoing=True,
        at=going,
        here=url_for("import_undo.undo", stamp=stamp),
        before=under_way.before(db.session(), going.asked_at) if going.asked_at else 0,
        stop=url_for("import_undo.stop", stamp=stamp),
    )
