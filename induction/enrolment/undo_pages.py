"""Taking back an import: what would go and what would go back, why not the rest, and doing it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now, writing
from induction.enrolment import (
    import_undoing,
    long_undoings,
    looking,
    looks,
    under_way,
    undo_looks,
)
from induction.enrolment.dry_run_page import being_looked_at
from induction.enrolment.forms import UndoForm
from induction.enrolment.looks import KeptLook
from induction.enrolment.past_imports import PastImport, moment, past_imports
from induction.enrolment.under_way import HowFar, Why
from induction.enrolment.undo_findings import in_words
from induction.extensions import db
from induction.form_fields import PageForm
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.policy.store import content

pages = Blueprint("import_undo", __name__, url_prefix="/tutor/imports")


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
    seen = _seen(one, going)
    if isinstance(seen, KeptLook):
        here, again = (
            url_for(f"import_undo.{name}", stamp=stamp) for name in ("undo", "look_again")
        )
        told = going.told if going else ""
        return being_looked_at(seen, here=here, again=again, told=told)
    found, kept = seen
    page = render_template(
        "enrolment/undo.html",
        one=one,
        told=going.told if going else "",
        found=found,
        looked_at=kept.at if kept else None,
        changed=kept is not None and looks.changed_since(session, kept, also=looks.SIGNS_IN),
        again=url_for("import_undo.look_again", stamp=stamp),
        form=form,
    )
    return page, 422 if form.is_submitted() else 200


def _seen(
    one: PastImport, going: HowFar | None
) -> KeptLook | tuple[Mapping[str, Any], KeptLook | None]:
    """What undoing it would do: looked at now where that is quick, else as it was looked at."""
    session, viewer = db.session(), person()
    number = sum(one.counts.get(kind, 0) for kind in ("new", "changed", "left"))
    if number <= looks.AT_ONCE:
        return undo_looks.summary(session, import_undoing.look(session, one, viewer)), None
    list_id = undo_looks.waiting(session, one, viewer) or 0
    look = looks.latest(session, list_id, viewer, after=going.asked_at if going else None)
    if look is None or not look.ready:
        return look or KeptLook(list_id, number, 0, None, wanted=False)
    return look.found or {}, look


@pages.post("/<stamp>/again")
@allow(*OVERSEERS)
def look_again(stamp: str) -> ResponseReturnValue:
    """Look at a long undoing, for the first time or anew."""
    session, now = db.session(), utc_now()
    at = moment(stamp) or abort(404)
    one = next(iter(past_imports(session, person(), now, at)), None) or abort(404)
    if not PageForm().validate_on_submit():
        abort(400)
    people = import_undoing.people_of(session, one)
    list_id = undo_looks.waiting(session, one, person())
    if list_id is None:
        with writing() as transaction:
            list_id = undo_looks.keep(transaction, one, person(), people, now)
    looking.look(list_id, person(), sum(map(len, people)))
    return redirect(url_for("import_undo.undo", stamp=stamp), 303)


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
        still=going.still(utc_now()),
        here=url_for("import_undo.undo", stamp=stamp),
        before=under_way.before(db.session(), going.asked_at) if going.asked_at else 0,
        stop=url_for("import_undo.stop", stamp=stamp),
    )
