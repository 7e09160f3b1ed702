"""How many learners are where: of cohorts or of everybody, for boards, files and letters alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from sqlalchemy import Date, bindparam, case, func, null, select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, UkDay
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.models import Account, Membership
from induction.progress.status import HELD, HERE, NEEDS_SOMEBODY, Part, is_overdue, part


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
def _counting(by_cohort: bool, by_day: bool) -> AnySelect:
    today = bindparam("today", type_=Date)
    day = UkDay(Progress.completed_at) if by_day else null()
    query: AnySelect = (
        select(
            (Membership.cohort_id if by_cohort else null()).label("cohort_id"),
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
        .where(Enrolment.policy == bindparam("policy"), HERE)
    )
    if by_cohort:
        query = query.join(Membership, Membership.account_id == Enrolment.account_id).where(
            Membership.cohort_id.in_(bindparam("cohort_ids", expanding=True)),
            Membership.left_at.is_(None),
        )
    groups = ["cohort_id"] * by_cohort + ["part", "step"] + ["completed_on"] * by_day
    return query.group_by(*groups)


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
    for row in session.connection().execute(_counting(by_cohort=True, by_day=by_day), values):
        found[row.cohort_id].add(row)
    return found


def of_everybody(session: Session, *, policy: Policy, today: date) -> Counts:
    """How everybody stands, in a cohort or in none. One query."""
    found = Counts()
    values = {"policy": policy.slug, "today": today}
    for row in session.connection().execute(_counting(by_cohort=False, by_day=False), values):
        found.add(row)
    return found
