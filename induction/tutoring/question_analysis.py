"""What learners misunderstand: how each scenario and each of its options does.

Facility is the share of learners who decided a scenario rightly at their first try; a story is
decided by its ending, so a choice on the way may rest on a misconception where facility is high.
Discrimination is the correlation between that (1 or 0) and the share of the learner's other first
decisions that were right, so that an item is not compared with itself. Both indices are defined
in docs/tutors.md, with their source. Only tries at sections count: the final check comes after
the feedback. The database does the sums; here they become indices and words.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

from sqlalchemy import Float, case, cast, func, select
from sqlalchemy.orm import Session

from induction.curriculum.marking import Verdict
from induction.curriculum.model import Option, Policy, Scenario, Scene
from induction.database import AnyRow, AnySelect
from induction.journey.models import Answer, Attempt, Enrolment, Progress
from induction.people.access import visible_accounts
from induction.people.models import Account, Membership
from induction.progress.status import HERE

FEWEST = 5  # learners; below, a number says more about them than about the question
NEWEST = 2000  # learners looked at where everyone is asked for: the page costs the same for ever


@dataclass(frozen=True, slots=True)
class Sums:
    """What the database adds up for one scenario, over the learners who decided it."""

    learners: int
    right: int  # at first
    right_at_last: int
    # Of the learners with other decisions to compare with; x: right here, r: share right elsewhere.
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
    """The analysis of a cohort, or of everyone this viewer sees. Three queries."""
    people = population(viewer, policy, cohort_id)
    count = session.scalar(select(func.count()).select_from(people.subquery())) or 0
    sums = _sums(session, people)
    chosen = _chosen(session, people)
    items = tuple(
        _item(scenario, section.title, sums.get(scenario.id), chosen)
        for section in policy.sections
        for scenario in section.bank
    )
    beliefs = sorted(_beliefs(policy, items), key=lambda b: (-b.share, -b.count, b.text))
    few = tuple(i.scenario.title for i in items if i.learners < FEWEST)
    return Analysis(count, items, tuple(beliefs), few)


def _sums(session: Session, people: AnySelect) -> dict[str, Sums]:
    """First and last decision of each learner at each scenario, added up by the database."""
    right = case((Answer.result == Verdict.RIGHT.value, 1), else_=0)
    decisions = (
        select(
            Attempt.enrolment_id.label("learner"),
            Answer.scenario.label("scenario"),
            Attempt.number.label("number"),
            right.label("x"),
            func.max(Attempt.number)
            .over(partition_by=(Attempt.enrolment_id, Answer.scenario))
            .label("last"),
        )
        .join(Answer, Answer.attempt_id == Attempt.id)
        .where(
            Attempt.enrolment_id.in_(people),
            Attempt.kind == "section",
            Answer.result != Verdict.CONTINUES.value,
        )
        .cte("decisions")
    )
    first = select(decisions).where(decisions.c.number == 1).cte("first")
    totals = (
        select(first.c.learner, func.count().label("k"), func.sum(first.c.x).label("s"))
        .group_by(first.c.learner)
        .cte("totals")
    )
    rest = cast(totals.c.s - first.c.x, Float) / cast(func.nullif(totals.c.k - 1, 0), Float)
    rows = (
        select(first.c.scenario, first.c.x.label("x"), rest.label("r"))
        .join(totals, totals.c.learner == first.c.learner)
        .cte("rows")
    )
    compared = case((rows.c.r.is_not(None), 1), else_=0)
    x = case((rows.c.r.is_not(None), rows.c.x), else_=0)
    found = session.execute(
        select(
            rows.c.scenario,
            func.count().label("learners"),
            func.sum(rows.c.x).label("right"),
            func.sum(compared).label("n"),
            func.sum(x).label("x"),
            func.sum(rows.c.r).label("r"),
            func.sum(x * x).label("xx"),
            func.sum(rows.c.r * rows.c.r).label("rr"),
            func.sum(x * rows.c.r).label("xr"),
        ).group_by(rows.c.scenario)
    ).all()
    at_last = dict(
        session.execute(
            select(decisions.c.scenario, func.sum(decisions.c.x))
            .where(decisions.c.number == decisions.c.last)
            .group_by(decisions.c.scenario)
        ).all()
    )
    return {row.scenario: _as_sums(row, at_last[row.scenario]) for row in found}


def _as_sums(row: AnyRow, at_last: int) -> Sums:
    values = [float(v or 0) for v in (row.x, row.r, row.xx, row.rr, row.xr)]
    return Sums(row.learners, int(row.right), int(at_last), int(row.n), *values)


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
    numbered = (
        select(
            Answer.scenario,
            Answer.scene,
            Answer.chosen,
            Attempt.number,
            func.max(Attempt.number)
            .over(partition_by=(Attempt.enrolment_id, Answer.scenario, Answer.scene))
            .label("last"),
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Attempt.enrolment_id.in_(people), Attempt.kind == "section")
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


def _item(scenario: Scenario, section: str, sums: Sums | None, chosen: _Counts) -> Item:
    questions = tuple(
        DecisionStatistics(scene, tuple(_choices(scenario, scene, chosen[scenario.id, scene.id])))
        for scene in scenario.scenes
        if (scenario.id, scene.id) in chosen
    )
    if sums is None or sums.learners < FEWEST:
        learners = sums.learners if sums else 0
        return Item(scenario, section, learners, None, None, None, questions)
    return Item(
        scenario,
        section,
        sums.learners,
        sums.right / sums.learners,
        sums.right_at_last / sums.learners,
        discrimination(sums),
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
