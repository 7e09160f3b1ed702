"""Taking an answer: checked against the gates, marked, stored and audited in one transaction."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.model import Policy, Scenario, Scene
from induction.database import table
from induction.journey import answer_counts, rules
from induction.journey.models import Answer, Attempt, Enrolment
from induction.journey.queries import Journey, load
from induction.journey.summaries import keep_flags, summarise
from induction.journey.testing_out import offered
from induction.journey.worth import added_by_last, flags
from induction.people.models import Account
from induction.policy.store import Content

_enrolment, _attempt = table(Enrolment), table(Attempt)
LOCK = (
    select(_enrolment.c.id)
    .where(_enrolment.c.account_id == bindparam("account_id"))
    .with_for_update()
)
_BEGIN = insert(_attempt).returning(_attempt.c.id)
_GIVE = insert(table(Answer))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a learner's form carries."""

    kind: rules.AttemptKind
    step: str
    scenario: str
    scene: str
    chosen: tuple[str, ...]
    try_number: int | None = None  # None: the present one
    content: str = ""  # digest of the content that was on the page; "" where not sent


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """What became of it."""

    try_number: int
    continues: bool  # the story goes on in another scene


class OutOfTurn(Exception):
    """Not the question that is open now. Nothing was stored."""


class ContentChanged(Exception):
    """The content changed while the page was open. Nothing was stored."""


class AlreadyAnswered(Exception):
    """The very question has an answer in this try; the first one stands."""

    def __init__(self, try_number: int, first: rules.AnswerRecord) -> None:
        super().__init__()
        self.first = first
        self.taken = AnswerTaken(try_number, first.result == "continues")


def answer(act: Act, content: Content, account: Account, sent: Sent) -> AnswerTaken:
    """Store one answer. Raises NotAnAnswer, OutOfTurn, ContentChanged or AlreadyAnswered.

    The enrolment's row is locked, so that answers of one learner queue up, from however many
    devices they come.
    """
    connection = act.session.connection()
    if connection.dialect.name != "sqlite":  # one writer at a time there, from the very beginning
        connection.execute(LOCK, {"account_id": account.id})
    journey = load(act.session, content, account.id)
    if journey is None:
        raise OutOfTurn
    return answer_at(act, content, journey, sent)


def answer_at(act: Act, content: Content, journey: Journey, sent: Sent) -> AnswerTaken:
    """The same for a way that has just been read, while nobody else writes to it."""
    _refuse_repeats(journey, sent)
    plan, scene_id = _open_question(journey, sent)
    if not plan.content and sent.content not in ("", journey.policy.digest):
        raise ContentChanged
    policy = content.version(act.session, plan.content)
    scenario, scene = _find(policy, sent, scene_id)
    verdict = scenario.mark(scene, sent.chosen)
    given = rules.AnswerRecord(
        scenario.id,
        scene.id,
        rules.order_shown(
            journey.learner.seed, f"{sent.kind}:{sent.step}", plan.number, scenario, scene
        ),
        sent.chosen,
        verdict.verdict.value,
        verdict.next_scene,
        act.now,
    )  # fmt: skip
    plan = plan._replace(content=plan.content or content.keep(act))
    _store(act, content, journey, sent, plan, given)
    return AnswerTaken(plan.number, not verdict.final)


def _refuse_repeats(journey: Journey, sent: Sent) -> None:
    """The same form sent twice, ten times at once, or from two devices: the first one stands."""
    present = 1
    if sent.kind is not rules.AttemptKind.LOOK_BACK:
        step = journey.standing.step(sent.step)
        if step is None or step.phase is rules.StepStatus.LOCKED:
            raise OutOfTurn
        present = step.plan.number
    number = present if sent.try_number is None else sent.try_number
    tried = journey.learner.tried(sent.kind, sent.step, number)
    for given in tried.answers if tried else ():
        same_scene = given.scene == sent.scene or not sent.scene
        if given.scenario == sent.scenario and same_scene:
            if given.result == "continues" and not sent.scene:
                continue
            raise AlreadyAnswered(number, given)
    unread = number == rules.BEFORE_READING and sent.kind is rules.AttemptKind.SECTION
    if number != present and (tried or not unread):
        raise OutOfTurn


def _open_question(journey: Journey, sent: Sent) -> tuple[rules.AttemptPlan, str]:
    """The plan of the present try and the scene it has got to, if the question sent is open."""
    step = journey.standing.step(sent.step)
    if step is None or step.phase in (rules.StepStatus.LOCKED, rules.StepStatus.PASSED):
        raise OutOfTurn
    if sent.kind is rules.AttemptKind.LOOK_BACK:
        expected = rules.look_back(journey.policy, journey.learner, sent.step)
        if expected is None or expected != sent.scenario:
            raise OutOfTurn
        return rules.AttemptPlan(1, "", (expected,), (), 0), ""
    plan, waiting, scene = step.plan, step.waiting, step.scene
    if sent.try_number == rules.BEFORE_READING != plan.number:
        unread = offered(journey, step)
        if unread is None:
            raise OutOfTurn
        plan, waiting, scene = unread, unread.asked, ""
    if sent.kind is not step.kind or not waiting or waiting[0] != sent.scenario:
        raise OutOfTurn
    return plan, scene


def _find(policy: Policy, sent: Sent, scene_id: str) -> tuple[Scenario, Scene]:
    scenario = policy.scenario(sent.scenario)
    if scenario is None:
        raise OutOfTurn
    scene = scenario.scene(scene_id) if scene_id else scenario.scenes[0]
    if scene is None or sent.scene not in ("", scene.id):
        raise OutOfTurn
    return scenario, scene


def _store(
    act: Act, content: Content, journey: Journey, sent: Sent, plan: rules.AttemptPlan,
    given: rules.AnswerRecord,
) -> None:  # fmt: skip
    session, now = act.session, act.now
    tried = journey.learner.tried(sent.kind, sent.step, plan.number)
    tried = tried or rules.AttemptRecord(
        sent.kind, sent.step, plan.number, plan.content, plan.asked, plan.counted_of,
        plan.pass_mark, now,
    )  # fmt: skip
    tried = keep(session, journey.enrolment_id, tried, given)
    learner = journey.learner.with_try(tried)
    _weigh(session, content, journey, learner)
    standing = rules.standing(journey.in_force, learner, declared=False)
    begun_at = now if journey.begun_at is None else None
    summarise(session, journey, standing, now=now, begun_at=begun_at)
    step = next(s for s in standing.steps if s.slug == sent.step)
    _audit(act, journey, tried, step)


def keep(
    session: Session, enrolment_id: int, tried: rules.AttemptRecord, given: rules.AnswerRecord
) -> rules.AttemptRecord:
    """Write an answer, and before it the try that it begins; returns the try with the answer."""
    connection = session.connection()
    attempt_id = (
        tried.id
        or connection.execute(
            _BEGIN,
            {
                "enrolment_id": enrolment_id,
                "kind": tried.kind.value,
                "step": tried.step,
                "number": tried.number,
                "content": tried.content,
                "asked": tried.asked,
                "counted_of": tried.counted_of,
                "pass_mark": tried.pass_mark,
                "begun_at": tried.begun_at,
            },
        ).scalar_one()
    )
    connection.execute(
        _GIVE,
        {
            "attempt_id": attempt_id,
            "scenario": given.scenario,
            "scene": given.scene,
            "shown": given.shown,
            "chosen": given.chosen,
            "result": given.result,
            "next_scene": given.next_scene,
            "answered_at": given.at,
        },
    )
    return replace(tried, id=attempt_id, answers=(*tried.answers, given))


def _weigh(
    session: Session, content: Content, journey: Journey, learner: rules.LearnerRecord
) -> None:
    """Keep what the answers were worth in step with them: counts over all, and flags."""
    clauses_of = partial(content.clauses_of, session)
    learnt = added_by_last(content.slug, journey.learner.tries, learner.tries, clauses_of)
    answer_counts.add(session, learnt)
    found = flags(journey.policy, learner.tries)
    if found != journey.flags:
        keep_flags(session, journey.enrolment_id, found)


def record(act: Act, journey: Journey, tried: rules.AttemptRecord) -> None:
    """Enter the last answer of a try in the record of acts."""
    given = tried.answers[-1]
    which: dict[str, Any] = {"step": tried.step, "try": tried.number}
    act.record(
        Action.ANSWERED,
        f"enrolment:{journey.enrolment_public_id}",
        **which,
        scenario=given.scenario,
        scene=given.scene,
        shown=list(given.shown),
        chosen=list(given.chosen),
        result=given.result,
        counted=tried.kind.counts,
        content=tried.content,
    )


def _audit(act: Act, journey: Journey, tried: rules.AttemptRecord, step: rules.Step) -> None:
    record(act, journey, tried)
    if not tried.finished or tried.kind is rules.AttemptKind.LOOK_BACK:
        return
    passed = step.phase is rules.StepStatus.PASSED
    which: dict[str, Any] = {"step": tried.step, "try": tried.number}
    right, of = step.right, step.of
    if tried.before_reading:  # the step knows nothing of one that had a miss
        right, of = list(tried.ended().values()).count("right"), len(tried.asked)
    act.record(
        Action.SECTION_PASSED if passed else Action.SECTION_FAILED,
        f"enrolment:{journey.enrolment_public_id}",
        **which,
        right=right,
        of=of,
        pass_mark=tried.pass_mark,
    )
