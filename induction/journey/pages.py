"""The learner's pages: hub, sections, results, declaration. Questions: ``question_pages``."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from flask_login import current_user

from induction.audit.act import acting
from induction.certificates.issuing import Issuer, issuer_of
from induction.curriculum import reading_time
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.journey import hub as on_hub
from induction.journey import presentation as show
from induction.journey import rules
from induction.journey.answering import OutOfTurn
from induction.journey.declaring import declare, waits_for_a_word
from induction.journey.forms import DeclarationForm
from induction.journey.lookups import journey_or_404, step_or_404, to_next
from induction.journey.queries import Journey, load
from induction.journey.questions import plain_rules, topics
from induction.journey.renewing import offer, renew
from induction.journey.testing_out import offered
from induction.names import plainly_another
from induction.people.access import SIGNED_IN, allow, person
from induction.people.sessions import has_yet_to_choose
from induction.policy.store import content
from induction.refusals import NotNow
from induction.uk_time import uk_day

pages = Blueprint("journey", __name__, url_prefix="/induction")

PASSED_BUT_CHANGED = (
    "You passed that part. A rule in it has changed since, so only that is asked again."
)
CHANGED_DECLARATION = (
    "The policy was updated while you had this page open. Nothing is lost: here it is as it is now."
)


@pages.get("")
@allow(SIGNED_IN)
def hub() -> ResponseReturnValue:
    """Every section with its state, the time left, one clear next step."""
    journey = load(db.session(), content(), current_user.id)
    if journey is None:
        return render_template("journey/not_enrolled.html")
    now, standing = utc_now(), journey.standing
    done = standing.passed + (standing.next.go is rules.NextKind.DONE)
    total = len(standing.steps) + 1
    left, begun = standing.minutes_left, bool(done or journey.learner.tries)
    if not begun:  # what everybody is told before
        left = reading_time.told(journey.policy, journey.learner.audience)
    return render_template(
        "journey/hub.html",
        policy=journey.policy,
        progress={
            "done": done,
            "total": total,
            "per_cent": 100 * done // total,
            "minutes_left": left,
            "begun": begun,
        },
        minutes=show.minutes,
        steps=on_hub.hub_steps(journey, left),
        next=_talk_first(journey) or show.next_step(journey),
        due=journey.due,
        overdue=journey.is_late(uk_day(now)),
        offer=offer(journey, window=institute().renewal_days, now=now),
        runs_out=on_hub.runs_out(journey, uk_day(now)),
        certificate_ends=journey.valid_until,
        welcome=on_hub.welcome(journey, now),
        withdrawn=journey.withdrawn,
        note=on_hub.note(journey),
        changed=on_hub.changed(journey),
        document=journey.in_force.document,
    )


def _talk_first(journey: Journey) -> show.NextStep | None:
    """In place of the declaration, while a tutor is to have a word first."""
    if journey.standing.next.go is not rules.NextKind.DECLARE:
        return None
    if not waits_for_a_word(journey, issuer_of(institute(), app.extensions["settings"].base_url)):
        return None
    return show.NextStep("A short talk with your tutor first", url_for("journey.declaration"))


@pages.post("/renewal")
@allow(SIGNED_IN)
def begin_renewal() -> ResponseReturnValue:
    """Begin to renew the certificate: the final check is drawn anew, then comes the declaration."""
    window = institute().renewal_days
    try:
        with acting(person(), utc_now()) as act:
            renew(act, content(), person(), window=window)
    except NotNow as refused:
        flash(str(refused))
    return redirect(url_for("journey.hub"), 303)


@pages.get("/<slug>")
@allow(SIGNED_IN)
def section(slug: str) -> ResponseReturnValue:
    """Read a section, or the introduction to the final check."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    if not step.readable:
        return to_next(journey)
    following = _after_reading(journey, step)
    where = show.place(journey, slug)
    if step.is_final:
        return render_template(
            "journey/final_check.html",
            place=where,
            draw=len(step.plan.counted_of),
            all_new=journey.learner.met.keys().isdisjoint(step.plan.asked),
            pass_mark=step.plan.pass_mark,
            next=following,
        )
    part = journey.policy.section(slug) or abort(404)
    return render_template(
        "journey/section.html",
        policy=journey.policy,
        section=part,
        body=part.body_for(journey.learner.audience),
        situations=len(step.waiting),
        clauses=[c for c in journey.policy.clauses if c.id in part.clauses],
        rules_open="rules" in request.args,  # a link to one of them unfolds them, in any browser
        changed=on_hub.changed(journey) if step.redo else None,
        unread=_instead_of_reading(journey, step),
        document=journey.in_force.document,
        of_harm=journey.policy.of_harm(part.clauses),
        place=where,
        next=following,
    )


def _instead_of_reading(journey: Journey, step: rules.Step) -> show.NextStep | None:
    """Where somebody who knows this part may show it, where that is offered."""
    plan = offered(journey, step)
    if plan is None:
        return None
    where = url_for(
        "questions.question", slug=step.slug, number=plan.number, scenario_id=plan.asked[0]
    )
    return show.NextStep("I know this part: ask me", where)


def _after_reading(journey: Journey, step: rules.Step) -> show.NextStep:
    if step.new or step.phase is rules.StepStatus.PASSED:
        return show.next_step(journey)
    part = journey.policy.section(step.slug)
    if part and part.do_now and step.phase is rules.StepStatus.OPEN and not step.redo:
        return show.NextStep("Do it now", url_for("practice.do_now", slug=step.slug))
    label = {rules.StepStatus.OPEN: "Start the questions", rules.StepStatus.STARTED: "Carry on"}
    href = url_for("questions.quiz", slug=step.slug)
    return show.NextStep(label.get(step.phase, "Try again"), href)


@pages.get("/<slug>/take-away")
@allow(SIGNED_IN)
def takeaway(slug: str) -> ResponseReturnValue:
    """One sheet to print or keep."""
    journey = journey_or_404()
    part = journey.policy.section(slug) or abort(404)
    if not step_or_404(journey, slug).readable:
        return to_next(journey)
    return render_template(
        "journey/takeaway.html",
        section=part,
        policy=journey.policy,
        of_harm=journey.policy.of_harm(part.clauses),
    )


@pages.get("/<slug>/result")
@allow(SIGNED_IN)
def result(slug: str) -> ResponseReturnValue:
    """How a try went, and what to look at again."""
    journey = journey_or_404()
    step = step_or_404(journey, slug)
    if step.redo and step.phase is rules.StepStatus.OPEN:
        return to_next(journey, PASSED_BUT_CHANGED)
    if step.phase not in (rules.StepStatus.PASSED, rules.StepStatus.RETRY):
        return to_next(journey)
    passed = step.phase is rules.StepStatus.PASSED
    number = step.plan.number if passed else step.plan.number - 1
    tried = journey.learner.tried(step.kind, slug, number)
    about = content().version(db.session(), tried.content if tried else "")
    again = show.NextStep("Try again", url_for("questions.quiz", slug=slug))
    return render_template(
        "journey/result.html",
        place=show.place(journey, slug),
        slug=slug,
        title=step.title,
        passed=passed,
        right=step.right,
        of=step.of,
        per_cent=step.per_cent,
        pass_mark=step.plan.pass_mark,
        tries=step.tries if passed else step.tries - 1,
        tested_out=step.tested_out,
        topics=[] if passed else topics(journey, step),
        plain_rules=plain_rules(about, tried),
        is_final=step.is_final,
        collection=show.collection(journey, slug) if passed else [],
        known=_to_keep_in_mind(journey, slug) if passed else "",
        next=show.next_step(journey) if passed else again,
        tutor_told=step.failed_tries >= rules.STUCK_AFTER,
    )


def _to_keep_in_mind(journey: Journey, slug: str) -> str:
    """The first line of a section's short version; nothing where it has none."""
    section = journey.policy.section(slug)
    return next(iter(section.takeaway if section else ()), "")


@pages.route("/declaration", methods=["GET", "POST"])
@allow(SIGNED_IN)
def declaration() -> ResponseReturnValue:
    """Sign the declaration; the certificate is issued in the same transaction."""
    journey = journey_or_404()
    go = journey.standing.next.go
    if go is rules.NextKind.DONE:
        return redirect(show.done_step(journey).href, 303)
    if go is not rules.NextKind.DECLARE:
        return to_next(journey)
    issuer = issuer_of(institute(), app.extensions["settings"].base_url)
    if first := _before_signing(journey, issuer):
        return first
    form = DeclarationForm()
    if request.form.get("content", journey.policy.digest) != journey.policy.digest:
        return to_next(journey, CHANGED_DECLARATION)
    sound = form.validate_on_submit()
    asks = sound and _asks_whose_name(form.full_name.data)
    if asks or not sound:
        return _to_sign(journey, form, asks=asks)
    return _sign(form.full_name.data, issuer)


def _before_signing(journey: Journey, issuer: Issuer) -> ResponseReturnValue | None:
    """What has to come first; None where they may sign."""
    if waits_for_a_word(journey, issuer):
        where = show.place(journey, "declaration")
        return render_template("journey/word_first.html", place=where)
    if has_yet_to_choose(person()):  # whoever signs is to be the one who can sign in
        return redirect(
            url_for("own_account.first_password", next=url_for("journey.declaration")), 303
        )
    return None


def _sign(name: str, issuer: Issuer) -> ResponseReturnValue:
    try:
        with acting(person(), utc_now()) as act:
            number = declare(act, content(), person(), name, issuer)
    except (OutOfTurn, NotNow):
        return to_next(journey_or_404())
    session.pop("name_asked_about", None)
    return redirect(url_for("certificates.show", number=number, done=1), 303)


def _to_sign(journey: Journey, form: DeclarationForm, *, asks: bool) -> ResponseReturnValue:
    page = render_template(
        "journey/declaration.html",
        policy=journey.policy,
        statements=journey.policy.declared_by(journey.learner.audience),
        form=form,
        name_on_record=current_user.full_name,
        asks=asks,
        place=show.place(journey, "declaration"),
    )
    return page, 422 if form.errors else 200


def _asks_whose_name(typed: str) -> bool:
    """Whether to ask about a name that is not the one on record: once, and any answer is taken."""
    if session.get("name_asked_about") == typed:
        return False
    if not plainly_another(typed, current_user.full_name):
        return False
    session["name_asked_about"] = typed
    return True
