"""What comes next and what is locked. Pure: values in, values out; no Flask, no database.

A section opens when the one before it is passed. It is passed when each rule that is decided there
has been decided rightly: a rule that was missed is asked once more, in another situation where
there is one. After the last section comes the final check, of situations that are new to this
person (see ``draws``), then the declaration. The check is not passed while a rule was never decided
rightly, or a situation that must be right was not: no certificate exists without them. A try counts
by the mark that it began with, so what was passed under another rule stays passed.

Who knows a section before reading it may show that once, at first sight, and skip its page: see
``to_skip_reading``.

A tutor may give a fresh start at a section, or excuse one: see ``Allowance``. Where a rule of the
policy has changed, it is decided again in its section, and nothing else is: see ``Editions``. To
renew a certificate takes a final check that is drawn anew and a signature, and nothing else but
what is new: a section that somebody had not taken when they signed is taken before they sign again.
So it does to earn one again in place of one that was revoked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from induction.curriculum.model import Policy, Section
from induction.journey.draws import (
    EACH_ONE,
    CheckDraw,
    SectionDraw,
    in_order,
    look_back,
    order_shown,
)
from induction.journey.outcomes import missed_before
from induction.journey.steps import (
    AttemptPlan,
    Step,
    StepHeading,
    StepStatus,
    step_from,
    unopened,
)
from induction.journey.time_left import looks_back, minutes_left, pace
from induction.journey.tries import (
    BEFORE_READING,
    FINAL,
    REVISIT,
    Allowance,
    AllowanceKind,
    AnswerRecord,
    AttemptKind,
    AttemptRecord,
    LearnerRecord,
)
from induction.policy.editions import Editions, InForce

# The rest of the house knows this module alone: what the others hold is had from here.
__all__ = [
    "BEFORE_READING",
    "FINAL",
    "REVISIT",
    "STUCK_AFTER",
    "Allowance",
    "AllowanceKind",
    "AnswerRecord",
    "AttemptKind",
    "AttemptPlan",
    "AttemptRecord",
    "Editions",
    "InForce",
    "JourneyState",
    "LearnerRecord",
    "LearnerState",
    "NextAction",
    "NextKind",
    "Renewal",
    "Step",
    "StepStatus",
    "concerned_by",
    "due_again",
    "has_signed",
    "in_order",
    "look_back",
    "missed_before",
    "order_shown",
    "pace",
    "renewal",
    "signs_for",
    "standing",
    "to_skip_reading",
    "untaken",
]  # fmt: skip

STUCK_AFTER = 3  # failed tries at one step before a tutor is told


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
    policy: Policy = field(repr=False, compare=False)
    learner: LearnerRecord = field(repr=False, compare=False)
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

    @property
    def minutes_left(self) -> int:
        """About how long the rest takes; few who ask where somebody stands ask that."""
        if self.next.go is NextKind.DONE:
            return 0
        return minutes_left(self.policy, self.steps, self.learner)


def standing(
    held: InForce, learner: LearnerRecord, *, declared: bool | None = None
) -> JourneyState:
    """Where a learner stands, from the content in force and what is stored about them.

    ``declared`` says what would be, with their declaration or without; otherwise it is whether
    their last one counts today.
    """
    if declared is None:
        declared = has_signed(held, learner)
    steps: list[Step] = []
    open_so_far = True
    for step in _unlocked_steps(held, learner):
        if declared and _is_new(step):
            steps.append(_locked(step)._replace(new=True))
            continue
        # What is due again had been opened, and does not close what had been opened behind it.
        reachable = open_so_far or step.phase is StepStatus.PASSED or step.redo
        open_so_far = open_so_far and (step.phase is StepStatus.PASSED or step.redo)
        steps.append(step if reachable else _locked(step))
    to = _next(steps, learner.tries, declared=declared)
    state = _state(steps, learner.tries, to)
    renewing = learner.renewing and not declared and signs_for(held, learner)
    return JourneyState(tuple(steps), to, state, held.policy, learner, renewing)


def _is_new(step: Step) -> bool:
    """Whether this, of the steps of somebody who has signed, is a section that was not taken."""
    return step.phase is not StepStatus.PASSED and not step.redo and not step.is_final


def has_signed(held: InForce, learner: LearnerRecord) -> bool:
    """Whether the last declaration counts today."""
    return not learner.renewing and signs_for(held, learner)


def signs_for(held: InForce, learner: LearnerRecord) -> bool:
    """Whether the last declaration is for the policy in force; renewals left aside."""
    if learner.signed is None:
        return False
    return learner.signed >= held.editions.newest_to_sign(held.policy, learner.audience)


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


def _unlocked_steps(held: InForce, learner: LearnerRecord) -> Iterable[Step]:
    policy, allowances = held.policy, learner.allowances
    sections = policy.sections_for(learner.audience)
    passed, opened = [], True
    for section in sections:
        step = _section_step(section, held, learner)
        opened = opened and (step.phase is StepStatus.PASSED or step.redo)
        if step.phase is StepStatus.PASSED and not step.excused:
            passed.append(section)
        yield step
    tries = learner.at(AttemptKind.FINAL, FINAL)
    heading = StepHeading(FINAL, len(sections) + 1, "Final check")
    if not (opened or tries or learner.signed is not None):
        yield unopened(heading, policy.final_check.pass_mark)
        return
    excused = {a.step for a in allowances if a.kind is AllowanceKind.EXCUSED}
    taught = tuple(s for s in sections if s.slug not in excused) or sections
    # The final check is never due again: what is due is asked in its section. What was signed
    # before a renewal does not settle the check that the renewal asks for.
    step = step_from(
        heading,
        CheckDraw(held, learner, _counts_from(FINAL, allowances), taught, tuple(passed)),
        tries,
        None if learner.renewing else learner.signed,
    )
    before = (a.after_try for a in allowances if a.kind is AllowanceKind.RENEWAL)
    yield step._replace(renewal=learner.renewing, before=max(before, default=0))


def _section_step(section: Section, held: InForce, learner: LearnerRecord) -> Step:
    slug = section.slug
    counts_from = _counts_from(slug, learner.allowances, unless=BEFORE_READING)
    step = step_from(
        StepHeading(slug, section.number, section.title),
        SectionDraw(held, learner, counts_from, section),
        learner.at(AttemptKind.SECTION, slug),
        learner.signed if _covers(held, learner, slug) else None,
    )
    leaves = (
        a.at for a in learner.allowances if a.kind is AllowanceKind.EXCUSED and a.step == slug
    )
    at = max(leaves, default=None)
    return _excuse(step, at) if at else step


def _covers(held: InForce, learner: LearnerRecord, slug: str) -> bool:
    """Whether the last declaration was signed with this section taken."""
    if learner.signed is None:
        return False
    return any(
        tried.finished and held.editions.number(tried.content) <= learner.signed
        for tried in learner.at(AttemptKind.SECTION, slug)
    )


def untaken(held: InForce, learner: LearnerRecord) -> dict[str, tuple[str, ...]]:
    """Section → what it asks, of those that are new to somebody who has signed.

    They are taken before the next declaration, for whatever reason that is asked.
    """
    if learner.signed is None:
        return {}
    sections = held.policy.sections_for(learner.audience)
    new = [s for s in sections if not _covers(held, learner, s.slug)]
    steps = [_section_step(section, held, learner) for section in new]
    return {s.slug: s.plan.asked for s in steps if s.phase is not StepStatus.PASSED}


def due_again(held: InForce, learner: LearnerRecord) -> dict[str, dict[str, frozenset[str]]]:
    """Section → scenarios to be answered again → the clauses in them that have changed.

    What ``standing`` says, and only that. Needs the tries at the steps that ``concerned_by`` names,
    and no others.
    """
    found, concerned = {}, concerned_by(held)
    for section in held.policy.sections_for(learner.audience):
        if section.slug in concerned:
            due = _section_step(section, held, learner).due
            if due:
                found[section.slug] = {s: _changed(held, s) for s in due}
    return found


def _changed(held: InForce, scenario: str) -> frozenset[str]:
    known = held.policy.scenario(scenario)
    return frozenset(known.clauses if known else ()) & held.editions.since.keys()


def concerned_by(held: InForce) -> frozenset[str]:
    """The steps with a scenario whose clauses some edition has changed."""
    since = held.editions.since.keys()
    return frozenset(s.slug for s in held.policy.sections if any(since & q.clauses for q in s.bank))


def to_skip_reading(held: InForce, learner: LearnerRecord, step: Step) -> AttemptPlan | None:
    """What somebody is asked at first sight who knows a section unread; None where it is too late.

    It is offered once, before anything of the section was answered. Three situations that are right
    pass it; a miss ends the offer, and the section is taken as everybody takes it. What they leave
    undecided, and what must be right, the final check owes.
    """
    section = held.policy.section(step.slug)
    if section is None or step.phase is not StepStatus.OPEN or step.redo:
        return None
    if learner.at(AttemptKind.SECTION, step.slug):
        return None
    asked = SectionDraw(held, learner, BEFORE_READING, section).unread()
    return AttemptPlan(BEFORE_READING, "", asked, asked, EACH_ONE) if asked else None


def _counts_from(slug: str, allowances: Sequence[Allowance], *, unless: int = 1) -> int:
    """The number of the first try that counts, ``unless`` the step began anew."""
    given = (a for a in allowances if a.kind is not AllowanceKind.EXCUSED and a.step == slug)
    return max((a.after_try + 1 for a in given), default=unless)


def _excuse(step: Step, at: datetime) -> Step:
    """The step as passed by leave; one that was passed by answers stays as it is."""
    if step.passed_at is not None:
        return step
    return step._replace(
        phase=StepStatus.PASSED, waiting=(), scene="", passed_at=at, excused=True, due=(),
        redo=False,
    )  # fmt: skip


def _locked(step: Step) -> Step:
    return step._replace(phase=StepStatus.LOCKED, scene="", passed_at=None)


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
    if looks_back(steps, step, tries):
        return NextAction(NextKind.LOOK_BACK, step.slug)
    return NextAction(NextKind.READ, step.slug)


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
