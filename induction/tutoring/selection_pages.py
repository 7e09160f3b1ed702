"""One act for several learners of a list: who it is for is shown before anything is done."""

from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.database import utc_now
from induction.extensions import db
from induction.people import cohort_queries
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS
from induction.policy.store import content
from induction.progress.selection import MOST, selection
from induction.tutoring import many
from induction.tutoring.act_kinds import ACTS
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
        done = many.carry_out(person(), now, many.ActForMany(content(), kind, form), fit)
        flash(_told(done, len(found) - done))
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


def _told(done: int, left_out: int) -> str:
    said = f"Done for {done} {'person' if done == 1 else 'people'}."
    return said + (f" Left out, since it does not fit: {left_out}." if left_out else "")
