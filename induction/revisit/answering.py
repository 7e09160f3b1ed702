"""Taking an answer at a revisit: marked, stored, counted and audited in one transaction.

The certificate and where the learner stands are not touched.
"""

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.model import Policy, Scenario, Scene
from induction.database import table
from induction.journey import answering, rules
from induction.journey.answering import ContentChanged, OutOfTurn, Sent
from induction.policy.store import Content
from induction.revisit import kept_counts
from induction.revisit.kept_counts import SITUATION, Added
from induction.revisit.models import Revisit
from induction.revisit.rules import Occasion
from induction.revisit.visits import Visit, visit

_revisit = table(Revisit)


class Answered(Exception):
    """The very question has an answer; the first one stands. Nothing was stored.

    ``same`` tells whether this one says the same.
    """

    def __init__(self, *, same: bool) -> None:
        super().__init__()
        self.same = same


def answer(act: Act, content: Content, link: str, sent: Sent) -> None:
    """Store one answer; the act is of the person whose link it is.

    Raises NotALink, Closed, NotAnAnswer, OutOfTurn, ContentChanged or Answered. The enrolment's row
    is locked first, so that the same form sent ten times at once is one answer.
    """
    act.session.execute(answering.LOCK, {"account_id": act.account_id})
    open_now = visit(act.session, content, link, now=act.now)
    _refuse_repeats(open_now, sent)
    policy, scenario, scene = _question(act.session, content, open_now, sent)
    verdict = scenario.mark(scene, sent.chosen)
    plan, seed = open_now.plan, open_now.journey.learner.seed
    key = f"{sent.kind}:{sent.step}"
    given = rules.AnswerRecord(
        scenario.id, scene.id,
        rules.order_shown(seed, key, plan.number, scenario, scene),
        sent.chosen, verdict.verdict.value, verdict.next_scene, act.now,
    )  # fmt: skip
    tried = open_now.tried or rules.AttemptRecord(
        sent.kind, sent.step, plan.number, content.keep(act), plan.asked, (), 0, act.now
    )
    tried = answering.keep(act.session, open_now.journey.enrolment_id, tried, given)
    if verdict.final:
        _count(act, policy, open_now, tried)
    answering.record(act, open_now.journey, tried)
    if tried.finished:
        _tell(act, open_now, tried)


def _refuse_repeats(open_now: Visit, sent: Sent) -> None:
    for given in open_now.tried.answers if open_now.tried else ():
        if (given.scenario, given.scene) == (sent.scenario, sent.scene):
            raise Answered(same=set(given.chosen) == set(sent.chosen))
    if open_now.finished:
        raise OutOfTurn


def _question(
    session: Session, content: Content, open_now: Visit, sent: Sent
) -> tuple[Policy, Scenario, Scene]:
    """The question that was sent, where it is the one that is open."""
    waiting, scene_id = open_now.waiting
    if not open_now.tried and sent.content != open_now.journey.policy.digest:
        raise ContentChanged
    policy = content.version(session, open_now.plan.content)
    scenario = policy.scenario(waiting)
    if scenario is None or sent.scenario != waiting:
        raise OutOfTurn
    scene = scenario.scene(scene_id) if scene_id else scenario.scenes[0]
    if scene is None or sent.scene != scene.id:
        raise OutOfTurn
    return policy, scenario, scene


def _count(act: Act, policy: Policy, open_now: Visit, tried: rules.AttemptRecord) -> None:
    """Sum up one decision: on the revisit's own row, and in the counts over all."""
    given, row = tried.answers[-1], open_now.row
    ended = tried.ended()
    right = sum(result == "right" for result in ended.values())
    act.session.execute(
        update(_revisit)
        .where(_revisit.c.id == row.id)
        .values(asked=len(ended), kept=right, answered_at=act.now)
    )
    scenario, more = policy.scenario(given.scenario), Added()
    account_id = open_now.account.id
    for cohort in kept_counts.cohorts_of(act.session, [account_id])[account_id]:
        for clause in (SITUATION, *(scenario.clauses if scenario else ())):
            more[cohort, clause, "asked"] += 1
            more[cohort, clause, "kept"] += given.result == "right"
        more[cohort, SITUATION, "finished"] += tried.finished
    kept_counts.add(act.session, policy.slug, Occasion(row.occasion), more)


def _tell(act: Act, open_now: Visit, tried: rules.AttemptRecord) -> None:
    results = tried.ended().values()
    which: dict[str, Any] = {"step": tried.step, "try": tried.number}
    act.record(
        Action.REVISITED,
        f"enrolment:{open_now.journey.enrolment_public_id}",
        **which,
        right=sum(result == "right" for result in results),
        of=len(results),
    )
