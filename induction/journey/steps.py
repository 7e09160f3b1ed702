"""One step of the way, from the tries at it: what counts, what is passed, what is asked now.

Pure: no Flask, no database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from induction.curriculum.marking import is_pass, percentage
from induction.journey.draws import EACH_ONE, Right, StepDraw
from induction.journey.tries import BEFORE_READING, FINAL, AttemptKind, AttemptRecord


class StepStatus(StrEnum):
    """How far a learner is with one step."""

    LOCKED = "locked"
    OPEN = "open"  # nothing answered yet
    STARTED = "started"  # in the middle of a try
    RETRY = "retry"  # the last try was not enough
    PASSED = "passed"


class AttemptPlan(NamedTuple):
    """What the present try at a step asks, and what the pass mark is of."""

    number: int
    content: str  # digest of the content it began with; "" where it has not begun
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int

    @classmethod
    def of(cls, tried: AttemptRecord) -> "AttemptPlan":
        """What a try that has begun asks."""
        return cls(tried.number, tried.content, tried.asked, tried.counted_of, tried.pass_mark)


class StepHeading(NamedTuple):
    """What a step is called."""

    slug: str
    number: int
    title: str


class Step(NamedTuple):
    """One section, or the final check, as it stands for this learner."""

    slug: str
    number: int
    title: str
    phase: StepStatus
    plan: AttemptPlan  # the present try; of a passed step, the last one
    waiting: tuple[str, ...]  # scenarios of the present try still to be answered
    scene: str  # where the first waiting scenario is: "" at its beginning
    right: int  # scenarios right so far, over all tries
    of: int  # out of so many; of the last try, where that was not enough
    missed: tuple[str, ...]  # scenarios not yet right after the last finished try
    failed_tries: int
    passed_at: datetime | None
    excused: bool = False  # passed by a tutor's leave, not by answers
    rules: tuple[str, ...] = ()  # clauses still to be decided rightly
    due: tuple[str, ...] = ()  # scenarios to be answered again, since a rule has changed
    tested_out: bool = False  # passed before its page was read, at first sight
    redo: bool = False  # was passed; open again for what is due, and for nothing else
    renewal: bool = False  # the final check of a renewal that is under way
    new: bool = False  # came after they signed: to be read now, and taken before they sign again
    before: int = 0  # tries at the final check that belong to certificates before this renewal

    @property
    def readable(self) -> bool:
        """Whether its page may be opened."""
        return self.new or self.phase is not StepStatus.LOCKED

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
        return percentage(self.right, self.of)


@dataclass(slots=True)
class Tally:
    """What the tries at one step add up to, edition by edition."""

    draw: StepDraw
    settled: int | None = None  # the newest edition at which the step was passed; None: never
    right: dict[str, int] = field(default_factory=dict)  # scenario → newest edition it was right at
    counted: dict[str, None] = field(default_factory=dict)  # all that passing was of, in order
    failed: int = 0  # failed tries since the step was last passed
    failed_before: int = 0
    missed: tuple[str, ...] = ()
    passed_at: datetime | None = None
    pass_mark: int | None = None  # of the try that first passed the step
    tested_out: bool = False
    last: AttemptRecord | None = None
    under_way: AttemptRecord | None = None

    def add(self, tried: AttemptRecord) -> None:
        """Take in the next try. One that a passed step did not ask for changes nothing.

        Nor does one before reading that had a miss: the section is taken as everybody takes it.
        """
        if self.under_way or (self.settled is not None and not self._asked_for(tried)):
            return
        if tried.before_reading and "wrong" in tried.ended().values():
            return
        self.last = tried
        now = self.draw.held.editions.number(tried.content)
        for scenario, result in tried.ended().items():
            if result == "right":
                self.right[scenario] = max(now, self.right.get(scenario, 0))
        self.under_way = None if tried.finished else tried
        if self.under_way:
            return
        self.missed = tuple(s for s in tried.counted_of if not self.counts(s, now))
        hits = len(tried.counted_of) - len(self.missed)
        enough = is_pass(hits, len(tried.counted_of), tried.pass_mark)
        if enough and not self.draw.owes(self.right):
            self.settled = max(now, self.settled or 0)
            self.passed_at = tried.answers[-1].at
            self.tested_out = self.tested_out or tried.before_reading
            self.counted |= dict.fromkeys(tried.counted_of)
            self.pass_mark = self.pass_mark or tried.pass_mark
            self.failed_before, self.failed = self.failed_before + self.failed, 0
        else:
            self.failed += 1

    def _asked_for(self, tried: AttemptRecord) -> bool:
        """Whether a passed step asked for this: a rule in it has changed."""
        return any(self.draw.since(s) > (self.settled or 0) for s in tried.counted_of)

    def counts(self, scenario: str, now: int) -> bool:
        """Whether this scenario was right, and still counted at an edition."""
        if scenario not in self.right:
            return False
        since = self.draw.since(scenario)
        return since > now or self.right[scenario] >= since

    @property
    def still_right(self) -> Right:
        """The scenarios that were right and count today."""
        since = self.draw.since
        return {s: edition for s, edition in self.right.items() if edition >= since(s)}

    @property
    def is_due(self) -> bool:
        """Whether the step was passed, and a rule has changed since."""
        return self.settled is not None and bool(self.draw.due(self.settled))

    @property
    def is_passed(self) -> bool:
        """Whether nothing is to be answered."""
        return self.settled is not None and not self.under_way and not self.is_due


def step_from(
    heading: StepHeading, draw: StepDraw, tries: Sequence[AttemptRecord], signed: int | None
) -> Step:
    """One step from the tries at it, and from what it asks.

    ``signed`` is the edition of a declaration that settles it, whatever the tries say.
    """
    tally = Tally(draw)
    for tried in sorted((t for t in tries if t.number >= draw.number), key=lambda t: t.number):
        tally.add(tried)
    if signed is not None:
        tally.settled = max(signed, tally.settled or 0)
    if tally.is_passed:
        return _passed(heading, tally)
    plan = _plan(tally)
    ended = tally.under_way.ended() if tally.under_way else {}
    waiting = tuple(s for s in plan.asked if s not in ended)
    right, of = _score(tally, plan)
    return Step(
        *heading, _phase(tally), plan, waiting,
        _scene_of(tally.under_way, waiting[0]) if tally.under_way and waiting else "",
        right, of, tally.missed, tally.failed,
        passed_at=None,
        rules=draw.rules(tally.still_right, tally.missed, tally.settled),
        due=_due(tally, plan),
        redo=tally.settled is not None,
    )  # fmt: skip


def unopened(heading: StepHeading, pass_mark: int) -> Step:
    """The final check before it opens: what it asks is drawn from how the sections went."""
    plan = AttemptPlan(BEFORE_READING + 1, "", (), (), pass_mark)
    return Step(*heading, StepStatus.LOCKED, plan, (), "", 0, 0, (), 0, passed_at=None)


def _passed(heading: StepHeading, tally: Tally) -> Step:
    """A step that asks nothing any more, and what passing it was of."""
    last, draw = tally.last, tally.draw
    of = tuple(tally.counted) or (last.counted_of if last else draw.first())
    plan = AttemptPlan(
        last.number if last else draw.first_number,
        last.content if last else "",
        last.asked if last else of,
        of,
        tally.pass_mark or (last.pass_mark if last else draw.mark),
    )
    return Step(
        *heading, StepStatus.PASSED, plan, (), "", sum(s in tally.right for s in of), len(of),
        tally.missed, tally.failed_before, tally.passed_at, tested_out=tally.tested_out,
    )  # fmt: skip


def _phase(tally: Tally) -> StepStatus:
    if tally.under_way:
        return StepStatus.STARTED
    return StepStatus.RETRY if tally.failed else StepStatus.OPEN


def _plan(tally: Tally) -> AttemptPlan:
    """What the present try asks."""
    last, draw = tally.last, tally.draw
    if last and tally.under_way:
        return AttemptPlan.of(last)
    if last is None and tally.settled is None:
        asked = draw.first()
        return AttemptPlan(draw.first_number, "", asked, asked, draw.mark)
    right = tally.still_right
    asked = draw.again(right, tally.missed, tally.settled)
    kept = [s for s in (last.counted_of if last else ()) if s in right]
    if tally.settled is not None:
        kept = [s for s in kept if draw.since(s) > tally.settled]
    mark = draw.mark if tally.settled is None else EACH_ONE
    number = last.number + 1 if last else draw.first_number
    return AttemptPlan(number, "", asked, tuple(dict.fromkeys([*kept, *asked])), mark)


def _score(tally: Tally, plan: AttemptPlan) -> tuple[int, int]:
    """How many are right, and of how many: of the last try, where that was not enough."""
    last = tally.last
    if last and (tally.under_way or tally.failed):
        now = tally.draw.held.editions.number(last.content)
        return sum(tally.counts(s, now) for s in last.counted_of), len(last.counted_of)
    right = tally.still_right
    return sum(s in right for s in plan.counted_of), len(plan.counted_of)


def _due(tally: Tally, plan: AttemptPlan) -> tuple[str, ...]:
    """What is to be answered again: of a passed step all it asks, else what no longer counts."""
    right = tally.still_right
    if tally.settled is None:
        return tuple(s for s in tally.right if s not in right)
    return tuple(s for s in plan.asked if s not in right)


def _scene_of(tried: AttemptRecord, scenario: str) -> str:
    """Where a story has got to."""
    return next((a.next_scene for a in reversed(tried.answers) if a.scenario == scenario), "")
