"""The page on which learners ask their tutors, reached from every page of theirs."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.journey.lookups import journey_or_404
from induction.people.access import SIGNED_IN, allow, local_path, page_before, person
from induction.people.cohort_queries import tutors_of_learner
from induction.refusals import NotNow
from induction.tutoring.asking import ask_tutors, place_asked_from
from induction.tutoring.forms import QuestionForm

pages = Blueprint("asking", __name__)


@pages.route("/induction/ask", methods=["GET", "POST"])
@allow(SIGNED_IN)
def ask() -> ResponseReturnValue:
    """Ask, with the page that one came from; the tutors are told at once."""
    journey, learner, now = journey_or_404(), person(), utc_now()
    back = local_path(request.form.get("from") or page_before()) or "/induction"
    form = QuestionForm()
    tutors = tutors_of_learner(db.session(), learner.id)
    if form.validate_on_submit() and tutors:
        try:
            with acting(learner, now) as act:
                ask_tutors(act, journey, learner, form.question.data, urlsplit(back).path)
        except NotNow as fault:
            form.question.errors = [str(fault)]
        else:
            flash("Your question is with your tutor.")
            return redirect(back, 303)
    _, where = place_asked_from(journey.policy, urlsplit(back).path)
    page = render_template("tutoring/ask.html", form=form, tutors=tutors, back=back, where=where)
    return page, 422 if form.errors else 200
