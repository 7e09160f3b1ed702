"""What learners misunderstand: how each scenario and each of its options does.

Facility is the share of learners who decided a scenario rightly at first sight; a story is decided
by its ending, so a choice on the way may rest on a misconception where facility is high.
Discrimination is the correlation between that (1 or 0) and the share of the learner's other first
decisions that were right, so that an item is not compared with itself. Both indices are defined
in docs/tutors.md, with their source. Looking back counts nowhere.

For everybody, what was chosen is counted as it is answered, and discrimination is that of the
newest learners; so it costs the same among many as among few. For some, the database adds it up.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from sqlalchemy import CTE, Float, case, cast, func, select
from sqlalchemy.orm import Session

from induction.curriculum.marking import Verdict
from induction.curriculum.model import Option, Policy, Scenario, Scene
from induction.database import AnySelect
from induction.journey.models import (
    THAT_COUNTS,
    Answer,
    Attempt,
    Enrolment,
    OptionCount,
    Progress,
    ScenarioCount,
)
from induction.people.access import oversees_all, visible_accounts
from induction.people.models import Account, Membership
from induction.progress.status import HERE

FEWEST = 5  # learners; below, a number says more about them than about the question
NEWEST = 500  # learners whose decisions are compared with each other, where there are more


@dataclass(frozen=True, slots=True)
class ItemTally:
    """How many decided a scenario, and were right at first and at last."""

    learners: int
    right: int
    right_at_last: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What the database adds up for one scenario, over the learners who decided others too.

    x: 1 if right at first sight here, r: share right elsewhere.
    """

    n: int
    x: float
    r: float
    xx: float
    rr: float
    xr: float


@dataclass(frozen=True, slots=True)
class OptionStatistics:
    """One option, and how many chose it."""

    option: Option
    first: int
    last: int
    of: int  # learners who came to this question
    sound: bool

    @property
    def on_the_way(self) -> bool:
        """Whether a story goes on from here: it counts by its ending, not by this choice."""
        return bool(self.option.next)


@dataclass(frozen=True, slots=True)
class DecisionStatistics:
    """One scene of a scenario with its options."""

    scene: Scene
    choices: tuple[OptionStatistics, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One scenario and its indices; None where there are too few learners."""

    scenario: Scenario
    section: str
    learners: int
    facility: float | None
    facility_at_last: float | None
    discrimination: float | None
    questions: tuple[DecisionStatistics, ...]

    @property
    def is_story(self) -> bool:
        """Whether it has several scenes, and counts by its ending."""
        return len(self.scenario.scenes) > 1


@dataclass(frozen=True, slots=True)
class Belief:
    """A misconception as it showed: how many, of how many, and what to say about it."""

    text: str
    count: int
    of: int
    scenario: str
    option: str
    on_the_way: bool  # chosen in a story that went on, and may have ended well
    rule: str  # the clause in plain words

    @property
    def share(self) -> float:
        """The part of those asked who chose it."""
        return self.count / self.of


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the page shows."""

    learners: int
    items: tuple[Item, ...]
    beliefs: tuple[Belief, ...]
    too_few: tuple[str, ...] = field(default=())  # scenarios with fewer than FEWEST learners


def population(viewer: Account, policy: Policy, cohort_id: int | None) -> AnySelect:
    """The enrolments that are looked at: of one cohort, or the newest of all who have begun."""
    query = (
        select(Enrolment.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .join(Account, Account.id == Enrolment.account_id)
        .where(
            Enrolment.policy == policy.slug,
            HERE,
            Progress.begun_at.is_not(None),
        )
    )
    if cohort_id is not None:
        return query.join(Membership, Membership.account_id == Enrolment.account_id).where(
            Membership.cohort_id == cohort_id, Membership.left_at.is_(None)
        )
    query = query.where(visible_accounts(viewer))
    return query.order_by(Enrolment.id.desc()).limit(NEWEST)


def analyse(
    session: Session, viewer: Account, policy: Policy, cohort_id: int | None = None
) -> Analysis:
    """The analysis of a cohort, or of everyone this viewer sees. At most three queries."""
    people = population(viewer, policy, cohort_id)
    tallies, sums = _decided(session, people)
    if cohort_id is None and oversees_all(viewer):
        tallies, chosen = _tallies_of_all(session), _chosen_by_all(session)
    else:
        chosen = _chosen(session, people)
    items = tuple(
        _item(scenario, section.title, tallies.get(scenario.id), sums.get(scenario.id), chosen)
        for section in policy.sections
        for scenario in section.bank
    )
    beliefs = sorted(_beliefs(policy, items), key=lambda b: (-b.share, -b.count, b.text))
    few = tuple(i.scenario.title for i in items if i.learners < FEWEST)
    most = max((item.learners for item in items), default=0)
    return Analysis(most, items, tuple(beliefs), few)


def _tallies_of_all(session: Session) -> dict[str, ItemTally]:
    """As counted with each answer, under whichever content it was."""
    sums = (ScenarioCount.learners, ScenarioCount.right_first, ScenarioCount.right_last)
    rows = session.execute(
        select(ScenarioCount.scenario, *map(func.sum, sums)).group_by(ScenarioCount.scenario)
    )
    return {scenario: ItemTally(*map(int, numbers)) for scenario, *numbers in rows}


def _chosen_by_all(session: Session) -> "_Counts":
    """As counted with each answer, under whichever content it was."""
    key = (OptionCount.scenario, OptionCount.scene, OptionCount.option)
    sums = (func.sum(OptionCount.first), func.sum(OptionCount.last))
    counts: _Counts = defaultdict(dict)
    for scenario, scene, option, first, last in session.execute(select(*key, *sums).group_by(*key)):
        counts[scenario, scene][option] = (int(first), int(last))
    return counts


def _decisions(people: AnySelect) -> CTE:
    """Each decision of these people: the how-manieth theirs is at the scenario, and of how many."""
    here = (Attempt.enrolment_id, Answer.scenario)
    return (
        select(
            Attempt.enrolment_id.label("learner"),
            Answer.scenario.label("scenario"),
            case((Answer.result == Verdict.RIGHT.value, 1), else_=0).label("x"),
            func.row_number().over(partition_by=here, order_by=Answer.id).label("number"),
            func.count().over(partition_by=here).label("last"),
        )
        .join(Answer, Answer.attempt_id == Attempt.id)
        .where(
            Attempt.enrolment_id.in_(people),
            THAT_COUNTS,
            Answer.result != Verdict.CONTINUES.value,
        )
        .cte("decisions")
    )


def _decided(session: Session, people: AnySelect) -> tuple[dict[str, ItemTally], dict[str, Sums]]:
    """Of these learners, by scenario: first and last decisions, and the parts of the correlation.

    What is asked of a learner’s other decisions stands beside each of theirs, in one reading: a
    join of the decisions with themselves cost ten times as much.
    """
    given = _decisions(people)
    first, last = given.c.number == 1, given.c.number == given.c.last
    whose = given.c.learner
    beside = select(
        given.c.scenario,
        given.c.x,
        case((first, 1), else_=0).label("first"),
        case((last, 1), else_=0).label("last"),
        func.sum(case((first, 1), else_=0)).over(partition_by=whose).label("k"),
        func.sum(case((first, given.c.x), else_=0)).over(partition_by=whose).label("s"),
    ).cte("beside")
    x, k = beside.c.x, beside.c.k
    r = cast(beside.c.s - x, Float) / cast(func.nullif(k - 1, 0), Float)
    compared = (beside.c.first == 1) & (k > 1)
    rows = session.execute(
        select(
            beside.c.scenario,
            func.sum(beside.c.first),
            func.sum(beside.c.first * x),
            func.sum(beside.c.last * x),
            *(func.sum(case((compared, what), else_=0)) for what in (1, x, r, x * x, r * r, x * r)),
        ).group_by(beside.c.scenario)
    )
    tallies, sums = {}, {}
    for scenario, learners, right, right_at_last, n, *numbers in rows:
        tallies[scenario] = ItemTally(int(learners), int(right), int(right_at_last))
        sums[scenario] = Sums(int(n), *map(float, numbers))
    return tallies, sums


def discrimination(sums: Sums) -> float | None:
    """Pearson’s correlation from the sums; None where all answered alike or are too few."""
    n = sums.n
    if n < FEWEST:
        return None
    spread = (n * sums.xx - sums.x**2) * (n * sums.rr - sums.r**2)
    if spread <= 1e-9:  # rounding of a sum that is really zero
        return None
    return (n * sums.xr - sums.x * sums.r) / sqrt(spread)


_Counts = dict[tuple[str, str], dict[str, tuple[int, int]]]


def _chosen(session: Session, people: AnySelect) -> _Counts:
    """(scenario, scene) → option → how many chose it at first and at last."""
    place = (Attempt.enrolment_id, Answer.scenario, Answer.scene)
    numbered = (
        select(
            Answer.scenario,
            Answer.scene,
            Answer.chosen,
            func.row_number().over(partition_by=place, order_by=Answer.id).label("number"),
            func.count().over(partition_by=place).label("last"),
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.enrolment_id.in_(people), THAT_COUNTS)
        .cte("numbered")
    )
    rows = session.execute(
        select(
            numbered.c.scenario,
            numbered.c.scene,
            numbered.c.chosen,
            func.sum(case((numbered.c.number == 1, 1), else_=0)).label("first"),
            func.sum(case((numbered.c.number == numbered.c.last, 1), else_=0)).label("last"),
        ).group_by(numbered.c.scenario, numbered.c.scene, numbered.c.chosen)
    )
    counts: _Counts = defaultdict(dict)
    for row in rows:
        here = counts[row.scenario, row.scene]
        for option in (*row.chosen, ""):  # "": everyone who came to this question
            first, last = here.get(option, (0, 0))
            here[option] = (first + row.first, last + row.last)
    return counts


def _item(
    scenario: Scenario, section: str, tally: ItemTally | None, sums: Sums | None, chosen: _Counts
) -> Item:
    questions = tuple(
        DecisionStatistics(scene, tuple(_choices(scenario, scene, chosen[scenario.id, scene.id])))
        for scene in scenario.scenes
        if (scenario.id, scene.id) in chosen
    )
    if tally is None or tally.learners < FEWEST:
        learners = tally.learners if tally else 0
        return Item(scenario, section, learners, None, None, None, questions)
    return Item(
        scenario,
        section,
        tally.learners,
        tally.right / tally.learners,
        tally.right_at_last / tally.learners,
        discrimination(sums) if sums else None,
        questions,
    )


def _choices(
    scenario: Scenario, scene: Scene, counts: dict[str, tuple[int, int]]
) -> Iterable[OptionStatistics]:
    came = counts.get("", (0, 0))[0]
    for option in scene.options:
        first, last = counts.get(option.id, (0, 0))
        yield OptionStatistics(option, first, last, came, scenario.is_sound(option))


def _beliefs(policy: Policy, items: Iterable[Item]) -> Iterable[Belief]:
    for item in items:
        if item.learners < FEWEST:
            continue
        clause = policy.clause(item.scenario.clauses[0]) if item.scenario.clauses else None
        for question in item.questions:
            for choice in question.choices:
                if choice.option.misconception and choice.first and choice.of >= FEWEST:
                    yield Belief(
                        choice.option.misconception,
                        choice.first,
                        choice.of,
                        item.scenario.title,
                        choice.option.text,
                        choice.on_the_way,
                        clause.words if clause else "",
                    )
