"""Everyone in scope, certified or not: begun, finished, tries, what was right at first sight."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy import Integer, Select, Subquery, bindparam, case, func, select, union
from sqlalchemy.orm import Session

from induction.audit_pack import gaps
from induction.certificates.models import Certificate
from induction.compliance.trace import that_ended_and_counted
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, chunks
from induction.journey.draws import AT_FIRST_SIGHT
from induction.journey.models import (
    THAT_COUNTS,
    Answer,
    Attempt,
    Declaration,
    Enrolment,
    Progress,
)
from induction.journey.rules import BEFORE_READING, AttemptKind
from induction.paging import plainly
from induction.people.models import MAIN_NOW, Account, Cohort, Membership
from induction.register.listing import Wanted
from induction.spreadsheets.writing import Cell
from induction.uk_time import uk_day

HEADS = (
    "Reference", "Name", "Cohort", "Audience", "Enrolled", "Begun", "Finished", "Steps passed",
    "Steps", "Tries", "Of them at the final check", "Situations met", "Right at first sight",
    "Per cent", "Parts passed before reading", "ULN", "Policy",
)  # fmt: skip
_THESE = bindparam("enrolments", type_=Integer, expanding=True)


def learners(
    session: Session, certificates: Select[int], policy: Policy, wanted: Wanted, today: date
) -> Iterator[list[Sequence[Cell]]]:
    """The lines of the list, a batch at a time. Who has been erased is in no list."""
    without = gaps.accounts(policy, wanted, today)
    of_certificates = select(Certificate.enrolment_id).where(Certificate.id.in_(certificates))
    of_gaps = select(Enrolment.id).where(
        Enrolment.account_id.in_(without), Enrolment.policy == policy.slug
    )
    for some in chunks(sorted(session.scalars(union(of_certificates, of_gaps)))):
        yield [
            (*_line(row), row.uln, policy.reference)
            for row in plainly(session.connection().execute(_rows(), {"enrolments": some}))
        ]


@cache  # built once: there are hundreds of readings of a few enrolments each
def _rows() -> AnySelect:
    tries, firsts = _tries(), _first_sight()
    signed = (
        select(func.max(Declaration.signed_at))
        .where(Declaration.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    return (
        select(
            Account.learner_ref,
            Account.uln,
            Account.full_name,
            Cohort.name.label("cohort"),
            Account.audience,
            Enrolment.enrolled_at,
            Progress.begun_at,
            signed.label("finished_at"),
            Progress.passed,
            Progress.steps,
            tries.c.n.label("tries"),
            tries.c.final.label("final_tries"),
            tries.c.unread,
            firsts.c.met,
            firsts.c.right,
        )
        .select_from(Enrolment)
        .join(Account, Account.id == Enrolment.account_id)
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(tries, tries.c.enrolment_id == Enrolment.id)
        .outerjoin(firsts, firsts.c.enrolment_id == Enrolment.id)
        .where(Enrolment.id.in_(_THESE), Account.erased_at.is_(None))
        .order_by(Enrolment.id)
    )


def _tries() -> Subquery:
    """How many tries at sections and at the final check each has begun, and at the latter alone.

    Those before reading stand by themselves: how many of them were right all through.
    """
    final = case((Attempt.kind == AttemptKind.FINAL.value, 1), else_=0)
    before = Attempt.number == BEFORE_READING
    right = (
        select(func.count())
        .where(Answer.attempt_id == Attempt.id, Answer.result == "right")
        .correlate(Attempt)
        .scalar_subquery()
    )
    return (
        select(
            Attempt.enrolment_id,
            func.sum(case((before, 0), else_=1)).label("n"),
            func.sum(final).label("final"),
            func.sum(case((before & (right >= AT_FIRST_SIGHT), 1), else_=0)).label("unread"),
        )
        .where(Attempt.enrolment_id.in_(_THESE), THAT_COUNTS)
        .group_by(Attempt.enrolment_id)
        .subquery()
    )


def _first_sight() -> Subquery:
    """How many situations each has met, and in how many the first answer was right."""
    firsts = (
        select(Attempt.enrolment_id, func.min(Answer.id).label("first"))
        .join(Answer, Answer.attempt_id == Attempt.id)
        .where(Attempt.enrolment_id.in_(_THESE), *that_ended_and_counted())
        .group_by(Attempt.enrolment_id, Answer.scenario)
        .subquery()
    )
    right = case((Answer.result == "right", 1), else_=0)
    return (
        select(firsts.c.enrolment_id, func.count().label("met"), func.sum(right).label("right"))
        .join(Answer, Answer.id == firsts.c.first)
        .group_by(firsts.c.enrolment_id)
        .subquery()
    )


def _line(row: AnyRow) -> Sequence[Cell]:
    met, right = int(row.met or 0), int(row.right or 0)
    return (
        row.learner_ref, row.full_name, row.cohort, row.audience, _day(row.enrolled_at),
        _day(row.begun_at), _day(row.finished_at), row.passed or 0, row.steps or 0, row.tries or 0,
        int(row.final_tries or 0), met, right, round(100 * right / met) if met else None,
        int(row.unread or 0),
    )  # fmt: skip


def _day(at: datetime | None) -> str | None:
    return uk_day(at).isoformat() if at else None
