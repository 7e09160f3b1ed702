"""Lists of learners: the same few queries, whatever their length.

A learner who has left is in no number and no list unless asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, String, bindparam, case, func, select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect
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
    HELD,
    HERE,
    HOLDS_NONE,
    NEEDS_SOMEBODY,
    SETTLED,
    WORD_WANTED,
    fits,
    is_overdue,
)
from induction.searching import matching, patterns

SORTS = {
    "name": (Account.full_name, Account.id),
    "last": (Progress.last_activity_at.is_(None), Progress.last_activity_at.desc(), Account.id),
    "idle": (Progress.last_activity_at.is_not(None), Progress.last_activity_at, Account.id),
    "stuck": (
        case((NEEDS_SOMEBODY, 0), else_=1),
        Progress.last_activity_at.is_not(None),
        Progress.last_activity_at,
        Account.id,
    ),
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
    among: Sequence[str] = (),
    policy: Policy,
    today: date,
) -> tuple[AnySelect, dict[str, Any]]:
    """Every learner this viewer may see, with where they stand: a statement, and its values.

    ``among`` are the public ids of those who are meant, whatever their state has become.
    """
    asked = asked or LearnerFilter()
    words = {f"word_{n}": word for n, word in enumerate(patterns(asked.search))}
    statement = _learners(
        teaches(viewer), oversees_all(viewer), cohort_id is not None,
        None if among else asked.state, tuple(words), asked.sort,
    )  # fmt: skip
    return statement, {
        "viewer_id": viewer.id,
        "cohort_id": cohort_id,
        "policy": policy.slug,
        "today": today,
        **words,
        **({"among": list(among)} if among else {}),
    }


# Built once for each kind of list: it runs with every page of one.
@cache
def _learners(
    tutor: bool,
    everywhere: bool,
    in_cohort: bool,
    state: str | None,
    words: tuple[str, ...],
    sort: str,
) -> AnySelect:
    today = bindparam("today", type_=Date)
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
            WORD_WANTED.label("word_wanted"),
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
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .where(Enrolment.policy == bindparam("policy"))
        .order_by(*SORTS.get(sort, SORTS["name"]))
    )
    if state is None:  # these and no others, whatever they are doing
        query = query.where(Account.public_id.in_(bindparam("among", expanding=True)))
    else:
        query = query.where(fits(state, today))
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


@dataclass(frozen=True, slots=True)
class Needing:
    """Who is stuck or overdue: the first of them, and how many there are."""

    rows: list[AnyRow]
    size: int
    stuck: int  # and nobody has dealt with it
    overdue: int  # some of them stuck as well


def needing(
    session: Session, viewer: Account, *, policy: Policy, today: date, most: int
) -> Needing:
    """Who needs somebody: those first who are stuck, and of them who has been away longest.

    Two queries, however many they are.
    """
    query, values = learners(
        viewer, asked=LearnerFilter("needs", sort="stuck"), policy=policy, today=today
    )
    connection = session.connection()
    size, stuck, overdue = connection.execute(_needing(query), values).one()
    rows = list(connection.execute(query.limit(most), values).all()) if size else []
    return Needing(rows, size, stuck or 0, overdue or 0)


@cache
def _needing(query: AnySelect) -> AnySelect:
    found = query.order_by(None).subquery()
    stuck = (found.c.state == LearnerState.STUCK.value) & ~found.c.settled
    return select(
        func.count(),
        func.sum(case((stuck, 1), else_=0)),
        func.sum(case((found.c.overdue, 1), else_=0)),
    ).select_from(found)
