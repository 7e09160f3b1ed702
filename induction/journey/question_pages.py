"""A question, the answer to it, and what the answer led to: in a section, and when looking back."""

from dataclasses import replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.marking import NotAnAnswer
from induction.database import utc_now
from induction.extensions import db
from induction.journey import presentation as show
from induction.journey import questions, rules
from induction.journey.answering import (
    AlreadyAnswered,
    ContentChanged,
    OutOfTurn,
    Sent,
    answer,
)
from induction.journey.kept_answers import chosen_in, forget_answer, keep_answer, kept_for
from induction.journey.lookups import journey_or_404, step_or_404, to_next
from induction.journey.queries import Journey
from induction.journey.questions import Asked, QuestionShown
from induction.journey.testing_out import offered
from induction.people.access import SIGNED_IN, allow, person
from induction.policy.store import content

pages = Blueprint("questions", __name__, url_prefix="/induction")

CHANGED = (
    "This question was updated while you had it open. Nothing is lost: here it is as it is now."
)
NOT_TAKEN = (
    "What you sent just now was not taken, since this question has an answer already: perhaps from "
    "another window. The first answer counts."
)
KEPT = "We kept the answer that you were sending. Check it and send it."


@pages.get("/<slug>/look-back")
@allow(SIGNED_IN)
def look_back(slug: str) -> ResponseReturnValue:
    """One quick question from earlier, before a new section. Never counted."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    if step.phase is rules.StepStatus.LOCKED:
        return to_next(journey)
    tried = journey.look_back(slug)
    if tried is not None:
        return _question_page(journey, Asked.before(tried, tried.asked[0]))
    chosen = rules.look_back(journey.policy, journey.learner, slug)
    if chosen is None or step.phase is not rules.StepStatus.OPEN:
        return redirect(url_for("journey.section", slug=slug), 303)
    return _question_page(journey, Asked.looking_back(slug, chosen))


@pages.post("/<slug>/look-back")
@allow(SIGNED_IN)
def answer_look_back(slug: str) -> ResponseReturnValue:
    """Take the answer to a look-back."""
    return _take(rules.AttemptKind.LOOK_BACK, slug)


@pages.get("/<slug>/quiz")
@allow(SIGNED_IN)
def quiz(slug: str) -> ResponseReturnValue:
    """Lead to the question that is open now."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    if step.phase is rules.StepStatus.LOCKED:
        return to_next(journey)
    if step.phase is rules.StepStatus.PASSED:
        return redirect(url_for("journey.result", slug=slug), 303)
    return redirect(questions.address(Asked.at(step)), 303)


@pages.post("/<slug>/quiz")
@allow(SIGNED_IN)
def answer_quiz(slug: str) -> ResponseReturnValue:
    """Take the answer to the question that is open now."""
    kind = rules.AttemptKind.FINAL if slug == rules.FINAL else rules.AttemptKind.SECTION
    return _take(kind, slug)


@pages.get("/<slug>/quiz/<int:number>/<scenario_id>", defaults={"scene_id": ""})
@pages.get("/<slug>/quiz/<int:number>/<scenario_id>/<scene_id>")
@allow(SIGNED_IN)
def question(slug: str, number: int, scenario_id: str, scene_id: str) -> ResponseReturnValue:
    """One question of a try, or a later scene of its story: open, or as it was answered.

    Each has an address of its own, so that a browser that goes back never fills in another one.
    """
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    tried = journey.learner.tried(step.kind, slug, number)
    if tried is not None and tried.answer_to(scenario_id, scene_id):
        return _question_page(journey, Asked.before(tried, scenario_id, scene_id))
    if step.phase in (rules.StepStatus.LOCKED, rules.StepStatus.PASSED):
        return to_next(journey)
    asked = _open_at(journey, step, number)
    if (number, scenario_id, scene_id) != (asked.plan.number, asked.scenario, asked.scene):
        return to_next(journey)
    return _question_page(journey, asked)


def _open_at(journey: Journey, step: rules.Step, number: int) -> Asked:
    """The question that is open, or the first of those before reading where these are asked for."""
    unread = offered(journey, step) if number == rules.BEFORE_READING else None
    return Asked(step.kind, step.slug, unread, unread.asked[0]) if unread else Asked.at(step)


def _question_page(journey: Journey, asked: Asked) -> str:
    policy = content().version(db.session(), asked.plan.content)
    shown = questions.question(journey, policy, asked) or abort(404)
    if shown.answered:
        return render_template(
            "journey/answered.html",
            place=show.place(journey, asked.slug),
            next=_what_followed(asked, shown),
            **questions.as_context(shown),
        )
    action = _form_address(asked.kind, asked.slug)
    kept = kept_for(action, shown.hidden)
    if kept is not None:
        shown = shown.ticked(kept.chosen)
        if not kept.fault:
            flash(KEPT)
    return render_template(
        "journey/scenario.html",
        place=show.place(journey, asked.slug),
        action=action,
        error=kept.fault if kept else "",
        **questions.as_context(shown),
    )


def _what_followed(asked: Asked, shown: QuestionShown) -> show.NextStep:
    """Where the answer to a question led."""
    if shown.next_scene:
        following = replace(asked, scene=shown.next_scene)
        return show.NextStep("See what happened next", questions.address(following))
    href = _feedback_address(asked.kind, asked.slug, asked.plan.number, asked.scenario)
    return show.NextStep("See what it led to", href)


def _take(kind: rules.AttemptKind, slug: str) -> ResponseReturnValue:
    sent = _sent(kind, slug)
    try:
        with acting(person(), utc_now()) as act:
            taken = answer(act, content(), person(), sent)
    except AlreadyAnswered as repeated:
        if set(repeated.first.chosen) != set(sent.chosen):
            return _first_answer(sent, repeated)
        taken = repeated.taken
    except ContentChanged:
        return to_next(journey_or_404(), CHANGED)
    except OutOfTurn:
        journey = journey_or_404()
        step_or_404(journey, slug)
        return to_next(journey)
    except NotAnAnswer as unfit:
        keep_answer(unfit.message)
        return redirect(request.path, 303)
    forget_answer()
    if taken.continues:
        return redirect(request.path, 303)
    return redirect(_feedback_address(kind, slug, taken.try_number, sent.scenario), 303)


def _first_answer(sent: Sent, repeated: AlreadyAnswered) -> ResponseReturnValue:
    """Show the answer that counts to whoever sent another one, from a second tab or device."""
    flash(NOT_TAKEN)
    if sent.kind is rules.AttemptKind.LOOK_BACK:
        return redirect(request.path, 303)
    first = repeated.first
    where = url_for(
        "questions.question",
        slug=sent.step,
        number=repeated.taken.try_number,
        scenario_id=first.scenario,
        scene_id=first.scene,
    )
    return redirect(where, 303)


def _form_address(kind: rules.AttemptKind, slug: str) -> str:
    looking_back = kind is rules.AttemptKind.LOOK_BACK
    return url_for("questions.look_back" if looking_back else "questions.quiz", slug=slug)


def _feedback_address(kind: rules.AttemptKind, slug: str, number: int, scenario: str) -> str:
    if kind is rules.AttemptKind.LOOK_BACK:
        return url_for("questions.look_back_feedback", slug=slug)
    return url_for("questions.feedback", slug=slug, number=number, scenario_id=scenario)


def _sent(kind: rules.AttemptKind, slug: str) -> Sent:
    form = request.form
    number = form.get("try", "")
    return Sent(
        kind=kind,
        step=slug,
        scenario=form.get("scenario", ""),
        scene=form.get("scene", ""),
        chosen=chosen_in(form),
        try_number=int(number)
        if number.isascii() and number.isdigit() and len(number) < 6
        else None,
        content=form.get("content", ""),
    )


@pages.get("/<slug>/feedback/<int:number>/<scenario_id>")
@allow(SIGNED_IN)
def feedback(slug: str, number: int, scenario_id: str) -> ResponseReturnValue:
    """What an answer led to, as it was shown then."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    tried = journey.learner.tried(step.kind, slug, number)
    following = _after_answer(step, number)
    return _feedback_page(journey, slug, tried, scenario_id, following)


@pages.get("/<slug>/look-back/done")
@allow(SIGNED_IN)
def look_back_feedback(slug: str) -> ResponseReturnValue:
    """What the look-back's answer led to."""
    journey = journey_or_404()
    tried = journey.look_back(slug)
    if tried is None:
        return to_next(journey)
    title = step_or_404(journey, slug).title
    following = show.NextStep(f"Read: {title}", url_for("journey.section", slug=slug))
    return _feedback_page(journey, slug, tried, tried.asked[0], following)


def _after_answer(step: rules.Step, number: int) -> show.NextStep:
    if step.phase is rules.StepStatus.STARTED and step.plan.number == number:
        return show.NextStep("Next question", url_for("questions.quiz", slug=step.slug))
    if number == rules.BEFORE_READING and not step.tested_out:
        return show.NextStep(f"Read: {step.title}", show.reading(step.slug))
    return show.NextStep("See your result", url_for("journey.result", slug=step.slug))


def _feedback_page(
    journey: Journey,
    slug: str,
    tried: rules.AttemptRecord | None,
    scenario_id: str,
    following: show.NextStep,
) -> ResponseReturnValue:
    ended = [g for g in tried.answers if g.scenario == scenario_id] if tried else []
    if tried is None or not ended or ended[-1].result == "continues":
        return to_next(journey)
    scenario = content().version(db.session(), tried.content).scenario(scenario_id)
    view = questions.feedback(journey, tried, scenario, ended[-1]) if scenario else None
    if scenario is None or view is None:
        abort(404)
    return render_template(
        "journey/feedback.html",
        place=show.place(journey, slug),
        heading=questions.heading(journey, tried.kind, slug),
        index=tried.asked.index(scenario_id) + 1,
        of=len(tried.asked),
        next=following,
        of_harm=journey.policy.of_harm(scenario.clauses),
        **questions.as_context(view),
    )
