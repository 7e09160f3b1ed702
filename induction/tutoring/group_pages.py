"""Making, changing and archiving cohorts."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import utc_now, writing
from induction.extensions import db
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import State
from induction.people import cohorts
from induction.people.access import allow, oversees_all
from induction.people.models import Cohort, Membership
from induction.tutoring import queries
from induction.tutoring.forms import CohortForm, SureForm
from induction.tutoring.seeing import OVERSEERS, cohort_or_404

pages = Blueprint("groups", __name__, url_prefix="/tutor/cohorts")


@pages.route("/new", methods=["GET", "POST"])
@allow(*OVERSEERS)
def new() -> ResponseReturnValue:
    """A new cohort. A tutor who makes one looks after it."""
    form = _form(None)
    if form.validate_on_submit():
        facts, tutors = _facts(form), set(form.tutors.data)
        if not oversees_all(current_user):
            tutors.add(current_user.id)
        try:
            with writing() as session:
                cohort = cohorts.create(
                    session, facts.name, programme=facts.programme, starts_on=facts.starts_on,
                    due_on=facts.due_on, actor=current_user.actor, now=utc_now(),
                )  # fmt: skip
                cohorts.set_tutors(session, cohort, tutors)
        except cohorts.NotACohort as fault:
            form.name.errors = [str(fault)]
        else:
            flash(f"{facts.name} is there. Enrol its learners next.")
            return redirect(url_for("tutoring.cohort", public_id=cohort.public_id), 303)
    page = render_template("tutoring/cohort_form.html", form=form, cohort=None, sure=SureForm())
    return page, 422 if form.is_submitted() else 200


@pages.route("/<public_id>/edit", methods=["GET", "POST"])
@allow(*OVERSEERS)
def edit(public_id: str) -> ResponseReturnValue:
    """Change what is said about a cohort, and who looks after it."""
    cohort = cohort_or_404(db.session(), public_id)
    form = _form(cohort)
    if form.validate_on_submit():
        tutors = set(form.tutors.data)
        if not oversees_all(current_user):
            tutors.add(current_user.id)  # nobody locks themselves out by a slip
        try:
            with writing() as session:
                was = cohort.due_on
                cohorts.change(
                    session, cohort, _facts(form), tutors, actor=current_user.actor, now=utc_now()
                )
                moved = _follow(session, cohort.id, was, form.due_on.data)
        except cohorts.NotACohort as fault:
            form.name.errors = [str(fault)]
        else:
            flash("Saved." + (f" {moved} learners have the new due date." if moved else ""))
            return redirect(url_for("tutoring.cohort", public_id=public_id), 303)
    page = render_template("tutoring/cohort_form.html", form=form, cohort=cohort, sure=SureForm())
    return page, 422 if form.is_submitted() else 200


@pages.post("/<public_id>/<any(archive,reopen):act>")
@allow(*OVERSEERS)
def archive(public_id: str, act: str) -> ResponseReturnValue:
    """Put a cohort away, or take it out again."""
    cohort = cohort_or_404(db.session(), public_id)
    if not SureForm().validate_on_submit():
        abort(400)
    with writing() as session:
        changed = cohorts.archive(
            session, cohort, back=act == "reopen", actor=current_user.actor, now=utc_now()
        )
    already = "" if changed else " already"
    flash(f"{cohort.name} is {'back' if act == 'reopen' else 'archived'}{already}.")
    return redirect(url_for("tutoring.board"), 303)


def _form(cohort: Cohort | None) -> CohortForm:
    session = db.session()
    present = [t.id for t in queries.tutors_of(session, cohort.id)] if cohort else []
    form = CohortForm(obj=cohort, data={"tutors": present})
    form.tutors.choices = [(t.id, t.full_name) for t in queries.all_tutors(session)]
    return form


def _facts(form: CohortForm) -> cohorts.Facts:
    return cohorts.Facts(form.name.data, form.programme.data, form.starts_on.data, form.due_on.data)


def _follow(session: Session, cohort_id: int, was: object, due: object) -> int:
    """Learners who had the cohort's due date get its new one; their own dates stay theirs."""
    if was == due:
        return 0
    mine = select(Membership.account_id).where(
        Membership.cohort_id == cohort_id, Membership.left_at.is_(None)
    )
    unfinished = select(Progress.enrolment_id).where(Progress.state != State.COMPLETE.value)
    same = Enrolment.due_on.is_(None) if was is None else Enrolment.due_on == was
    changed = session.scalars(
        update(Enrolment)
        .where(Enrolment.account_id.in_(mine), Enrolment.id.in_(unfinished), same)
        .values(due_on=due)
        .returning(Enrolment.public_id)
    ).all()
    batch, details = Batch(session), {"before": _iso(was), "after": _iso(due)}
    for public_id in changed:
        batch.add(
            Action.DUE_CHANGED, f"enrolment:{public_id}",
            actor=current_user.actor, now=utc_now(), details=details,
        )  # fmt: skip
    batch.write()
    return len(changed)


def _iso(day: object) -> str | None:
    return str(day) if day else None
