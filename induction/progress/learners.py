"""Lists of learners: the same few queries, whatever their length.

A learner who has left is in no number and no list unless asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, String, bindparam, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.certificates.models import Certificate, CurrentCertificate
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.paging import COUNTED, Pages, page_found, page_of
from induction.people.access import (
    cohorts_visible_to,
    oversees_all,
    teaches,
    visible_to,
)
from induction.people.finding import meant
from induction.people.learner_fields import ON_BOARD
from induction.people.models import IN_NOW, MAIN_NOW, Account, Cohort, Membership
from induction.progress import counts
from induction.progress.status import (
    DUE_ON,
    ENDED_AT,
    HELD,
    HERE,
    HOLDS_NONE,
    NEEDS_SOMEBODY,
    NEW,
    SETTLED,
    WORD_WANTED,
    LearnerStatus,
    fits,
    is_overdue,
)
from induction.searching import begin_plainly, beginnings, patterns

SORTS = {
    "name": (Account.sort_name, Account.id),
    "last": (Progress.last_activity_at.is_(None), Progress.last_activity_at.desc(), Account.id),
    "idle": (Progress.last_activity_at.is_not(None), Progress.last_activity_at, Account.id),
    "stuck": (
        case((NEEDS_SOMEBODY, 0), else_=1),
        Progress.last_activity_at.is_not(None),
        Progress.last_activity_at,
        Account.id,
    ),
    "due": (DUE_ON.is_(None), DUE_ON, Account.sort_name, Account.id),
    "progress": (Progress.passed, Account.sort_name, Account.id),
}
_AWAY = {"away": (Progress.last_activity_at, Account.id)}  # as "stuck" where all are, by an index


@dataclass(frozen=True, slots=True)
class LearnerFilter:
    """Which learners of a list, and in which order."""

    state: str = ""
    search: str = ""
    sort: str = "name"
    employer: str = ""
    since: datetime | None = None  # for what is new: when the viewer was here before

    @property
    def narrowed(self) -> bool:
        """Whether this is less than everyone."""
        return bool(self.state or self.search or self.employer)


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
    kind, values = _asked(viewer, asked or LearnerFilter(), policy=policy, today=today)
    kind = replace(kind, in_cohort=cohort_id is not None)
    if among:
        kind = replace(kind, state=None)
        values.pop("since", None)
        values["among"] = list(among)
    return _learners(kind), {**values, "cohort_id": cohort_id}


def of_cohort(
    viewer: Account, cohort_id: int, asked: LearnerFilter, *, policy: Policy, today: date
) -> tuple[AnySelect, AnySelect, dict[str, Any]]:
    """Who is in the list of a cohort, what lists say of them, and the values: for ``page_of``."""
    kind, values = _asked(viewer, asked, policy=policy, today=today)
    who = _learners(replace(kind, in_cohort=True, only_who=True))
    return who, _facts_by(asked.sort), {**values, "cohort_id": cohort_id}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a statement is built by: there are few kinds, and each is built once."""

    tutor: bool
    everywhere: bool
    state: str | None  # None: these and no others, whatever they are doing
    words: int
    sort: str
    of_employer: int = 0  # words
    in_cohort: bool = False
    only_who: bool = False
    plainly: bool = True  # see ``finding.meant``


def _asked(
    viewer: Account, asked: LearnerFilter, *, policy: Policy, today: date
) -> tuple[_Kind, dict[str, Any]]:
    """The kind of statement, and its values."""
    values: dict[str, Any] = {"viewer_id": viewer.id, "policy": policy.slug, "today": today}
    for prefix, typed in (("", asked.search), ("employer_", asked.employer)):
        values |= {f"{prefix}word_{n}": word for n, word in enumerate(patterns(typed))}
        for n, (first, beyond) in enumerate(beginnings(typed)):
            values |= {f"{prefix}first_{n}": first, f"{prefix}beyond_{n}": beyond}
    if asked.state == NEW:
        values["since"] = asked.since or viewer.created_at
    words, employer = (len(patterns(typed)) for typed in (asked.search, asked.employer))
    sees = teaches(viewer), oversees_all(viewer)
    plainly = begin_plainly(asked.search) and begin_plainly(asked.employer)
    return _Kind(*sees, asked.state, words, asked.sort, employer, plainly=plainly), values


def page(
    session: Session, viewer: Account, asked: LearnerFilter, *, policy: Policy, today: date
) -> tuple[list[AnyRow], Pages]:
    """The page of everyone this viewer may see that the address asks for.

    Of those searched for, first who they are, from no more tables than it takes; then the facts of
    those on the page.
    """
    kind, values = _asked(viewer, asked, policy=policy, today=today)
    if not (asked.search or asked.employer):
        return page_of(session, _learners(kind), values, counted=COUNTED)
    found, pages = page_found(session, _learners(replace(kind, only_who=True)), values)
    these = {"among": [row.public_id for row in found]}
    query = _learners(replace(kind, state=None, words=0, of_employer=0))
    return list(session.connection().execute(query, values | these).all()), pages


def last_here(session: Session, viewer: Account) -> datetime:
    """When somebody signed in before this time; at first, when they got their account."""
    before = session.scalar(
        select(AuditEntry.at)
        .where(
            AuditEntry.actor == viewer.actor,
            AuditEntry.action == Action.SIGNED_IN.value,
        )
        .order_by(AuditEntry.seq.desc())
        .offset(1)
        .limit(1)
    )
    return datetime.fromisoformat(before) if before else viewer.created_at


@cache
def _learners(kind: _Kind) -> AnySelect:
    query = _sorted(_who(kind.state) if kind.only_who else _facts(), kind.sort)
    if kind.state is None:
        query = query.where(Account.public_id.in_(bindparam("among", expanding=True)))
    else:
        query = query.where(fits(kind.state, bindparam("today", type_=Date)))
    viewer = bindparam("viewer_id", type_=Integer)
    if kind.in_cohort:
        theirs = cohorts_visible_to(viewer, everywhere=kind.everywhere)
        query = query.where(
            Account.id.in_(
                select(Membership.account_id)
                .join(Cohort, Cohort.id == Membership.cohort_id)
                .where(Membership.cohort_id == bindparam("cohort_id"), IN_NOW, theirs)
            )
        )
    else:
        query = query.where(visible_to(viewer, tutor=kind.tutor, everywhere=kind.everywhere))
    found_by = (Account.full_name, Account.learner_ref, Account.email, Account.employer)
    query = query.where(*_said("", kind.words, kind.plainly, *found_by))
    return query.where(*_said("employer_", kind.of_employer, kind.plainly, Account.employer))


@cache
def _facts_by(sort: str) -> AnySelect:
    return _sorted(_facts(), sort)


def _sorted(query: AnySelect, sort: str) -> AnySelect:
    query = query.where(Enrolment.policy == bindparam("policy"))
    return query.order_by(*(SORTS | _AWAY).get(sort, SORTS["name"]))


def _said(
    prefix: str, words: int, plainly: bool, *columns: InstrumentedAttribute[Any]
) -> tuple[ColumnElement[bool], ...]:
    """Whether each of so many words is in these columns; nothing where there are none."""
    if not words:
        return ()
    wanted, first, beyond = (
        [bindparam(f"{prefix}{what}_{n}", type_=String) for n in range(words)]
        for what in ("word", "first", "beyond")
    )
    return (meant([*zip(first, beyond, strict=True)], wanted, *columns, plainly=plainly),)


# States that nobody is in, or out of, by their certificate.
_BY_CERTIFICATE = ("in-progress", "declaration", "complete", "expired", "redo")


def _who(state: str | None) -> AnySelect:
    """Who they are, from no more tables than it takes to know that they are in a list."""
    query: AnySelect = (
        select(Account.public_id)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
    )
    if state in _BY_CERTIFICATE:
        query = query.outerjoin(CurrentCertificate, HELD)
        query = query.outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    return query


def _facts() -> AnySelect:
    """What lists say of learners."""
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
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    )
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

    Two queries, however many they are. For whoever oversees all, of what is kept, and along an
    index of who is stuck; only where there are fewer of these is everybody looked at.
    """
    everywhere = oversees_all(viewer)
    asked = LearnerFilter("needs", sort="stuck")
    query, values = learners(viewer, asked=asked, policy=policy, today=today)
    connection = session.connection()
    if everywhere:
        size, stuck, overdue = counts.needing(session, policy=policy, today=today)
    else:
        size, stuck, overdue = connection.execute(_needing(query), values).one()
    if everywhere and (stuck or 0) >= most:
        asked = LearnerFilter(LearnerStatus.STUCK, sort="away")
        query, values = learners(viewer, asked=asked, policy=policy, today=today)
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


def place(
    session: Session, query: AnySelect, values: dict[str, Any], public_id: str, sort: str
) -> AnyRow | None:
    """Where somebody stands in a list of ``learners``, and who is beside them; None: not in it.

    One query, whatever the list's length.
    """
    statement = _placed(query, sort)
    return session.connection().execute(statement, {**values, "public_id": public_id}).first()


@cache
def _placed(query: AnySelect, sort: str) -> AnySelect:
    order = SORTS.get(sort, SORTS["name"])
    found = query.order_by(None).add_columns(
        func.lag(Account.public_id).over(order_by=order).label("before"),
        func.lag(Account.full_name).over(order_by=order).label("before_name"),
        func.lead(Account.public_id).over(order_by=order).label("after"),
        func.lead(Account.full_name).over(order_by=order).label("after_name"),
        func.row_number().over(order_by=order).label("position"),
        func.count().over().label("size"),
    )
    row = found.subquery()
    wanted = row.c.public_id == bindparam("public_id")
    names = ("before", "before_name", "after", "after_name", "position", "size")
    return select(*(row.c[name] for name in names)).where(wanted)
