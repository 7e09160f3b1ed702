"""Reads for tutors: the same few queries for a list, whatever its length.

A learner who has left is in no number and no list unless asked for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    Date,
    Integer,
    String,
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
from induction.people.access import (
    cohorts_visible_to,
    oversees_all,
    teaches,
    visible_to,
)
from induction.people.learner_fields import ON_BOARD
from induction.people.models import Account, Cohort, Membership
from induction.progress.status import (
    DUE_ON,
    ENDED_AT,
    FINISHED,
    HERE,
    HOLDS_NONE,
    NEEDS_SOMEBODY,
    SETTLED,
    LearnerStatus,
    fits,
    is_overdue,
)
from induction.searching import matching, patterns

SORTS = {
    "name": (Account.full_name, Account.id),
    "last": (Progress.last_activity_at.is_(None), Progress.last_activity_at.desc(), Account.id),
    "idle": (Progress.last_activity_at.is_not(None), Progress.last_activity_at, Account.id),
    "due": (DUE_ON.is_(None), DUE_ON, Account.full_name, Account.id),
    "progress": (Progress.passed, Account.full_name, Account.id),
}


@dataclass(frozen=True, slots=True)
class LearnerFilter:
    """Which learners of a list, and in which order."""

    state: str = ""
    search: str = ""
    sort: str = "name"

    @property
    def narrowed(self) -> bool:
        """Whether this is less than everyone."""
        return bool(self.state or self.search)


def learners(
    viewer: Account,
    *,
    cohort_id: int | None = None,
    asked: LearnerFilter | None = None,
    policy: Policy,
    today: date,
) -> tuple[AnySelect, dict[str, Any]]:
    """Every learner this viewer may see, with where they stand: a statement, and its values."""
    asked = asked or LearnerFilter()
    words = {f"word_{n}": word for n, word in enumerate(patterns(asked.search))}
    statement = _learners(
        teaches(viewer), oversees_all(viewer), cohort_id is not None, asked.state, tuple(words),
        asked.sort,
    )  # fmt: skip
    return statement, {
        "viewer_id": viewer.id,
        "cohort_id": cohort_id,
        "policy": policy.slug,
        "today": today,
        **words,
    }


# Built once for each kind of list: it runs with every page of one.
@cache
def _learners(
    tutor: bool, everywhere: bool, in_cohort: bool, state: str, words: tuple[str, ...], sort: str
) -> AnySelect:
    today = bindparam("today", type_=Date)
    held = (CurrentCertificate.account_id == Account.id) & (
        CurrentCertificate.policy == Enrolment.policy
    )
    query: AnySelect = (
        select(
            Account.public_id,
            *(getattr(Account, name) for name in ON_BOARD),
            Cohort.name.label("cohort"),
            Enrolment.id.label("enrolment_id"),
            DUE_ON.label("due_on"),
            (HERE & is_overdue(today)).label("overdue"),
            Enrolment.left_at,
            ENDED_AT.label("ended_at"),
            Progress.state,
            Progress.step,
            Progress.passed,
            Progress.steps,
            Progress.failed_tries,
            SETTLED.label("settled"),
            Progress.last_activity_at,
            Progress.completed_at,
            Progress.renewing,
            HOLDS_NONE.label("withdrawn"),
            Certificate.number,
            Certificate.policy_version,
            Certificate.valid_until,
        )
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(CurrentCertificate, held)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .where(Enrolment.policy == bindparam("policy"), fits(state, today))
        .order_by(*SORTS.get(sort, SORTS["name"]))
    )
    viewer = bindparam("viewer_id", type_=Integer)
    if in_cohort:
        theirs = cohorts_visible_to(viewer, everywhere=everywhere)
        query = query.where(Membership.cohort_id == bindparam("cohort_id"), theirs)
    else:
        query = query.where(visible_to(viewer, tutor=tutor, everywhere=everywhere))
    if words:
        wanted = [bindparam(word, type_=String) for word in words]
        query = query.where(matching(wanted, Account.full_name, Account.learner_ref, Account.email))
    return query


@dataclass(slots=True)
class CohortCounts:
    """How the learners of one cohort stand, counted."""

    size: int = 0
    done: int = 0
    withdrawn: int = 0  # finished, and what they earned was taken back
    waiting: int = 0
    overdue: int = 0
    stuck: int = 0  # and not dealt with yet
    at_step: Counter[str] = field(default_factory=Counter)  # of those under way
    completed_on: Counter[date] = field(default_factory=Counter)  # of those done, by UK day

    @property
    def going(self) -> int:
        """Begun and not finished."""
        return self.size - self.done - self.withdrawn - self.waiting


# Built once: it runs with every board and every cohort's page.
@cache
def _standings(by_day: bool) -> AnySelect:
    day = UkDay(Progress.completed_at) if by_day else null()
    return (
        select(
            Membership.cohort_id,
            Progress.state,
            Progress.step,
            day.label("completed_on"),
            func.count().label("n"),
            func.sum(case((is_overdue(bindparam("today", type_=Date)), 1), else_=0)).label("late"),
            func.sum(case((NEEDS_SOMEBODY, 1), else_=0)).label("stuck"),
            func.sum(case((FINISHED & HOLDS_NONE, 1), else_=0)).label("withdrawn"),
        )
        .join(Enrolment, Enrolment.account_id == Membership.account_id)
        .join(Account, Account.id == Membership.account_id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .where(
            Membership.cohort_id.in_(bindparam("cohort_ids", expanding=True)),
            Membership.left_at.is_(None),
            Enrolment.policy == bindparam("policy"),
            HERE,
        )
        .group_by(Membership.cohort_id, Progress.state, Progress.step, *([day] if by_day else []))
    )


def standings(
    session: Session,
    cohort_ids: Sequence[int],
    *,
    policy: Policy,
    today: date,
    by_day: bool = False,
) -> dict[int, CohortCounts]:
    """How the learners of these cohorts stand, in one query. ``by_day`` says when, too."""
    values = {"cohort_ids": list(cohort_ids), "policy": policy.slug, "today": today}
    found = {cohort_id: CohortCounts() for cohort_id in cohort_ids}
    for cohort_id, state, step, day, n, late, stuck, withdrawn in session.connection().execute(
        _standings(by_day), values
    ):
        one = found[cohort_id]
        one.size += n
        one.overdue += late
        one.stuck += stuck
        one.withdrawn += withdrawn
        if day is not None and n > withdrawn:
            one.completed_on[day] += n - withdrawn
        if state == LearnerState.COMPLETE:
            one.done += n - withdrawn
        elif state == LearnerState.NOT_STARTED:
            one.waiting += n
        else:
            one.at_step[step or LearnerState.DECLARATION.value] += n
    return found


def needing(session: Session, viewer: Account, *, policy: Policy, today: date) -> list[AnyRow]:
    """A few people who are stuck and whom nobody has dealt with, those waiting longest first."""
    query, values = learners(
        viewer, asked=LearnerFilter(LearnerStatus.STUCK, sort="idle"), policy=policy, today=today
    )
    return list(session.execute(query.limit(8), values).all())
