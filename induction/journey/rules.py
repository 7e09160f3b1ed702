"""What comes next and what is locked. Pure: values in, values out; no Flask, no database.

A section opens when the one before it is passed. A section is passed when a try at it is finished
and, over all tries, enough of its scenarios have been answered right. Each further try asks only
what was missed. After the last section comes the final check, then the declaration. A tutor may
give a fresh start at a section, or excuse one: see ``Allowance``. Where a rule of the policy has
changed, the scenarios that test it are due again, and nothing else: see ``Editions``. Whoever
renews a certificate takes a final check that is drawn anew, and signs again; nothing else is asked.
So does whoever is asked to earn one again in place of one that was revoked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from induction.curriculum.model import Policy, Section
from induction.journey.draws import draw_final, drawing_seed, in_order, look_back, order_shown
from induction.journey.steps import (
    MINUTES_PER_SCENARIO,
    AttemptPlan,
    Step,
    StepStatus,
    step_from,
)
from induction.journey.tries import (
    FINAL,
    Allowance,
    AllowanceKind,
    AnswerRecord,
    AttemptKind,
    AttemptRecord,
    renewals,
)
from induction.policy.editions import ONE_EDITION, Editions

# The rest of the house knows this module alone: what the others hold is had from here.
__all__ = [
    "FINAL",
    "MINUTES_PER_SCENARIO",
    "ONE_EDITION",
    "STUCK_AFTER",
    "Allowance",
    "AllowanceKind",
    "AnswerRecord",
    "AttemptKind",
    "AttemptPlan",
    "AttemptRecord",
    "Editions",
    "JourneyState",
    "LearnerState",
    "NextAction",
    "NextKind",
    "Renewal",
    "Step",
    "StepStatus",
    "concerned_by",
    "draw_final",
    "drawing_seed",
    "due_again",
    "in_order",
    "look_back",
    "order_shown",
    "pace",
    "renewal",
    "renewals",
    "signs_for",
    "standing",
]  # fmt: skip

STUCK_AFTER = 3  # failed tries at one step before a tutor is told
A_PAUSE = timedelta(minutes=5)  # a longer wait between two answers is not thinking


class LearnerState(StrEnum):
    """Where a learner stands, in one word, for lists."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    STUCK = "stuck"
    DECLARATION = "declaration"
    COMPLETE = "complete"


class NextKind(StrEnum):
    """The kinds of next step."""

    READ = "read"
    LOOK_BACK = "look-back"
    DECIDE = "decide"
    LOOK_AGAIN = "look-again"  # after a failed try: what to read again
    DECLARE = "declare"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class NextAction:
    """The one next step."""

    go: NextKind
    slug: str = ""


@dataclass(frozen=True, slots=True)
class JourneyState:
    """Everything that pages and gates need to know about one learner's way."""

    steps: tuple[Step, ...]
    next: NextAction
    state: LearnerState
    minutes_left: int
    renewing: bool = False  # finished, but for a certificate that is being renewed

    def step(self, slug: str) -> Step | None:
        """The step with this slug, or None."""
        return next((s for s in self.steps if s.slug == slug), None)

    @property
    def present(self) -> Step | None:
        """The step the learner is at; None once all are passed."""
        return _first_open(self.steps)

    @property
    def passed(self) -> int:
        """How many steps are passed."""
        return sum(s.phase is StepStatus.PASSED for s in self.steps)


def standing(
    policy: Policy,
    audience: str,
    seed: str,
    tries: Sequence[AttemptRecord],
    *,
    declared: bool,
    allowances: Sequence[Allowance] = (),
    editions: Editions = ONE_EDITION,
    signed: int | None = None,
    renewed: int = 0,
) -> JourneyState:
    """Where a learner stands, from the curriculum and what is stored about them.

    ``declared`` is whether their declaration counts today; ``signed`` is the edition of the last
    one they signed, for whoever has finished before: all that it covered stays done. ``renewed`` is
    the number of the renewal it was signed for: a later one opens the final check, and only that.
    """
    steps: list[Step] = []
    open_so_far = True
    anew = renewals(allowances) > renewed
    for step in _unlocked_steps(policy, audience, seed, tries, allowances, editions, signed, anew):
        reachable = open_so_far or step.phase is StepStatus.PASSED
        # What is due again does not close what had been opened behind it.
        open_so_far = open_so_far and (step.phase is StepStatus.PASSED or step.redo)
        steps.append(step if reachable else _locked(step))
    to = _next(steps, tries, declared=declared)
    renewing = anew and not declared and signs_for(policy, audience, editions, signed)
    return JourneyState(
        tuple(steps), to, _state(steps, tries, to), _minutes_left(steps, tries, to), renewing
    )


def signs_for(policy: Policy, audience: str, editions: Editions, signed: int | None) -> bool:
    """Whether a declaration for this edition is for the policy in force; renewals left aside."""
    return signed is not None and signed >= editions.newest_to_sign(policy, audience)


class Renewal(StrEnum):
    """Whether a certificate may be renewed now, and otherwise why not."""

    OPEN = "open"
    UNDER_WAY = "under-way"
    FIRST_FINISH = "first-finish"  # something else is to be done first, and gives a new one too
    NONE_HELD = "none-held"
    NO_END = "no-end"
    TOO_EARLY = "too-early"


def renewal(
    standing: JourneyState, *, holds: bool, valid_until: date | None, window: int, today: date
) -> Renewal:
    """What holds for somebody's current certificate; ``window`` is in days before its last day."""
    if standing.renewing:
        return Renewal.UNDER_WAY
    if standing.next.go is not NextKind.DONE:
        return Renewal.FIRST_FINISH
    if not holds:
        return Renewal.NONE_HELD
    if valid_until is None:
        return Renewal.NO_END
    return Renewal.OPEN if today >= valid_until - timedelta(days=window) else Renewal.TOO_EARLY


def _unlocked_steps(
    policy: Policy,
    audience: str,
    seed: str,
    tries: Sequence[AttemptRecord],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
    anew: bool,  # a renewal is under way
) -> Iterable[Step]:
    sections = policy.sections_for(audience)
    for section in sections:
        yield _section_step(section, tries, allowances, editions, signed)
    excused = {a.step for a in allowances if a.kind is AllowanceKind.EXCUSED}
    taught = [s for s in sections if s.slug not in excused] or sections
    drawn = draw_final(policy, taught, drawing_seed(seed, renewals(allowances)))
    mine = [t for t in tries if t.kind is AttemptKind.FINAL and t.step == FINAL]
    first = _counts_from(FINAL, allowances)
    fresh = AttemptPlan(first, "", drawn, drawn, policy.final_check.pass_mark)
    # The final check is never due again: what is due is asked in its section. What was signed
    # before a renewal does not settle the check that the renewal asks for.
    settled = None if anew else signed
    step = step_from(
        FINAL, len(sections) + 1, "Final check", 0.5, mine, fresh, ONE_EDITION, settled
    )
    before = (a.after_try for a in allowances if a.kind is AllowanceKind.RENEWAL)
    yield replace(step, renewal=anew, before=max(before, default=0))


def _section_step(
    section: Section,
    tries: Sequence[AttemptRecord],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
) -> Step:
    ids = tuple(q.id for q in section.scenarios)
    step = step_from(
        section.slug,
        section.number,
        section.title,
        float(section.minutes),
        [t for t in tries if t.kind is AttemptKind.SECTION and t.step == section.slug],
        AttemptPlan(_counts_from(section.slug, allowances), "", ids, ids, section.pass_mark),
        editions,
        signed,
    )
    leaves = (
        a.at for a in allowances if a.kind is AllowanceKind.EXCUSED and a.step == section.slug
    )
    at = max(leaves, default=None)
    return _excuse(step, at) if at else step


def due_again(
    policy: Policy,
    audience: str,
    tries: Sequence[AttemptRecord],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
) -> dict[str, tuple[str, ...]]:
    """Section → scenarios whose answers no longer count: what ``standing`` says, and only that.

    Needs the tries at the sections that ``concerned_by`` names, and no others.
    """
    found, concerned = {}, concerned_by(policy, editions)
    for section in policy.sections_for(audience):
        if section.slug in concerned:
            due = _section_step(section, tries, allowances, editions, signed).due
            if due:
                found[section.slug] = due
    return found


def concerned_by(policy: Policy, editions: Editions) -> frozenset[str]:
    """The sections with a scenario that some edition made due again."""
    since = editions.since
    return frozenset(s.slug for s in policy.sections if any(q.id in since for q in s.scenarios))


def _counts_from(slug: str, allowances: Sequence[Allowance]) -> int:
    """The number of the first try that counts: 1 unless the step began anew."""
    given = (a for a in allowances if a.kind is not AllowanceKind.EXCUSED and a.step == slug)
    return 1 + max((a.after_try for a in given), default=0)


def _excuse(step: Step, at: datetime) -> Step:
    """The step as passed by leave; one that was passed by answers stays as it is."""
    if step.passed_at is not None:
        return step
    return replace(
        step, phase=StepStatus.PASSED, waiting=(), scene="", passed_at=at, excused=True, due=(),
        redo=False,
    )  # fmt: skip


def _locked(step: Step) -> Step:
    return replace(step, phase=StepStatus.LOCKED, scene="", passed_at=None)


def _next(steps: Sequence[Step], tries: Sequence[AttemptRecord], *, declared: bool) -> NextAction:
    if declared:
        return NextAction(NextKind.DONE)
    step = _first_open(steps)
    if step is None:
        return NextAction(NextKind.DECLARE)
    if step.phase is StepStatus.STARTED:
        return NextAction(NextKind.DECIDE, step.slug)
    if step.phase is StepStatus.RETRY:
        return NextAction(NextKind.LOOK_AGAIN, step.slug)
    looked = any(t.kind is AttemptKind.LOOK_BACK and t.step == step.slug for t in tries)
    if step is steps[0] or step.is_final or step.redo or looked:
        return NextAction(NextKind.READ, step.slug)
    return NextAction(NextKind.LOOK_BACK, step.slug)


def _first_open(steps: Sequence[Step]) -> Step | None:
    """The step to be at: a try that is under way is finished before anything else is begun."""
    begun = next((s for s in steps if s.phase is StepStatus.STARTED), None)
    return begun or next((s for s in steps if s.phase is not StepStatus.PASSED), None)


def _state(steps: Sequence[Step], tries: Sequence[AttemptRecord], to: NextAction) -> LearnerState:
    if to.go is NextKind.DONE:
        return LearnerState.COMPLETE
    if to.go is NextKind.DECLARE:
        return LearnerState.DECLARATION
    if not tries:
        return LearnerState.NOT_STARTED
    present = next(s for s in steps if s.slug == to.slug)
    return LearnerState.STUCK if present.failed_tries >= STUCK_AFTER else LearnerState.IN_PROGRESS


def _minutes_left(steps: Sequence[Step], tries: Sequence[AttemptRecord], to: NextAction) -> int:
    """An honest guess: what there is to read and decide, at this learner's own pace."""
    if to.go is NextKind.DONE:
        return 0
    minutes = 0.0
    for step in steps:
        if step.phase is not StepStatus.PASSED:
            minutes += step.deciding(len(step.waiting))
            minutes += 0 if step.phase is StepStatus.STARTED else step.reading
    return max(1, round(minutes * pace(tries) + 1))  # and one for the declaration


def pace(tries: Sequence[AttemptRecord]) -> float:
    """How long this learner takes, as a multiple of what we expect: 0.5 to 3.

    From the time between two answers of one try, leaving out pauses; 1 until five are known.
    """
    gaps = sorted(
        (later.at - earlier.at).total_seconds()
        for tried in tries
        for earlier, later in pairwise(tried.answers)
        if timedelta(0) < later.at - earlier.at <= A_PAUSE
    )
    if len(gaps) < 5:
        return 1.0
    return min(3.0, max(0.5, gaps[len(gaps) // 2] / (60 * MINUTES_PER_SCENARIO)))
