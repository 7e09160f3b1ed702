"""One step of the way, from the tries at it: what counts, what is passed, what is asked now.

Pure: no Flask, no database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from induction.curriculum.marking import is_pass, percentage
from induction.journey.tries import FINAL, AttemptKind, AttemptRecord
from induction.policy.editions import Editions

REDO_MARK = 100  # per cent: whoever answers again for a changed rule gets each one right


class StepStatus(StrEnum):
    """How far a learner is with one step."""

    LOCKED = "locked"
    OPEN = "open"  # nothing answered yet
    STARTED = "started"  # in the middle of a try
    RETRY = "retry"  # the last try was not enough
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class AttemptPlan:
    """What the present try at a step asks, and what the pass mark is of."""

    number: int
    content: str  # digest of the content it began with; "" where it has not begun
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int


class StepHeading(NamedTuple):
    """What a step is called."""

    slug: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Step:
    """One section, or the final check, as it stands for this learner."""

    slug: str
    number: int
    title: str
    phase: StepStatus
    plan: AttemptPlan  # the present try; of a passed step, the last one
    waiting: tuple[str, ...]  # scenarios of the present try still to be answered
    scene: str  # where the first waiting scenario is: "" at its beginning
    right: int  # scenarios right so far, over all tries
    missed: tuple[str, ...]  # scenarios not yet right after the last finished try
    failed_tries: int
    passed_at: datetime | None
    excused: bool = False  # passed by a tutor's leave, not by answers
    due: tuple[str, ...] = ()  # scenarios whose answers no longer count, since a rule has changed
    redo: bool = False  # was passed; open again for what is due, and for nothing else
    renewal: bool = False  # the final check of a renewal that is under way
    before: int = 0  # tries at the final check that belong to certificates before this renewal

    @property
    def is_final(self) -> bool:
        """Whether this is the final check."""
        return self.slug == FINAL

    @property
    def kind(self) -> AttemptKind:
        """What a try at this step is stored as."""
        return AttemptKind.FINAL if self.is_final else AttemptKind.SECTION

    @property
    def tries(self) -> int:
        """How many tries there have been, with the present one; of this renewal, if it is one."""
        return self.plan.number - self.before

    @property
    def per_cent(self) -> int:
        """The score so far."""
        return percentage(self.right, len(self.plan.counted_of))


@dataclass(slots=True)
class Tally:
    """What the tries at one step add up to, edition by edition."""

    editions: Editions
    settled: int | None = None  # the newest edition at which the step was passed; None: never
    right: dict[str, int] = field(default_factory=dict)  # scenario → newest edition it was right at
    counted: dict[str, None] = field(default_factory=dict)  # all that passing was of, in order
    failed: int = 0  # failed tries since the step was last passed
    failed_before: int = 0
    missed: tuple[str, ...] = ()
    passed_at: datetime | None = None
    pass_mark: int | None = None  # of the try that first passed the step
    last: AttemptRecord | None = None
    under_way: AttemptRecord | None = None

    def counts(self, scenario: str, now: int) -> bool:
        """Whether this scenario was right, and still counted at an edition."""
        if scenario not in self.right:
            return False
        since = self.editions.since.get(scenario, 0)
        return since > now or self.right[scenario] >= since

    def add(self, tried: AttemptRecord) -> None:
        """Take in the next try. One that a passed step did not ask for changes nothing."""
        if self.under_way or (self.settled is not None and not self.due(tried.counted_of)):
            return
        self.last = tried
        now = self.editions.number(tried.content)
        for scenario, result in tried.ended().items():
            if result == "right":
                self.right[scenario] = max(now, self.right.get(scenario, 0))
        self.under_way = None if tried.finished else tried
        if self.under_way:
            return
        self.missed = tuple(s for s in tried.counted_of if not self.counts(s, now))
        hits = len(tried.counted_of) - len(self.missed)
        if is_pass(hits, len(tried.counted_of), tried.pass_mark):
            self.settled = max(now, self.settled or 0)
            self.passed_at = tried.answers[-1].at
            self.counted |= dict.fromkeys(tried.counted_of)
            self.pass_mark = self.pass_mark or tried.pass_mark
            self.failed_before, self.failed = self.failed_before + self.failed, 0
        else:
            self.failed += 1

    def due(self, scenarios: Iterable[str]) -> tuple[str, ...]:
        """Which of a section's scenarios have to be answered again, since their rule changed."""
        since = self.editions.since
        if self.settled is None:
            return tuple(s for s in self.right if self.right[s] < since.get(s, 0))
        return tuple(s for s in scenarios if since.get(s, 0) > self.settled)

    def hits(self, plan: AttemptPlan, *, passed: bool) -> int:
        """How many of a plan's scenarios are right; what was passed stays as it was."""
        if passed:
            return sum(s in self.right for s in plan.counted_of)
        if self.under_way:
            now = self.editions.number(plan.content)
            return sum(self.counts(s, now) for s in plan.counted_of)
        return sum(self.still_right(s) for s in plan.counted_of)

    def still_right(self, scenario: str) -> bool:
        """Whether this scenario was right and counts today."""
        return self.right.get(scenario, -1) >= self.editions.since.get(scenario, 0)


def step_from(
    heading: StepHeading,
    fresh: AttemptPlan,
    tries: Sequence[AttemptRecord],
    editions: Editions,
    signed: int | None,
) -> Step:
    """One step from the tries at it; ``fresh`` is what the first try that counts would ask.

    ``signed`` is the edition of a declaration that settles it, whatever the tries say.
    """
    tally = Tally(editions)
    for tried in sorted((t for t in tries if t.number >= fresh.number), key=lambda t: t.number):
        tally.add(tried)
    if signed is not None:
        tally.settled = max(signed, tally.settled or 0)
    due = tally.due(fresh.counted_of)
    plan, phase = _plan(tally, fresh, due)
    ended = tally.under_way.ended() if tally.under_way else {}
    waiting = () if phase is StepStatus.PASSED else tuple(s for s in plan.asked if s not in ended)
    scene = _scene_of(tally.under_way, waiting[0]) if tally.under_way and waiting else ""
    passed = phase is StepStatus.PASSED
    return Step(
        *heading, phase, plan, waiting, scene,
        tally.hits(plan, passed=passed), tally.missed,
        tally.failed_before if passed else tally.failed,
        tally.passed_at if passed else None,
        due=tuple(s for s in due if not tally.still_right(s)),
        redo=not passed and tally.settled is not None,
    )  # fmt: skip


def _plan(tally: Tally, fresh: AttemptPlan, due: tuple[str, ...]) -> tuple[AttemptPlan, StepStatus]:
    """What the present try asks, and how far the learner is; for a passed step, what it was of."""
    last = tally.last
    if last and tally.under_way:
        plan = AttemptPlan(last.number, last.content, last.asked, last.counted_of, last.pass_mark)
        return plan, StepStatus.STARTED
    if tally.settled is not None and not due:
        if last is None:
            return fresh, StepStatus.PASSED
        of, mark = tuple(tally.counted) or last.counted_of, tally.pass_mark or last.pass_mark
        return AttemptPlan(last.number, last.content, last.asked, of, mark), StepStatus.PASSED
    counted = fresh.counted_of if tally.settled is None else due
    mark = fresh.pass_mark if tally.settled is None else REDO_MARK
    asked = tuple(s for s in counted if not tally.still_right(s)) or counted
    number = last.number + 1 if last else fresh.number
    return AttemptPlan(
        number, "", asked, counted, mark
    ), StepStatus.RETRY if tally.failed else StepStatus.OPEN


def _scene_of(tried: AttemptRecord, scenario: str) -> str:
    """Where a story has got to."""
    return next((a.next_scene for a in reversed(tried.answers) if a.scenario == scenario), "")
