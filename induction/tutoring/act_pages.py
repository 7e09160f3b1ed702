"""The pages of a tutor's acts: one form each, which asks why."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from induction.audit.act import acting
from induction.database import utc_now
from induction.enrolment import setting_dates
from induction.extensions import db
from induction.journey.queries import Journey, load
from induction.people import cohort_queries, cohorts
from induction.people.access import allow, person
from induction.people.lookups import OVERSEERS, seen_account
from induction.people.models import Account
from induction.policy.store import content
from induction.progress import words
from induction.refusals import NotNow
from induction.tutoring import acts, approving
from induction.tutoring.act_kinds import ACTS
from induction.tutoring.acts import Case
from induction.tutoring.rules import Situation, TutorAct, refusal
from induction.uk_time import uk_date

pages = Blueprint("acts", __name__, url_prefix="/tutor/learners")


KEPT = (
    "Their due date stays {}: it is one of their own, and not the cohort’s. Leave the date empty "
    "under “Change the due date” to give them the cohort’s."
)
_NAMES = ",".join(f'"{name}"' for name in ACTS)


@pages.route(f"/<public_id>/<any({_NAMES}):name>", methods=["GET", "POST"])
@allow(*OVERSEERS)
def act(public_id: str, name: str) -> ResponseReturnValue:
    """One act on a learner's record; 404 in words where it does not fit where they stand."""
    session, what = db.session(), TutorAct(name)
    chosen = ACTS[what]
    learner = seen_account(session, current_user, public_id, now=utc_now()) or abort(404)
    journey = load(session, content(), learner.id) or abort(404)
    back = url_for("tutoring.learner", public_id=public_id)
    at = acts.situation(
        journey, learner, acts.flags(session, journey), own=learner.id == person().id
    )
    if why := refusal(what, at):
        return render_template(
            "tutoring/act_unfit.html", act=chosen, learner=learner, back=back, why=why
        ), 404
    form: Any = _prepared(what, at, learner, journey)
    if form.validate_on_submit():
        case = Case(content(), learner, form.reason.data if "reason" in form else "")
        said, now = chosen.done, utc_now()
        try:
            with acting(person(), now) as one:
                if approving.waits(one.session, what, journey, person(), now):
                    said = approving.ask(one, case, journey, what, form)
                else:
                    chosen.perform(one, case, form)
        except NotNow as refused:
            form.form_errors.append(str(refused))
        else:
            flash(said)
            if what is TutorAct.MOVE and (kept := setting_dates.own_date(session, journey)):
                flash(KEPT.format(uk_date(kept)))
            return redirect(back, 303)
    page = render_template("tutoring/act.html", act=chosen, form=form, learner=learner, back=back)
    return page, 422 if form.is_submitted() else 200


def _prepared(what: TutorAct, at: Situation, learner: Account, journey: Journey) -> FlaskForm:
    form: Any = ACTS[what].form()
    if "step" in form:
        form.step.choices = [
            (step.slug, words.step_title(journey.policy, step.slug))
            for step in journey.standing.steps
            if not refusal(what, at, step.slug)
        ]
    if "cohort" in form:
        present = cohorts.current_cohort(db.session(), learner.id)
        further = {one.name for one in cohorts.further_cohorts(db.session(), learner.id)}
        rows = db.session.execute(cohort_queries.cohorts(current_user).limit(500))
        others = [
            (row.public_id, row.name)
            for row in rows
            if (row.name in further if what is TutorAct.TAKE_OUT else row.name != present)
        ]
        form.cohort.choices = [("", "Choose a cohort"), *others]
    if "full_name" in form and not form.is_submitted():
        form.full_name.data = learner.full_name
    if "due_on" in form and not form.is_submitted():
        form.due_on.data = journey.due_on
    return form
