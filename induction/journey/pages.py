"""The learner's pages: hub, sections, scenarios, results, declaration."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.certificates.issue import provider_of
from induction.curriculum.marking import NotAnAnswer
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import institute
from induction.journey import presentation as show
from induction.journey import rules
from induction.journey.answering import (
    AlreadyAnswered,
    ContentChanged,
    OutOfTurn,
    Sent,
    answer,
)
from induction.journey.content import content
from induction.journey.declaring import declare
from induction.journey.forms import DeclarationForm
from induction.journey.queries import Journey, load
from induction.journey.renewing import NotNow, offer, renew
from induction.people.access import SIGNED_IN, allow
from induction.people.names import plainly_another

pages = Blueprint("journey", __name__, url_prefix="/induction")

NOT_OPEN_YET = "That part is not open yet. This is your next step. Everything so far is saved."
CHANGED = (
    "This question was updated while you had it open. Nothing is lost: here it is as it is now."
)
PASSED_BUT_CHANGED = (
    "You passed that part. A rule in it has changed since, so only that is asked again."
)
CHANGED_DECLARATION = (
    "The policy was updated while you had this page open. Nothing is lost: here it is as it is now."
)
KEPT = "We kept the answer that you were sending. Check it and send it."


def _journey() -> Journey:
    found = load(db.session(), content(), current_user.id)
    if found is None:
        abort(404)
    return found


def _step_or_404(journey: Journey, slug: str) -> rules.Step:
    return journey.standing.step(slug) or abort(404)


def _to_next(journey: Journey, message: str = NOT_OPEN_YET) -> ResponseReturnValue:
    """Lead to the next open step, and say why."""
    flash(message)
    return redirect(show.next_step(journey).href, 303)


@pages.get("")
@allow(SIGNED_IN)
def hub() -> ResponseReturnValue:
    """Every section with its state, the time left, one clear next step."""
    journey = load(db.session(), content(), current_user.id)
    if journey is None:
        return render_template("journey/not_enrolled.html")
    now, standing = utc_now(), journey.standing
    done = standing.passed + (standing.next.go is rules.Go.DONE)
    total = len(standing.steps) + 1
    return render_template(
        "journey/hub.html",
        policy=journey.policy,
        progress={
            "done": done,
            "total": total,
            "per_cent": 100 * done // total,
            "minutes_left": standing.minutes_left,
        },
        minutes=show.minutes,
        steps=show.hub_steps(journey),
        next=show.next_step(journey),
        due=None if standing.renewing else journey.due_on,
        overdue=journey.is_late(now.date()),
        offer=offer(journey, window=institute().renewal_days, now=now),
        runs_out=show.runs_out(journey, now.date()),
        certificate_ends=journey.valid_until,
        welcome=show.welcome(journey, now),
        withdrawn=journey.withdrawn,
        note=show.note(journey),
        changed=show.changed(journey),
        document=journey.in_force.document if journey.in_force else None,
    )


@pages.post("/renewal")
@allow(SIGNED_IN)
def begin_renewal() -> ResponseReturnValue:
    """Begin to renew the certificate: the final check is drawn anew, then comes the declaration."""
    window = institute().renewal_days
    try:
        with writing() as writer:
            renew(writer, content(), current_user, window=window, now=utc_now())
    except NotNow as refused:
        flash(str(refused))
    return redirect(url_for("journey.hub"), 303)


@pages.get("/<slug>")
@allow(SIGNED_IN)
def section(slug: str) -> ResponseReturnValue:
    """Read a section, or the introduction to the final check."""
    journey = _journey()
    step = _step_or_404(journey, slug)
    if step.phase is rules.Phase.LOCKED:
        return _to_next(journey)
    following = _after_reading(journey, step)
    where = show.place(journey, slug)
    if step.is_final:
        return render_template(
            "journey/final_check.html",
            place=where,
            draw=len(step.plan.counted_of),
            pass_mark=step.plan.pass_mark,
            next=following,
        )
    part = journey.policy.section(slug) or abort(404)
    return render_template(
        "journey/section.html",
        policy=journey.policy,
        section=part,
        clauses=[c for c in journey.policy.clauses if c.id in part.clauses],
        changed=show.changed(journey) if step.redo else None,
        document=journey.in_force.document if journey.in_force else None,
        place=where,
        next=following,
    )


def _after_reading(journey: Journey, step: rules.Step) -> show.NextStep:
    if step.phase is rules.Phase.PASSED:
        return show.next_step(journey)
    label = {rules.Phase.OPEN: "Start the questions", rules.Phase.STARTED: "Carry on"}
    href = url_for("journey.quiz", slug=step.slug)
    return show.NextStep(label.get(step.phase, "Try again"), href)


@pages.get("/<slug>/take-away")
@allow(SIGNED_IN)
def takeaway(slug: str) -> ResponseReturnValue:
    """One sheet to print or keep."""
    journey = _journey()
    part = journey.policy.section(slug) or abort(404)
    if _step_or_404(journey, slug).phase is rules.Phase.LOCKED:
        return _to_next(journey)
    return render_template("journey/takeaway.html", section=part, policy=journey.policy)


@pages.get("/<slug>/look-back")
@allow(SIGNED_IN)
def look_back(slug: str) -> ResponseReturnValue:
    """One quick question from earlier, before a new section. Never counted."""
    journey = _journey()
    step = _step_or_404(journey, slug)
    if step.phase is rules.Phase.LOCKED:
        return _to_next(journey)
    chosen = rules.look_back(journey.policy, journey.tries, journey.seed, slug)
    if chosen is None or step.phase is not rules.Phase.OPEN or journey.look_back(slug):
        return redirect(url_for("journey.section", slug=slug), 303)
    return _question_page(
        journey, rules.TryKind.LOOK_BACK, slug, rules.Plan(1, "", (chosen,), (), 0)
    )


@pages.post("/<slug>/look-back")
@allow(SIGNED_IN)
def answer_look_back(slug: str) -> ResponseReturnValue:
    """Take the answer to a look-back."""
    return _take(rules.TryKind.LOOK_BACK, slug)


@pages.get("/<slug>/quiz")
@allow(SIGNED_IN)
def quiz(slug: str) -> ResponseReturnValue:
    """The question that is open now."""
    journey = _journey()
    step = _step_or_404(journey, slug)
    if step.phase is rules.Phase.LOCKED:
        return _to_next(journey)
    if step.phase is rules.Phase.PASSED:
        return redirect(url_for("journey.result", slug=slug), 303)
    return _question_page(journey, step.kind, slug, step.plan, step)


@pages.post("/<slug>/quiz")
@allow(SIGNED_IN)
def answer_quiz(slug: str) -> ResponseReturnValue:
    """Take the answer to the question that is open now."""
    kind = rules.TryKind.FINAL if slug == rules.FINAL else rules.TryKind.SECTION
    return _take(kind, slug)


def _question_page(
    journey: Journey,
    kind: rules.TryKind,
    slug: str,
    plan: rules.Plan,
    step: rules.Step | None = None,
    *,
    error: str | None = None,
    checked: tuple[str, ...] = (),
) -> str:
    policy = content().version(db.session(), plan.content)
    scenario_id, scene_id = (step.waiting[0], step.scene) if step else (plan.asked[0], "")
    scenario = policy.scenario(scenario_id) or abort(404)
    scene = scenario.scene(scene_id) if scene_id else scenario.scenes[0]
    if scene is None:
        abort(404)
    kept = session.get("kept_answer") or {}
    mine = (request.path, scenario_id, journey.enrolment_public_id)
    if not error and (kept.get("path"), kept.get("scenario"), kept.get("for")) == mine:
        checked = tuple(kept["option"])
        flash(KEPT)
    view = show.question(journey, kind, slug, plan, scenario, scene, policy.digest, checked)
    return render_template(
        "journey/scenario.html",
        place=show.place(journey, slug),
        action=request.path,
        error=error,
        **show.as_context(view),
    )


def _take(kind: rules.TryKind, slug: str) -> ResponseReturnValue:
    sent = _sent(kind, slug)
    try:
        with writing() as writer:
            taken = answer(writer, content(), current_user, sent, now=utc_now())
    except AlreadyAnswered as repeated:
        taken = repeated.taken
    except ContentChanged:
        return _to_next(_journey(), CHANGED)
    except OutOfTurn:
        journey = _journey()
        _step_or_404(journey, slug)
        return _to_next(journey)
    except NotAnAnswer as fault:
        return _ask_again(kind, slug, sent, fault.message), 422
    session.pop("kept_answer", None)
    if taken.continues:
        return redirect(request.path, 303)
    return redirect(_feedback_address(kind, slug, taken.try_number, sent.scenario), 303)


def _feedback_address(kind: rules.TryKind, slug: str, number: int, scenario: str) -> str:
    if kind is rules.TryKind.LOOK_BACK:
        return url_for("journey.look_back_feedback", slug=slug)
    return url_for("journey.feedback", slug=slug, number=number, scenario_id=scenario)


def _sent(kind: rules.TryKind, slug: str) -> Sent:
    form = request.form
    number = form.get("try", "")
    return Sent(
        kind=kind,
        step=slug,
        scenario=form.get("scenario", ""),
        scene=form.get("scene", ""),
        chosen=tuple(form.getlist("option")),
        try_number=int(number)
        if number.isascii() and number.isdigit() and len(number) < 6
        else None,
        content=form.get("content", ""),
    )


def _ask_again(kind: rules.TryKind, slug: str, sent: Sent, message: str) -> str:
    journey = _journey()
    if kind is rules.TryKind.LOOK_BACK:
        plan, step = rules.Plan(1, "", (sent.scenario,), (), 0), None
    else:
        step = _step_or_404(journey, slug)
        plan = step.plan
    return _question_page(journey, kind, slug, plan, step, error=message, checked=sent.chosen)


@pages.get("/<slug>/quiz/<int:number>/<scenario_id>")
@allow(SIGNED_IN)
def feedback(slug: str, number: int, scenario_id: str) -> ResponseReturnValue:
    """What an answer led to, as it was shown then."""
    journey = _journey()
    step = _step_or_404(journey, slug)
    tried = journey.tried(step.kind, slug, number)
    following = _after_answer(step, number)
    return _feedback_page(journey, slug, tried, scenario_id, following)


@pages.get("/<slug>/look-back/done")
@allow(SIGNED_IN)
def look_back_feedback(slug: str) -> ResponseReturnValue:
    """What the look-back's answer led to."""
    journey = _journey()
    tried = journey.look_back(slug)
    if tried is None:
        return _to_next(journey)
    title = _step_or_404(journey, slug).title
    following = show.NextStep(f"Read: {title}", url_for("journey.section", slug=slug))
    return _feedback_page(journey, slug, tried, tried.asked[0], following)


def _after_answer(step: rules.Step, number: int) -> show.NextStep:
    if step.phase is rules.Phase.STARTED and step.plan.number == number:
        return show.NextStep("Next question", url_for("journey.quiz", slug=step.slug))
    return show.NextStep("See your result", url_for("journey.result", slug=step.slug))


def _feedback_page(
    journey: Journey,
    slug: str,
    tried: rules.Tried | None,
    scenario_id: str,
    following: show.NextStep,
) -> ResponseReturnValue:
    ended = [g for g in tried.answers if g.scenario == scenario_id] if tried else []
    if tried is None or not ended or ended[-1].result == "continues":
        return _to_next(journey)
    scenario = content().version(db.session(), tried.content).scenario(scenario_id)
    view = show.feedback(journey, tried, scenario, ended[-1]) if scenario else None
    if view is None:
        abort(404)
    return render_template(
        "journey/feedback.html",
        place=show.place(journey, slug),
        next=following,
        **show.as_context(view),
    )


@pages.get("/<slug>/result")
@allow(SIGNED_IN)
def result(slug: str) -> ResponseReturnValue:
    """How a try went, and what to look at again."""
    journey = _journey()
    step = _step_or_404(journey, slug)
    if step.redo and step.phase is rules.Phase.OPEN:
        return _to_next(journey, PASSED_BUT_CHANGED)
    if step.phase not in (rules.Phase.PASSED, rules.Phase.RETRY):
        return _to_next(journey)
    passed = step.phase is rules.Phase.PASSED
    again = show.NextStep("Try again", url_for("journey.quiz", slug=slug))
    return render_template(
        "journey/result.html",
        place=show.place(journey, slug),
        slug=slug,
        title=step.title,
        passed=passed,
        right=step.right,
        of=len(step.plan.counted_of),
        per_cent=step.per_cent,
        pass_mark=step.plan.pass_mark,
        tries=step.tries if passed else step.tries - 1,
        topics=[] if passed else show.topics(journey, step),
        next=show.next_step(journey) if passed else again,
        tutor_told=step.failed_tries >= rules.STUCK_AFTER,
    )


@pages.route("/declaration", methods=["GET", "POST"])
@allow(SIGNED_IN)
def declaration() -> ResponseReturnValue:
    """Sign the declaration; the certificate is issued in the same transaction."""
    journey = _journey()
    go = journey.standing.next.go
    if go is rules.Go.DONE:
        return redirect(show.done_step(journey).href, 303)
    if go is not rules.Go.DECLARE:
        return _to_next(journey)
    form = DeclarationForm()
    if request.form.get("content", journey.policy.digest) != journey.policy.digest:
        return _to_next(journey, CHANGED_DECLARATION)
    sound = form.validate_on_submit()
    asks = sound and _asks_whose_name(form.full_name.data)
    if asks or not sound:
        page = render_template(
            "journey/declaration.html",
            policy=journey.policy,
            form=form,
            name_on_record=current_user.full_name,
            asks=asks,
            place=show.place(journey, "declaration"),
        )
        return page, 422 if form.errors else 200
    here = institute()
    try:
        with writing() as writer:
            number = declare(
                writer,
                content(),
                current_user,
                form.full_name.data,
                provider=provider_of(here),
                base_url=app.extensions["settings"].base_url,
                valid_months=here.validity_months,
                now=utc_now(),
            )
    except OutOfTurn:
        return _to_next(_journey())
    session.pop("name_asked_about", None)
    return redirect(url_for("certificates.show", number=number, done=1), 303)


def _asks_whose_name(typed: str) -> bool:
    """Whether to ask about a name that is not the one on record: once, and any answer is taken."""
    if session.get("name_asked_about") == typed:
        return False
    if not plainly_another(typed, current_user.full_name):
        return False
    session["name_asked_about"] = typed
    return True


def keep_answer() -> None:
    """Hold on to an answer that arrives after the session has ended, until the next sign-in."""
    if request.method == "POST" and request.blueprint == "journey" and "scenario" in request.form:
        kept: dict[str, Any] = {
            "path": request.path,
            "scenario": request.form["scenario"][:80],
            "for": request.form.get("for", "")[:40],  # somebody else may sign in here next
            "option": [o[:80] for o in request.form.getlist("option")[:10]],
        }
        session["kept_answer"] = kept
