"""Making, changing and archiving cohorts."""

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import Act, acting
from induction.audit.batch import Batch
from induction.database import utc_now
from induction.enrolment import setting_dates
from induction.extensions import db
from induction.form_fields import SureForm
from induction.people import cohort_queries, cohorts
from induction.people.access import allow, oversees_all, person
from induction.people.lookups import OVERSEERS, cohort_or_404
from induction.people.models import Cohort, Membership
from induction.policy.store import content
from induction.tutoring import edit_conflicts
from induction.tutoring.forms import CohortForm
from induction.uk_time import uk_date

pages = Blueprint("cohorts", __name__, url_prefix="/tutor/cohorts")

_FACTS = tuple(cohorts.CohortFacts.__dataclass_fields__)


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
            with acting(person(), utc_now()) as act:
                cohort = cohorts.create(act, facts)
                cohorts.set_tutors(act, cohort, tutors)
        except cohorts.NotACohort as fault:
            form.name.errors = [str(fault)]
        else:
            flash(f"{facts.name} is there. Enrol its learners next.")
            return redirect(url_for("tutoring.cohort", public_id=cohort.public_id), 303)
    page = render_template("tutoring/cohort_form.html", form=form, cohort=None)
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
            with acting(person(), utc_now()) as act:
                act.session.refresh(cohort, with_for_update=True)
                stale = _tell_what_changed(form, cohort, tutors)
                moved = 0 if stale else _save(act, cohort, _facts(form), tutors)
        except cohorts.NotACohort as fault:
            form.name.errors = [str(fault)]
        else:
            if not stale:
                follow = " learner has" if moved == 1 else " learners have"
                flash("Saved." + (f" {moved}{follow} the new due date." if moved else ""))
                return redirect(url_for("tutoring.cohort", public_id=public_id), 303)
    page = render_template("tutoring/cohort_form.html", form=form, cohort=cohort)
    return page, 422 if form.is_submitted() else 200


@pages.post("/<public_id>/<any(archive,reopen):what>")
@allow(*OVERSEERS)
def archive(public_id: str, what: str) -> ResponseReturnValue:
    """Put a cohort away, or take it out again."""
    cohort = cohort_or_404(db.session(), public_id)
    if not SureForm().validate_on_submit():
        abort(400)
    with acting(person(), utc_now()) as act:
        changed = cohorts.archive(act, cohort, back=what == "reopen")
    already = "" if changed else " already"
    flash(f"{cohort.name} is {'back' if what == 'reopen' else 'archived'}{already}.")
    return redirect(url_for("tutoring.board"), 303)


def _form(cohort: Cohort | None) -> CohortForm:
    now = _present(cohort) if cohort else {}
    form = CohortForm(data={**now, "seen": edit_conflicts.mark(now)})
    form.tutors.choices = [(t.id, t.full_name) for t in cohort_queries.all_tutors(db.session())]
    return form


def _present(cohort: Cohort) -> dict[str, Any]:
    """What the form shows of a cohort."""
    tutors = sorted(t.id for t in cohort_queries.tutors_of(db.session(), cohort.id))
    return {**{name: getattr(cohort, name) for name in _FACTS}, "tutors": tutors}


def _tell_what_changed(form: CohortForm, cohort: Cohort, tutors: set[int]) -> bool:
    """Whether somebody else has changed the cohort while the form was open; the form says what.

    What the person typed stays; what they left alone is shown as it is now.
    """
    now = _present(cohort)
    typed = {**asdict(_facts(form)), "tutors": sorted(tutors)}
    found = edit_conflicts.changed(now, typed, form.seen.data or "")
    if not found:
        return False
    form.form_errors.append(
        "Somebody else has changed this cohort while you had it open, so nothing was saved. "
        "Look at what is marked, and save again."
    )
    for name, both in found.items():
        field, value = form[name], _in_words(form, name, now[name])
        field.errors = [
            f"{field.label.text}: {value} now. What you chose stands here."
            if both
            else f"{field.label.text}: changed to {value}."
        ]
        if not both:
            field.data, field.raw_data = now[name], None
    form.seen.data = edit_conflicts.mark(now)
    return True


def _in_words(form: CohortForm, name: str, value: Any) -> str:
    if name == "tutors":
        names = [label for tutor, label in form.tutors.choices if tutor in value]
        return ", ".join(names) or "nobody"
    if isinstance(value, date):
        return uk_date(value)
    return f"“{value}”" if value else "empty"


def _save(act: Act, cohort: Cohort, facts: cohorts.CohortFacts, tutors: set[int]) -> int:
    """Change the cohort; returns how many learners follow its new due date."""
    was = cohort.due_on
    cohorts.change(act, cohort, facts, tutors)
    if was == facts.due_on:
        return 0
    with Batch(act) as entries:
        return setting_dates.follow(entries, content().slug, Membership.cohort_id == cohort.id)


def _facts(form: CohortForm) -> cohorts.CohortFacts:
    return cohorts.CohortFacts(
        form.name.data, form.programme.data, form.starts_on.data, form.due_on.data
    )
