"""The pages behind the link in the letter: two situations, then what was kept. Nobody signs in."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from induction.audit.act import acting
from induction.curriculum.marking import NotAnAnswer
from induction.curriculum.model import Scenario
from induction.database import utc_now
from induction.extensions import db
from induction.journey import questions, rules
from induction.journey.answering import ContentChanged, OutOfTurn, Sent
from induction.journey.kept_answers import chosen_in
from induction.journey.questions import Asked, QuestionShown
from induction.people.access import ANYONE, allow
from induction.policy.store import content
from induction.revisit.answering import Answered, answer
from induction.revisit.visits import Closed, NotALink, Visit, visit

pages = Blueprint("revisit", __name__, url_prefix="/revisit/<link>")

CHANGED = (
    "This question was updated while you had it open. Nothing is lost: here it is as it is now."
)
NOT_TAKEN = (
    "What you sent just now was not taken, since that question has an answer already. Nothing is "
    "lost: the first answer counts."
)


@pages.errorhandler(Closed)
def closed(_fault: Closed) -> ResponseReturnValue:
    """A link whose time is over."""
    return render_template("revisit/closed.html"), 410


@pages.get("")
@allow(ANYONE)
def begin(link: str) -> ResponseReturnValue:
    """Lead to the question that is open, or to what was kept. Opening a link uses up nothing."""
    return redirect(_address(link, _visit(link)), 303)


@pages.get("/<int:number>", defaults={"scene_id": ""})
@pages.get("/<int:number>/<scene_id>")
@allow(ANYONE)
def question(link: str, number: int, scene_id: str) -> ResponseReturnValue:
    """One of the situations, or a later scene of its story: open, or as it was answered."""
    found = _visit(link)
    here = url_for(".question", link=link, number=number, scene_id=scene_id)
    if here != _address(link, found) and not _was_answered(found, number, scene_id):
        return redirect(_address(link, found), 303)
    scenario = found.plan.asked[number - 1]
    return render_template("revisit/question.html", **_shown(link, found, scenario, scene_id))


@pages.post("")
@allow(ANYONE)
def take(link: str) -> ResponseReturnValue:
    """Take the answer to the question that is open, and lead on."""
    found = _visit(link)
    try:
        with acting(found.account, utc_now()) as act:
            answer(act, content(), link, _sent())
    except Answered as repeated:
        if not repeated.same:
            flash(NOT_TAKEN)
    except ContentChanged:
        flash(CHANGED)
    except OutOfTurn:
        pass  # the next page is the one that is open
    except NotALink:
        abort(404)
    except NotAnAnswer as unfit:
        scenario, scene = found.waiting
        ticked = chosen_in(request.form)
        shown = _shown(link, found, scenario, scene, ticked) | {"error": unfit.message}
        return render_template("revisit/question.html", **shown), 422
    return redirect(url_for(".begin", link=link), 303)


@pages.get("/kept")
@allow(ANYONE)
def kept(link: str) -> ResponseReturnValue:
    """What stayed with them, and the plain rule of each situation."""
    found = _visit(link)
    tried = found.tried
    if tried is None or not tried.finished:
        return redirect(_address(link, found), 303)
    policy = content().version(db.session(), tried.content)
    ended = tried.ended()
    known = [(q, ended[i] == "right") for i in tried.asked if (q := policy.scenario(i))]
    return render_template(
        "revisit/kept.html",
        outcomes=[_outcome(found, tried, scenario, right=right) for scenario, right in known],
        kept=sum(right for _, right in known),
        of_harm=any(policy.of_harm(scenario.clauses) for scenario, _ in known),
    )


def _visit(link: str) -> Visit:
    """What the link opens; an address that is not there, where it is none of ours."""
    try:
        return visit(db.session(), content(), link, now=utc_now())
    except NotALink:
        abort(404)


def _address(link: str, found: Visit) -> str:
    """Where the revisit goes on."""
    if found.finished:
        return url_for(".kept", link=link)
    scenario, scene = found.waiting
    number = found.plan.asked.index(scenario) + 1
    return url_for(".question", link=link, number=number, scene_id=scene)


def _was_answered(found: Visit, number: int, scene_id: str) -> bool:
    if found.tried is None or not 1 <= number <= len(found.plan.asked):
        return False
    return found.tried.answer_to(found.plan.asked[number - 1], scene_id) is not None


def _shown(
    link: str, found: Visit, scenario: str, scene_id: str, ticked: Collection[str] = ()
) -> dict[str, object]:
    """The question as it stands on the page."""
    policy = content().version(db.session(), found.plan.content)
    asked = Asked(rules.AttemptKind.REVISIT, rules.REVISIT, found.plan, scenario, scene_id)
    shown: QuestionShown = questions.question(found.journey, policy, asked) or abort(404)
    return {
        **questions.as_context(shown.ticked(ticked)),
        "on": url_for(".begin", link=link),
        "error": "",
    }


def _sent() -> Sent:
    form = request.form
    return Sent(
        rules.AttemptKind.REVISIT,
        rules.REVISIT,
        form.get("scenario", ""),
        form.get("scene", ""),
        chosen_in(form),
        content=form.get("content", ""),
    )


@dataclass(frozen=True, slots=True)
class SituationDecided:
    """One of the situations as it was decided, and its rule."""

    right: bool
    plain_html: str
    rules: list[str]  # the clauses' words, where the situation has no plain rule of its own
    situation_html: str
    question: str
    chosen: list[str]


def _outcome(
    found: Visit, tried: rules.AttemptRecord, scenario: Scenario, *, right: bool
) -> SituationDecided:
    given = [a for a in tried.answers if a.scenario == scenario.id][-1]
    scene = scenario.scene(given.scene) or scenario.scenes[-1]
    words = [c.words for c in found.journey.policy.clauses if c.id in scenario.clauses]
    return SituationDecided(
        right,
        scenario.plain_html,
        [] if scenario.plain_html else words,
        scene.situation_html,
        scene.question,
        [option.text for i in given.chosen if (option := scene.option(i))],
    )
