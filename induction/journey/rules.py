"""What comes next and what is locked. Pure: values in, values out; no Flask, no database.

A section opens when the one before it is passed. A section is passed when a try at it is finished
and, over all tries, enough of its scenarios have been answered right. Each further try asks only
what was missed. After the last section comes the final check, then the declaration. A tutor may
give a fresh start at a section, or excuse one: see ``Allowance``. Where a rule of the policy has
changed, the scenarios that test it are due again, and nothing else: see ``Editions``. Whoever
renews a certificate takes a final check that is drawn anew, and signs again; nothing else is asked.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from induction.curriculum.marking import is_pass, percentage
from induction.curriculum.model import Kind, Policy, Section

FINAL = "final-check"
STUCK_AFTER = 3  # failed tries at one step before a tutor is told
REDO_MARK = 100  # per cent: whoever answers again for a changed rule gets each one right
MINUTES_PER_SCENARIO = 0.55  # some 130 words, choosing between them apart; then their own pace
MINUTES_SEEN_BEFORE = 0.33  # one that comes back in the final check is soon recognised
A_PAUSE = timedelta(minutes=5)  # a longer wait between two answers is not thinking


class TryKind(StrEnum):
    """What a try is at."""

    SECTION = "section"
    FINAL = "final"
    LOOK_BACK = "look-back"


class Kindness(StrEnum):
    """What a tutor may allow, and what learners may begin by themselves."""

    FRESH_START = "fresh-start"  # tries so far stay in the record and no longer count
    EXCUSED = "excused"  # counts as passed, and is called excused wherever it is shown
    RENEWAL = "renewal"  # the learner's own act: the final check begins anew, and is to be signed


class Phase(StrEnum):
    """How far a learner is with one step."""

    LOCKED = "locked"
    OPEN = "open"  # nothing answered yet
    STARTED = "started"  # in the middle of a try
    RETRY = "retry"  # the last try was not enough
    PASSED = "passed"


class State(StrEnum):
    """Where a learner stands, in one word, for lists."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    STUCK = "stuck"
    DECLARATION = "declaration"
    COMPLETE = "complete"


class Go(StrEnum):
    """The kinds of next step."""

    READ = "read"
    LOOK_BACK = "look-back"
    DECIDE = "decide"
    LOOK_AGAIN = "look-again"  # after a failed try: what to read again
    DECLARE = "declare"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as stored."""

    scenario: str
    scene: str
    shown: tuple[str, ...]
    chosen: tuple[str, ...]
    result: str  # right | wrong | continues
    next_scene: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """A try as stored, with its answers in the order they were given."""

    kind: TryKind
    step: str
    number: int
    content: str
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int
    begun_at: datetime
    answers: tuple[Given, ...] = ()
    id: int = 0  # of its row, where it has one

    def ended(self) -> dict[str, str]:
        """Scenario id to right or wrong, for each scenario that has come to its end."""
        return {a.scenario: a.result for a in self.answers if a.result != "continues"}

    @property
    def finished(self) -> bool:
        """Whether every scenario of this try has come to its end."""
        return len(self.ended()) == len(self.asked)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Something allowed at one step. A tutor's reason is in the record of acts."""

    kind: Kindness
    step: str
    after_try: int  # of a fresh start or renewal: tries up to this number no longer count
    at: datetime


@dataclass(frozen=True, slots=True)
class Editions:
    """The contents that have been in force, numbered as they came, and what each made due again.

    By number and not by the clock, which may jump. A content that was never in force has 0.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)  # digest of a content → its number
    since: Mapping[str, int] = field(default_factory=dict)  # scenario → first that counts for it
    # number → clauses whose change asks those who learn them to sign again; None asks everyone
    sign: Mapping[int, frozenset[str] | None] = field(default_factory=dict)

    def number(self, content: str) -> int:
        """The number of a content."""
        return self.numbers.get(content, 0)

    def newest_to_sign(self, policy: Policy, audience: str) -> int:
        """The first edition that a declaration of this audience must be for, to count today."""
        if not self.sign:
            return 0
        sections = sections_for(policy, audience)
        learnt = {c for s in sections for c in s.clauses}
        learnt |= {c for s in sections for q in s.scenarios for c in q.clauses}
        return max(
            (n for n, asked in self.sign.items() if asked is None or not learnt.isdisjoint(asked)),
            default=0,
        )


ONE_EDITION = Editions()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the present try at a step asks, and what the pass mark is of."""

    number: int
    content: str  # digest of the content it began with; "" where it has not begun
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int


@dataclass(frozen=True, slots=True)
class Step:
    """One section, or the final check, as it stands for this learner."""

    slug: str
    number: int
    title: str
    reading: float  # minutes
    phase: Phase
    plan: Plan  # the present try; of a passed step, the last one
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
    def kind(self) -> TryKind:
        """What a try at this step is stored as."""
        return TryKind.FINAL if self.is_final else TryKind.SECTION

    @property
    def tries(self) -> int:
        """How many tries there have been, with the present one; of this renewal, if it is one."""
        return self.plan.number - self.before

    @property
    def per_cent(self) -> int:
        """The score so far."""
        return percentage(self.right, len(self.plan.counted_of))

    def deciding(self, scenarios: int) -> float:
        """Minutes that so many of its scenarios take."""
        recent = self.is_final and not self.renewal
        return scenarios * (MINUTES_SEEN_BEFORE if recent else MINUTES_PER_SCENARIO)


@dataclass(frozen=True, slots=True)
class Next:
    """The one next step."""

    go: Go
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that pages and gates need to know about one learner's way."""

    steps: tuple[Step, ...]
    next: Next
    state: State
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
        return sum(s.phase is Phase.PASSED for s in self.steps)


def sections_for(policy: Policy, audience: str) -> tuple[Section, ...]:
    """The sections that people of this audience take."""
    return tuple(s for s in policy.sections if not s.audiences or audience in s.audiences)


def in_order(seed: str, key: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids in an order that looks random and is the same whenever it is asked for."""
    return tuple(sorted(ids, key=lambda i: hashlib.sha256(f"{seed}|{key}|{i}".encode()).digest()))


def order_shown(
    seed: str, step: str, try_number: int, scenario: str, scene: str, ids: Iterable[str]
) -> tuple[str, ...]:
    """The order of a question's options: new for each learner and each try."""
    return in_order(seed, f"{step}|{try_number}|{scenario}|{scene}", ids)


def draw_final(policy: Policy, sections: Sequence[Section], seed: str) -> tuple[str, ...]:
    """The final check's scenarios: one from each section, then others up to the number drawn."""
    firsts: list[str] = []
    others: list[str] = []
    for section in sections:
        ids = in_order(seed, f"{FINAL}|{section.slug}", (q.id for q in section.scenarios))
        firsts += ids[:1]
        others += ids[1:]
    wanted = max(0, policy.final_check.draw - len(firsts))
    return in_order(seed, FINAL, [*firsts, *in_order(seed, f"{FINAL}|more", others)[:wanted]])


def look_back(policy: Policy, tries: Iterable[Tried], seed: str, slug: str) -> str | None:
    """The scenario that a section looks back at: from an earlier section that has been passed.

    One that no other section has looked back at comes first, and among those one that was answered
    wrong at first. None for the first section.
    """
    section = policy.section(slug)
    if section is None:
        return None
    earlier = {
        q.id
        for s in policy.sections
        if s.number < section.number
        for q in s.scenarios
        if q.kind is Kind.SINGLE
    }
    first: dict[str, str] = {}
    asked_before: set[str] = set()
    for tried in tries:
        if tried.kind is TryKind.SECTION:
            for scenario, result in tried.ended().items():
                first.setdefault(scenario, result)
        elif tried.kind is TryKind.LOOK_BACK and tried.step != slug:
            asked_before.update(tried.asked)
    known = [i for i in in_order(seed, f"look-back|{slug}", earlier) if i in first]
    known.sort(key=lambda i: (i in asked_before, first[i] != "wrong"))
    return known[0] if known else None


def standing(
    policy: Policy,
    audience: str,
    seed: str,
    tries: Sequence[Tried],
    *,
    declared: bool,
    allowances: Sequence[Allowance] = (),
    editions: Editions = ONE_EDITION,
    signed: int | None = None,
    renewed: int = 0,
) -> Standing:
    """Where a learner stands, from the curriculum and what is stored about them.

    ``declared`` is whether their declaration counts today; ``signed`` is the edition of the last
    one they signed, for whoever has finished before: all that it covered stays done. ``renewed`` is
    the number of the renewal it was signed for: a later one opens the final check, and only that.
    """
    steps: list[Step] = []
    open_so_far = True
    anew = renewals(allowances) > renewed
    for step in _unlocked_steps(policy, audience, seed, tries, allowances, editions, signed, anew):
        reachable = open_so_far or step.phase is Phase.PASSED
        # What is due again does not close what had been opened behind it.
        open_so_far = open_so_far and (step.phase is Phase.PASSED or step.redo)
        steps.append(step if reachable else _locked(step))
    to = _next(steps, tries, declared=declared)
    renewing = anew and not declared and signs_for(policy, audience, editions, signed)
    return Standing(
        tuple(steps), to, _state(steps, tries, to), _minutes_left(steps, tries, to), renewing
    )


def signs_for(policy: Policy, audience: str, editions: Editions, signed: int | None) -> bool:
    """Whether a declaration for this edition is for the policy in force; renewals left aside."""
    return signed is not None and signed >= editions.newest_to_sign(policy, audience)


def renewals(allowances: Iterable[Allowance]) -> int:
    """How many renewals have been begun; the last one has this number."""
    return sum(a.kind is Kindness.RENEWAL for a in allowances)


class Renewal(StrEnum):
    """Whether a certificate may be renewed now, and otherwise why not."""

    OPEN = "open"
    UNDER_WAY = "under-way"
    FIRST_FINISH = "first-finish"  # something else is to be done first, and gives a new one too
    NONE_HELD = "none-held"
    NO_END = "no-end"
    TOO_EARLY = "too-early"


def renewal(
    standing: Standing, *, holds: bool, valid_until: date | None, window: int, today: date
) -> Renewal:
    """What holds for somebody's current certificate; ``window`` is in days before its last day."""
    if standing.renewing:
        return Renewal.UNDER_WAY
    if standing.next.go is not Go.DONE:
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
    tries: Sequence[Tried],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
    anew: bool,  # a renewal is under way
) -> Iterable[Step]:
    sections = sections_for(policy, audience)
    for section in sections:
        yield _section_step(section, tries, allowances, editions, signed)
    excused = {a.step for a in allowances if a.kind is Kindness.EXCUSED}
    taught = [s for s in sections if s.slug not in excused] or sections
    drawn = draw_final(policy, taught, drawing_seed(seed, renewals(allowances)))
    mine = [t for t in tries if t.kind is TryKind.FINAL and t.step == FINAL]
    first = _counts_from(FINAL, allowances)
    fresh = Plan(first, "", drawn, drawn, policy.final_check.pass_mark)
    # The final check is never due again: what is due is asked in its section. What was signed
    # before a renewal does not settle the check that the renewal asks for.
    settled = None if anew else signed
    step = _step(FINAL, len(sections) + 1, "Final check", 0.5, mine, fresh, ONE_EDITION, settled)
    before = (a.after_try for a in allowances if a.kind is Kindness.RENEWAL)
    yield replace(step, renewal=anew, before=max(before, default=0))


def drawing_seed(seed: str, renewal: int) -> str:
    """What decides the draw of a final check: each renewal has a draw of its own."""
    return f"{seed}|renewal|{renewal}" if renewal else seed


def _section_step(
    section: Section,
    tries: Sequence[Tried],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
) -> Step:
    ids = tuple(q.id for q in section.scenarios)
    step = _step(
        section.slug,
        section.number,
        section.title,
        float(section.minutes),
        [t for t in tries if t.kind is TryKind.SECTION and t.step == section.slug],
        Plan(_counts_from(section.slug, allowances), "", ids, ids, section.pass_mark),
        editions,
        signed,
    )
    leaves = (a.at for a in allowances if a.kind is Kindness.EXCUSED and a.step == section.slug)
    at = max(leaves, default=None)
    return _excuse(step, at) if at else step


def due_again(
    policy: Policy,
    audience: str,
    tries: Sequence[Tried],
    allowances: Sequence[Allowance],
    editions: Editions,
    signed: int | None,
) -> dict[str, tuple[str, ...]]:
    """Section → scenarios whose answers no longer count: what ``standing`` says, and only that.

    Needs the tries at the sections that ``concerned_by`` names, and no others.
    """
    found, concerned = {}, concerned_by(policy, editions)
    for section in sections_for(policy, audience):
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
    given = (a for a in allowances if a.kind is not Kindness.EXCUSED and a.step == slug)
    return 1 + max((a.after_try for a in given), default=0)


def _excuse(step: Step, at: datetime) -> Step:
    """The step as passed by leave; one that was passed by answers stays as it is."""
    if step.passed_at is not None:
        return step
    return replace(
        step, phase=Phase.PASSED, waiting=(), scene="", passed_at=at, excused=True, due=(),
        redo=False,
    )  # fmt: skip


@dataclass(slots=True)
class _Tally:
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
    last: Tried | None = None
    under_way: Tried | None = None

    def counts(self, scenario: str, now: int) -> bool:
        """Whether this scenario was right, and still counted at an edition."""
        if scenario not in self.right:
            return False
        since = self.editions.since.get(scenario, 0)
        return since > now or self.right[scenario] >= since

    def add(self, tried: Tried) -> None:
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

    def hits(self, plan: Plan, *, passed: bool) -> int:
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


def _step(
    slug: str,
    number: int,
    title: str,
    reading: float,
    tries: Sequence[Tried],
    fresh: Plan,
    editions: Editions,
    signed: int | None,
) -> Step:
    """One step from the tries at it; ``fresh`` is what the first try that counts would ask."""
    tally = _Tally(editions)
    for tried in sorted((t for t in tries if t.number >= fresh.number), key=lambda t: t.number):
        tally.add(tried)
    if signed is not None:
        tally.settled = max(signed, tally.settled or 0)
    due = tally.due(fresh.counted_of)
    plan, phase = _plan(tally, fresh, due)
    ended = tally.under_way.ended() if tally.under_way else {}
    waiting = () if phase is Phase.PASSED else tuple(s for s in plan.asked if s not in ended)
    scene = _scene_of(tally.under_way, waiting[0]) if tally.under_way and waiting else ""
    passed = phase is Phase.PASSED
    return Step(
        slug, number, title, reading, phase, plan, waiting, scene,
        tally.hits(plan, passed=passed), tally.missed,
        tally.failed_before if passed else tally.failed,
        tally.passed_at if passed else None,
        due=tuple(s for s in due if not tally.still_right(s)),
        redo=not passed and tally.settled is not None,
    )  # fmt: skip


def _plan(tally: _Tally, fresh: Plan, due: tuple[str, ...]) -> tuple[Plan, Phase]:
    """What the present try asks, and how far the learner is; for a passed step, what it was of."""
    last = tally.last
    if last and tally.under_way:
        plan = Plan(last.number, last.content, last.asked, last.counted_of, last.pass_mark)
        return plan, Phase.STARTED
    if tally.settled is not None and not due:
        if last is None:
            return fresh, Phase.PASSED
        of, mark = tuple(tally.counted) or last.counted_of, tally.pass_mark or last.pass_mark
        return Plan(last.number, last.content, last.asked, of, mark), Phase.PASSED
    counted = fresh.counted_of if tally.settled is None else due
    mark = fresh.pass_mark if tally.settled is None else REDO_MARK
    asked = tuple(s for s in counted if not tally.still_right(s)) or counted
    number = last.number + 1 if last else fresh.number
    return Plan(number, "", asked, counted, mark), Phase.RETRY if tally.failed else Phase.OPEN


def _scene_of(tried: Tried, scenario: str) -> str:
    """Where a story has got to."""
    return next((a.next_scene for a in reversed(tried.answers) if a.scenario == scenario), "")


def _locked(step: Step) -> Step:
    return replace(step, phase=Phase.LOCKED, scene="", passed_at=None)


def _next(steps: Sequence[Step], tries: Sequence[Tried], *, declared: bool) -> Next:
    if declared:
        return Next(Go.DONE)
    step = _first_open(steps)
    if step is None:
        return Next(Go.DECLARE)
    if step.phase is Phase.STARTED:
        return Next(Go.DECIDE, step.slug)
    if step.phase is Phase.RETRY:
        return Next(Go.LOOK_AGAIN, step.slug)
    looked = any(t.kind is TryKind.LOOK_BACK and t.step == step.slug for t in tries)
    if step is steps[0] or step.is_final or step.redo or looked:
        return Next(Go.READ, step.slug)
    return Next(Go.LOOK_BACK, step.slug)


def _first_open(steps: Sequence[Step]) -> Step | None:
    """The step to be at: a try that is under way is finished before anything else is begun."""
    begun = next((s for s in steps if s.phase is Phase.STARTED), None)
    return begun or next((s for s in steps if s.phase is not Phase.PASSED), None)


def _state(steps: Sequence[Step], tries: Sequence[Tried], to: Next) -> State:
    if to.go is Go.DONE:
        return State.COMPLETE
    if to.go is Go.DECLARE:
        return State.DECLARATION
    if not tries:
        return State.NOT_STARTED
    present = next(s for s in steps if s.slug == to.slug)
    return State.STUCK if present.failed_tries >= STUCK_AFTER else State.IN_PROGRESS


def _minutes_left(steps: Sequence[Step], tries: Sequence[Tried], to: Next) -> int:
    """An honest guess: what there is to read and decide, at this learner's own pace."""
    if to.go is Go.DONE:
        return 0
    minutes = 0.0
    for step in steps:
        if step.phase is not Phase.PASSED:
            minutes += step.deciding(len(step.waiting))
            minutes += 0 if step.phase is Phase.STARTED else step.reading
    return max(1, round(minutes * pace(tries) + 1))  # and one for the declaration


def pace(tries: Sequence[Tried]) -> float:
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
