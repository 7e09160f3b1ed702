"""One act for several learners of a list: who it is for is shown before anything is done."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from induction.database import utc_now
from induction.extensions import db
from induction.people import cohort_queries
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.policy.store import content
from induction.progress import rows as lines
from induction.progress.selection import MOST, in_address, list_address, selection
from induction.tutoring import many, undoing
from induction.tutoring.act_kinds import ACTS
from induction.tutoring.forms import ActReasonForm
from induction.tutoring.rules import FOR_MANY, TutorAct
from induction.uk_time import uk_day

pages = Blueprint("selection", __name__, url_prefix="/tutor/selection")

_NAMES = ",".join(f'"{what}"' for what in FOR_MANY)


@pages.route(f"/<any({_NAMES}):name>", methods=["GET", "POST"])
@allow(*OVERSEERS)
def act(name: str) -> ResponseReturnValue:
    """One act for everybody who was ticked, or for the whole list: for whom, why, and go."""
    session, now, what = db.session(), utc_now(), TutorAct(name)
    kind, chosen = ACTS[what], selection(session, uk_day(now))
    found = many.prospects(session, what, chosen.people, person())
    fit = [one.account for one in found if not one.refused]
    form: Any = kind.form()
    if "cohort" in form:
        rows = session.execute(cohort_queries.cohorts(current_user).limit(MOST))
        form.cohort.choices = [("", "Choose a cohort"), *((r.public_id, r.name) for r in rows)]
    if fit and form.validate_on_submit():
        reason = form.reason.data if "reason" in form else ""
        one = many.ActForMany(content(), reason, lambda at, case: kind.perform(at, case, form))
        done = many.carry_out(person(), now, one, fit)
        told = _told(done, len(found) - done)
        flash(_with_undo(told, now) if done and what in undoing.UNDOABLE else told)
        return redirect(chosen.back, 303)
    refused = sorted((one.refused, one.account.full_name) for one in found if one.refused)
    page = render_template(
        "tutoring/selection.html",
        act=kind,
        chosen=chosen,
        fit=fit,
        form=form,
        refused=[
            (why, [name for _, name in those])
            for why, those in groupby(refused, key=lambda one: one[0])
        ],
        most=MOST,
    )
    return page, 422 if form.is_submitted() else 200


@pages.route("/undo/<stamp>", methods=["GET", "POST"])
@allow(*OVERSEERS)
def undo(stamp: str) -> ResponseReturnValue:
    """Take back what one press did, for everybody who is still as it left them."""
    session, now, at = db.session(), utc_now(), _moment(stamp)
    named = request.args.get("cohort", "")
    back = list_address(cohort_or_404(session, named) if named else None, lines.asked())
    found = undoing.undoable(session, person(), at) if at > now - undoing.FOR else []
    form = ActReasonForm()
    if found and form.validate_on_submit():
        steps = {one.account.id: one.perform for one in found}
        done = many.carry_out(
            person(), now,
            many.ActForMany(
                content(), form.reason.data, lambda act, case: steps[case.learner.id](act, case)
            ),
            [one.account for one in found],
        )  # fmt: skip
        flash(f"Undone for {done} {'person' if done == 1 else 'people'}.")
        return redirect(back, 303)
    people = [one.account.full_name for one in found]
    page = render_template("tutoring/undo.html", people=people, form=form, back=back)
    return page, 422 if form.is_submitted() else 200


_STAMP = "%Y%m%dT%H%M%S%f"


def _moment(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        abort(404)


def _with_undo(told: str, at: datetime) -> Markup:
    """What was done, with the way to take it back; the list stays as it was narrowed."""
    where = {**in_address(lines.asked()), "cohort": request.args.get("cohort") or None}
    href = url_for("selection.undo", stamp=at.astimezone(UTC).strftime(_STAMP), **where)
    return Markup('{} <a href="{}">Undo</a>').format(told, href)


def _told(done: int, left_out: int) -> str:
    said = f"Done for {done} {'person' if done == 1 else 'people'}."
    return said + (f" Left out, since it does not fit: {left_out}." if left_out else "")
