"""The facts that everybody is counted by: as they are kept, and of these few as they are now.

``keeping`` writes what is kept. Whoever reads it adds those of whom something has changed since,
one by one, and those who were counted on a day on which another thing was true of them.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    Date,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    select,
    true,
    union,
    union_all,
)

from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnySelect, UkDay, joined, table
from induction.journey.models import AllowanceRow, Declaration, Enrolment, Progress
from induction.journey.rules import AllowanceKind
from induction.people.models import (
    IN_NOW,
    IS_STAFF,
    Account,
    AccountChanged,
    Cohort,
    CohortTutor,
    Membership,
)
from induction.progress.models import CountedAs, CountedOn, LastCounted
from induction.progress.status import (
    ENDED_AT,
    FINISHED,
    HAS_A_DATE,
    HELD,
    HERE,
    HOLDS_NONE,
    NEEDS_SOMEBODY,
    is_overdue,
    part,
)

TODAY = bindparam("today", type_=Date)
BETWEEN = "\x1f"  # the programmes of somebody’s cohorts, as one text
BEGUN, FINISHED_FIRST = "begun", "finished"  # what ``CountedOn`` counts
_counted, _on, _standing = table(CountedAs), table(CountedOn), table(LastCounted)
_changed = table(AccountChanged)
FACTS = [column for column in _counted.columns if column.name not in ("id", "n")]
ON_DAYS = [column for column in _on.columns if column.name not in ("id", "n")]

_HOLDS = Certificate.id.is_not(None)
_EXCUSED = exists().where(
    AllowanceRow.enrolment_id == Enrolment.id, AllowanceRow.kind == AllowanceKind.EXCUSED.value
)
_ON_BEHALF = exists().where(
    Declaration.enrolment_id == Enrolment.id, Declaration.recorded_by_id.is_not(None)
)
_THEIR_COHORTS = (
    select(Membership.id)
    .join(Cohort, Cohort.id == Membership.cohort_id)
    .where(Membership.account_id == Account.id, IN_NOW)
    .correlate(Account)
)
_PROGRAMMES = _THEIR_COHORTS.with_only_columns(joined(Cohort.programme, BETWEEN)).scalar_subquery()
_TAUGHT = _THEIR_COHORTS.join(CohortTutor, CohortTutor.cohort_id == Cohort.id).exists()
_SIGNED_FIRST = (
    select(func.min(Declaration.signed_at))
    .where(Declaration.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
# When somebody finished what their date was for: a renewal has none, and what a changed policy made
# due again has a new date and a new declaration.
_FINISHED_AT = (
    select(func.max(Declaration.signed_at))
    .where(Declaration.enrolment_id == Enrolment.id, Declaration.renewal == 0)
    .correlate(Enrolment)
    .scalar_subquery()
)
# Whether somebody’s date has passed, and whether they had finished by it.
PASSED = (Enrolment.due_on < TODAY) & (FINISHED | HAS_A_DATE)
IN_TIME = PASSED & FINISHED & ~HOLDS_NONE & (UkDay(_FINISHED_AT) <= Enrolment.due_on)


def programmes_in(kept: str) -> frozenset[str]:
    """The programmes of somebody’s cohorts; "" stands for none, of a cohort or of somebody."""
    return frozenset(kept.split(BETWEEN))


def of_enrolments() -> AnySelect:
    """The facts of each enrolment on the day ``today``, and what says when they change."""
    going = HERE & ~FINISHED
    query: AnySelect = (
        select(
            Account.id.label("account_id"),
            Enrolment.policy.label("policy"),
            IS_STAFF.label("staff"),
            ENDED_AT.is_not(None).label("ended"),
            Enrolment.left_at.is_not(None).label("left"),
            _of_those_here(Account.audience, "").label("audience"),
            _of_those_here(func.coalesce(_PROGRAMMES, ""), "").label("programmes"),
            (HERE & _THEIR_COHORTS.exists()).label("in_cohort"),
            (HERE & _TAUGHT).label("taught"),
            part(TODAY).label("part"),
            case((going, Progress.step), else_="").label("step"),
            (HERE & NEEDS_SOMEBODY).label("stuck"),
            _holds_true(HERE & is_overdue(TODAY)).label("late"),
            _holds_true(HERE & PASSED).label("due"),
            _holds_true(HERE & IN_TIME).label("in_time"),
            _HOLDS.label("holds"),
            _holds_true(Certificate.valid_until < TODAY).label("expired"),
            and_(_HOLDS, _EXCUSED).label("excused"),
            and_(_HOLDS, _ON_BEHALF).label("on_behalf"),
            Enrolment.due_on.label("due_on"),
            Certificate.valid_until.label("valid_until"),
            case((HERE, UkDay(Progress.begun_at))).label("begun_on"),
            case((HERE, UkDay(_SIGNED_FIRST))).label("finished_on"),
        )
        .select_from(Account)
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    )
    return query


def _of_those_here(value: SQLColumnExpression[str], other: str) -> SQLColumnExpression[str]:
    return case((HERE, value), else_=other)


def _holds_true(condition: SQLColumnExpression[bool]) -> SQLColumnExpression[bool]:
    return case((condition, true()), else_=false())


def of_accounts() -> Select[Any]:
    """The facts of each account by itself."""
    nothing: dict[str, Any] = {
        fact.name: false() if fact.type.python_type is bool else literal("") for fact in FACTS
    }
    facts = nothing | {"staff": IS_STAFF, "ended": ENDED_AT.is_not(None)}
    return select(
        Account.id.label("account_id"), *(value.label(name) for name, value in facts.items())
    )


@cache
def _whose() -> Select[Any]:
    """The accounts whose facts have changed, or may be others on the day ``today``."""
    mine = _standing.c.account_id
    found = union(
        select(_changed.c.account_id),
        select(mine).where(_standing.c.true_until < TODAY),
        select(mine).where(_standing.c.true_from > TODAY),
    ).subquery("waits")
    return select(found.c.account_id)


@cache
def everybody() -> Subquery:
    """The facts that everybody is counted by on the day ``today``, and ``n``, of how many.

    One statement, so that it is of one moment. The same facts may stand in several rows.
    """
    before = (
        select(*FACTS, literal(-1).label("n"))
        .join(_standing, _standing.c.counted_as_id == _counted.c.id)
        .where(_standing.c.account_id.in_(_whose()))
    )
    now = [
        select(*(found.c[fact.name] for fact in FACTS), literal(1).label("n"))
        for one in (of_enrolments(), of_accounts())
        for found in [one.where(Account.id.in_(_whose())).subquery()]
    ]
    return union_all(select(*FACTS, _counted.c.n), before, *now).subquery("everybody")


@cache
def on_days() -> Subquery:
    """On which days people began and finished, as ``CountedOn`` has it, and ``n``, how many."""
    found = of_enrolments().where(Account.id.in_(_whose())).subquery()
    whats = {BEGUN: "begun_on", FINISHED_FIRST: "finished_on"}
    before, now = [], []
    for what, named in whats.items():
        mine = _standing.c[named]
        before.append(
            select(
                _standing.c.policy, _counted.c.audience, _counted.c.programmes,
                literal(what).label("what"), mine.label("day"), literal(-1).label("n"),
            )
            .join(_counted, _counted.c.id == _standing.c.counted_as_id)
            .where(_standing.c.account_id.in_(_whose()), mine.is_not(None))
        )  # fmt: skip
        now.append(
            select(
                found.c.policy, found.c.audience, found.c.programmes,
                literal(what).label("what"), found.c[named].label("day"), literal(1).label("n"),
            ).where(found.c[named].is_not(None))
        )  # fmt: skip
    return union_all(select(*ON_DAYS, _on.c.n), *before, *now).subquery("on_days")
