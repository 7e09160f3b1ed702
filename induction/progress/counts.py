"""How many learners are where: of cohorts or of everybody, for boards, files and letters alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Date,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    null,
    select,
)
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, UkDay
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.paging import plainly
from induction.people.models import Account, Membership
from induction.progress.facts import everybody
from induction.progress.status import (
    HELD,
    HERE,
    NEEDS_SOMEBODY,
    Part,
    is_overdue,
    part,
)


@dataclass(slots=True)
class Counts:
    """How some learners stand, counted."""

    parts: Counter[Part] = field(default_factory=Counter)
    overdue: int = 0
    stuck: int = 0  # and not dealt with yet
    at_step: Counter[str] = field(default_factory=Counter)  # of those under way and to redo
    completed_on: Counter[date] = field(default_factory=Counter)  # of those done, by UK day

    @property
    def size(self) -> int:
        """Everybody."""
        return self.parts.total()

    @property
    def told(self) -> list[tuple[Part, int]]:
        """The parts that are worth a word, with their numbers."""
        return [(p, self.parts[p]) for p in Part if p.always_told or self.parts[p]]

    def add(self, row: AnyRow) -> None:
        """Take in a row of ``_counting``."""
        here = Part(row.part)
        self.parts[here] += row.n
        self.overdue += row.late
        self.stuck += row.stuck
        if here is Part.DONE and row.completed_on is not None:
            self.completed_on[row.completed_on] += row.n
        if here in (Part.GOING, Part.REDO):
            self.at_step[row.step or LearnerState.DECLARATION.value] += row.n


# Built once: it runs with every board and every cohort's page.
@cache
def _counting(by_day: bool) -> AnySelect:
    today = bindparam("today", type_=Date)
    day = UkDay(Progress.completed_at) if by_day else null()
    query: AnySelect = (
        select(
            Membership.cohort_id,
            part(today).label("part"),
            Progress.step,
            day.label("completed_on"),
            func.count().label("n"),
            func.sum(case((is_overdue(today), 1), else_=0)).label("late"),
            func.sum(case((NEEDS_SOMEBODY, 1), else_=0)).label("stuck"),
        )
        .select_from(Enrolment)
        .join(Account, Account.id == Enrolment.account_id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .join(Membership, Membership.account_id == Enrolment.account_id)
        .where(
            Enrolment.policy == bindparam("policy"),
            HERE,
            Membership.cohort_id.in_(bindparam("cohort_ids", expanding=True)),
            Membership.left_at.is_(None),
        )
    )
    return query.group_by("cohort_id", "part", "step", *["completed_on"] * by_day)


def of_cohorts(
    session: Session,
    cohort_ids: Sequence[int],
    *,
    policy: Policy,
    today: date,
    by_day: bool = False,
) -> dict[int, Counts]:
    """How the learners of these cohorts stand, in one query. ``by_day`` says when, too."""
    values = {"cohort_ids": list(cohort_ids), "policy": policy.slug, "today": today}
    found = {cohort_id: Counts() for cohort_id in cohort_ids}
    for row in plainly(session.connection().execute(_counting(by_day=by_day), values)):
        found[row.cohort_id].add(row)
    return found


def total(several: Iterable[Counts]) -> Counts:
    """The sum of these; whoever is in two of them is counted in both."""
    found = Counts()
    for one in several:
        found.parts += one.parts
        found.overdue += one.overdue
        found.stuck += one.stuck
    return found


def of_everybody(session: Session, *, policy: Policy, today: date) -> Counts:
    """How everybody stands, in a cohort or in none. One query, of what is kept."""
    found = Counts()
    values = {"policy": policy.slug, "today": today}
    for row in session.connection().execute(_of_everybody(), values):
        found.add(row)
    return found


@cache
def _of_everybody() -> AnySelect:
    kept = everybody()
    query: AnySelect = (
        select(
            kept.c.part,
            kept.c.step,
            null().label("completed_on"),
            func.sum(kept.c.n).label("n"),
            func.sum(case((kept.c.late, kept.c.n), else_=0)).label("late"),
            func.sum(case((kept.c.stuck, kept.c.n), else_=0)).label("stuck"),
        )
        .where(kept.c.policy == bindparam("policy"), *_here(kept))
        .group_by(kept.c.part, kept.c.step)
        .having(func.sum(kept.c.n) > 0)
    )
    return query


def _here(kept: Subquery) -> tuple[ColumnElement[bool], ...]:
    return kept.c.ended.is_(False), kept.c.left.is_(False)


def _how_many(kept: Subquery, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((and_(*conditions), kept.c.n), else_=0)), 0)


def needing(session: Session, *, policy: Policy, today: date) -> tuple[int, int, int]:
    """Of everybody: how many are stuck or overdue, how many of these stuck, and overdue."""
    kept = everybody()
    query = select(
        _how_many(kept, kept.c.stuck | kept.c.late),
        _how_many(kept, kept.c.stuck),
        _how_many(kept, kept.c.late),
    ).where(kept.c.policy == policy.slug, *_here(kept))
    size, stuck, overdue = session.execute(query, {"today": today}).one()
    return int(size), int(stuck), int(overdue)


def without_certificate(session: Session, *, policy: Policy, today: date) -> tuple[int, int]:
    """How many of everybody hold nothing that counts, and how many of these have to redo something.

    Among them is whoever is no staff and is not enrolled.
    """
    kept = everybody()
    on_it, mine = kept.c.policy == policy.slug, kept.c.staff.is_(False)
    counts = kept.c.holds & (kept.c.part == Part.DONE.value)
    query = select(
        _how_many(kept, on_it, kept.c.left.is_(False), ~counts),
        _how_many(kept, on_it, kept.c.left.is_(False), kept.c.part == Part.REDO.value),
        _how_many(kept, kept.c.policy == "", mine) - _how_many(kept, on_it, mine),
    ).where(kept.c.ended.is_(False))
    enrolled, redo, others = session.execute(query, {"today": today}).one()
    return int(enrolled) + int(others), int(redo)


@dataclass(frozen=True, slots=True)
class CurrentCertificates:
    """How many are current, and how they stand."""

    in_time: int
    expired: int
    excused: int  # a section was let pass
    on_behalf: int  # somebody else recorded the declaration


def current_certificates(session: Session, *, today: date) -> CurrentCertificates:
    """Of everybody, whether or not they are here."""
    kept = everybody()
    query = select(
        _how_many(kept, ~kept.c.expired), _how_many(kept, kept.c.expired),
        _how_many(kept, kept.c.excused), _how_many(kept, kept.c.on_behalf),
    ).where(kept.c.holds.is_(True))  # fmt: skip
    return CurrentCertificates(*map(int, session.execute(query, {"today": today}).one()))
