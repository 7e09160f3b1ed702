"""*Do it now*, at the end of a section, and *My three changes*."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.database import utc_now
from induction.extensions import db
from induction.journey import presentation as show
from induction.journey import rules
from induction.journey.answering import OutOfTurn
from induction.journey.kept_answers import forget_answer, kept_for
from induction.journey.lookups import journey_or_404, step_or_404, to_next
from induction.journey.queries import Journey
from induction.journey.questions import PlainRule, plain_rules
from induction.people.access import SIGNED_IN, allow, person
from induction.policy.store import content
from induction.practice.forms import ChangesForm
from induction.practice.keeping import keep_changes, keep_done
from induction.practice.queries import last_changes, last_done

pages = Blueprint("practice", __name__, url_prefix="/induction")


@pages.get("/<slug>/do-it-now")
@allow(SIGNED_IN)
def do_now(slug: str) -> ResponseReturnValue:
    """Things to do on one's own phone, to be ticked once they are done. None is a must."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    section = journey.policy.section(slug)
    if section is None or not section.do_now:
        abort(404)
    if not step.readable:
        return to_next(journey)
    kept = kept_for(request.path, {"for": person().public_id})
    done = kept.chosen if kept else last_done(db.session(), journey.enrolment_id, slug)
    return render_template(
        "practice/do_now.html",
        place=show.place(journey, slug),
        section=section,
        deeds=[
            {"id": deed.id, "text": deed.text, "checked": deed.id in done}
            for deed in section.do_now
        ],
    )


@pages.post("/<slug>/do-it-now")
@allow(SIGNED_IN)
def keep_now(slug: str) -> ResponseReturnValue:
    """Keep the ticks, and go on."""
    try:
        with acting(person(), utc_now()) as act:
            keep_done(act, content(), person(), slug, request.form.getlist("done"))
    except OutOfTurn:
        journey = journey_or_404()
        step_or_404(journey, slug)
        return to_next(journey)
    if kept_for(request.path, request.form):
        forget_answer()
    journey = journey_or_404()
    if step_or_404(journey, slug).phase is rules.StepStatus.PASSED:
        flash("Your ticks are kept.")
        return redirect(url_for("journey.section", slug=slug), 303)
    return redirect(url_for("questions.quiz", slug=slug), 303)


@pages.route("/my-changes", methods=["GET", "POST"])
@allow(SIGNED_IN)
def my_changes() -> ResponseReturnValue:
    """What somebody sets out to do differently, beside the short versions of what they have read,
    and the rules of what they missed on the way. One sheet to print or keep.
    """
    journey = journey_or_404()
    form = ChangesForm()
    if form.validate_on_submit():
        with acting(person(), utc_now()) as act:
            keep_changes(act, content(), person(), form.changes)
        flash("Your changes are kept.")
        return redirect(url_for("practice.my_changes"), 303)
    kept = last_changes(db.session(), journey.enrolment_id)
    if request.method == "GET":
        for field, text in zip((form.first, form.second, form.third), kept, strict=False):
            field.data = text
    sections = journey.policy.sections_for(journey.learner.audience)
    passed = {s.slug for s in journey.standing.steps if s.phase is rules.StepStatus.PASSED}
    page = render_template(
        "practice/my_changes.html",
        form=form,
        kept=kept,
        sections=[s for s in sections if s.slug in passed and s.takeaway],
        missed=_missed(journey),
        policy=journey.policy,
        next=show.next_step(journey),
    )
    return page, 422 if form.errors else 200


def _missed(journey: Journey) -> list[PlainRule]:
    """The rules of what somebody missed on the way, each once, in the order of their tries."""
    tries = journey.learner.tries
    found = (plain_rules(content().version(db.session(), one.content), one) for one in tries)
    return list({rule.title: rule for rules_of in found for rule in rules_of}.values())
