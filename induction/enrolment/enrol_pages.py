"""Enrolling one person by a form; the same rules as for a file."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.validators import InputRequired

from induction.audit.act import acting
from induction.database import utc_now
from induction.enrolment.applying import carry_out
from induction.enrolment.forms import (
    EnrolForm,
    understood,
)
from induction.enrolment.import_plan import compare
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet
from induction.enrolment.planned_rows import PlannedRow
from induction.extensions import db
from induction.names import mixed
from induction.people import cohort_queries
from induction.people.access import allow, oversees_all
from induction.people.access import person as current_account
from induction.people.invitations import invite
from induction.people.learner_fields import LEARNER_FIELDS
from induction.people.lookups import OVERSEERS, cohort_or_404, note_hidden
from induction.people.models import Account
from induction.policy.store import content
from induction.uk_time import uk_date, uk_day

pages = Blueprint("enrolling", __name__, url_prefix="/tutor")


@pages.route("/enrol", methods=["GET", "POST"])
@allow(*OVERSEERS)
def enrol() -> ResponseReturnValue:
    """Enrol one person by a form; the same rules as for a file."""
    groups = db.session.execute(cohort_queries.cohorts(current_user).limit(500)).all()
    form = EnrolForm()
    none = "No cohort"
    if not oversees_all(current_user):
        none = "Choose one of yours" if groups else "You have none yet: make one first"
        form.cohort.validators = [InputRequired("Choose one of your cohorts.")]
    form.cohort.choices = [("", none), *((g.public_id, g.name) for g in groups)]
    audiences = content().policy.audiences
    form["audience"].choices = [(a, a.capitalize()) for a in audiences]
    named = request.args.get("cohort", "")
    if named:
        cohort_or_404(db.session(), named)
    if not form.is_submitted():
        only = groups[0].public_id if len(groups) == 1 and not oversees_all(current_user) else ""
        form.cohort.data = named or only
    if form.validate_on_submit():
        names = {g.public_id: g.name for g in groups}
        person = understood(form, names.get(form.cohort.data, ""), audiences)
        done = _enrol_one(form, person) if person else None
        if done is not None:
            return done
    status = 422 if form.is_submitted() else 200
    return render_template("enrolment/enrol.html", form=form, fields=LEARNER_FIELDS), status


LATE = (
    "The due date, {}, has passed, so they would be overdue at once. Give them a date of their own "
    "above, or tick this. Nobody is enrolled yet."
)


def _asked_first(form: EnrolForm, entry: PlannedRow, today: date) -> dict[str, str]:
    """What has to be ticked before somebody is enrolled, by field, and why."""
    asks = {}
    if entry.alike and not form.sure.data:
        asks["sure"] = f"{'. '.join(entry.alike)}. Tick the box if this is somebody else."
    if entry.due_on and entry.due_on < today and not form.late.data:
        asks["late"] = LATE.format(uk_date(entry.due_on))
    return asks


def _enrol_one(form: EnrolForm, person: ImportedPerson) -> ResponseReturnValue | None:
    """Write it, and lead on; None where it is refused (the form then says why)."""
    made: list[Account] = []
    now = utc_now()
    with acting(current_account(), now) as act:
        roll = compare(
            act.session, content().policy, ImportedSheet((person,)), current_user, uk_day(now)
        )
        taken = bool(roll.entries) and roll.entries[0].verdict == "new"
        asks = _asked_first(form, roll.entries[0], uk_day(now)) if taken else {}
        if roll.hidden:
            note_hidden(act, current_account(), "enrol", "enrol")
        if taken and not asks:
            made = carry_out(act, content(), roll, how="form")
            if form.invite.data:
                invite(act, made)
    if roll.refused:
        form.form_errors.extend(roll.refused[0].reasons)
    elif not taken:
        form.form_errors.append("This person is enrolled already.")
    elif asks:
        for name, message in asks.items():
            form[name].errors = [message]
    else:
        flash(f"{person.full_name} is enrolled. {mixed(person.full_name)}".strip())
        return redirect(url_for("tutoring.learner", public_id=made[0].public_id), 303)
    return None
