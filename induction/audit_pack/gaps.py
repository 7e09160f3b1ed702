"""Who is in scope and holds no certificate, and why: exactly which step is missing."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
)
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.models import IS_STAFF, Account, Cohort, CohortTutor, Membership
from induction.progress import words
from induction.progress.status import DUE_ON, HELD, HERE, Part, part
from induction.register import listing
from induction.register.listing import Wanted
from induction.searching import matching, patterns
from induction.spreadsheets.writing import Cell
from induction.uk_time import uk_day, uk_day_after

HEADS = (
    "Reference", "Name", "Email", "Cohort", "Audience", "Due", "Why no certificate", "ULN",
    "Policy",
)  # fmt: skip
BATCH = 500

_Earlier = aliased(Certificate)


def _query(policy: Policy, wanted: Wanted, today: date) -> AnySelect:
    """Everyone here and in scope without a certificate that counts today for this policy."""
    last = aliased(Certificate)  # whether or not it counts
    latest = (
        select(func.max(_Earlier.id))
        .where(_Earlier.account_id == Account.id, _Earlier.policy == policy.slug)
        .correlate(Account)
        .scalar_subquery()
    )
    query = (
        select(
            Account.id,
            Account.learner_ref,
            Account.uln,
            Account.full_name,
            Account.email,
            Account.audience,
            Cohort.name.label("cohort"),
            DUE_ON.label("due_on"),
            Progress.state,
            Progress.step,
            Progress.passed,
            Progress.steps,
            Progress.failed_tries,
            last.number,
            last.policy_version,
            last.valid_until,
            Revocation.at.label("revoked_at"),
            Revocation.reason.label("revoked_because"),
        )
        .outerjoin(
            Enrolment, and_(Enrolment.account_id == Account.id, Enrolment.policy == policy.slug)
        )
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .outerjoin(last, last.id == latest)
        .outerjoin(Revocation, Revocation.certificate_id == last.id)
        .where(
            or_(Enrolment.id.is_not(None), ~IS_STAFF),
            HERE,
            or_(Certificate.id.is_(None), part(today) != Part.DONE.value),
        )
    )
    return _in_scope(query, wanted)


def _in_scope(query: AnySelect, wanted: Wanted) -> AnySelect:
    if wanted.cohorts:
        query = query.where(Cohort.public_id.in_(wanted.cohorts))
    if wanted.tutor:
        tutor = select(Account.id).where(Account.public_id == wanted.tutor).scalar_subquery()
        theirs = select(CohortTutor.cohort_id).where(CohortTutor.account_id == tutor)
        query = query.where(Membership.cohort_id.in_(theirs))
    if wanted.audience:
        query = query.where(Account.audience == wanted.audience)
    query = query.where(*listing.started(wanted))
    if wanted.last:
        end = uk_day_after(wanted.last)
        query = query.where(or_(Enrolment.id.is_(None), Enrolment.enrolled_at < end))
    if wanted.search:
        named_by = patterns(wanted.search)
        named = Account.id.in_(
            select(Certificate.account_id)
            .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
            .where(matching(named_by, CertificateRecordRow.name))
        )
        query = query.where(or_(matching(named_by, Account.full_name, Account.learner_ref), named))
    return query


def accounts(policy: Policy, wanted: Wanted, today: date) -> Select[int]:
    """The accounts of everyone on the list."""
    return _query(policy, wanted, today).with_only_columns(Account.id)


def count(session: Session, policy: Policy, wanted: Wanted, today: date) -> tuple[int, int]:
    """How many people the list has, and how many of them have something to redo."""
    redo = case((part(today) == Part.REDO.value, 1), else_=0)
    query = _query(policy, wanted, today).with_only_columns(func.count(), func.sum(redo))
    everybody, again = session.execute(query).one()
    return everybody, int(again or 0)


def gaps(
    session: Session, policy: Policy, wanted: Wanted, today: date
) -> Iterator[list[Sequence[Cell]]]:
    """The lines of the list, a batch at a time."""
    query, after = _query(policy, wanted, today).order_by(Account.id).limit(BATCH), 0
    while True:
        rows = session.execute(query.where(Account.id > after)).all()
        if rows:
            yield [_line(policy, row, today) for row in rows]
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def _line(policy: Policy, row: AnyRow, today: date) -> Sequence[Cell]:
    due = row.due_on.isoformat() if row.due_on else None
    why = _why(policy, row, today)
    return (
        row.learner_ref, row.full_name, row.email, row.cohort, row.audience, due, why, row.uln,
        policy.reference,
    )  # fmt: skip


def _why(policy: Policy, row: AnyRow, today: date) -> str:
    if row.revoked_at:
        day, again = uk_day(row.revoked_at), ""
        if row.state not in (None, LearnerState.COMPLETE):
            again = f"; to do again: {_where(policy, row)}"
        return f"Certificate {row.number} was withdrawn on {day}: {row.revoked_because}{again}"
    if row.number and row.valid_until and row.valid_until < today:
        return f"Certificate {row.number} expired on {row.valid_until}"
    journey = _where(policy, row)
    if row.number and row.state not in (None, LearnerState.COMPLETE):
        return f"Certificate {row.number} is for the version of {row.policy_version}; {journey}"
    return journey


def _where(policy: Policy, row: AnyRow) -> str:
    """The step that is missing."""
    if row.state is None:
        return "Not enrolled"
    if row.state == LearnerState.DECLARATION:
        return "Every step is passed; the declaration is not signed"
    if row.state == LearnerState.NOT_STARTED:
        return "Enrolled; no question answered yet"
    if row.state == LearnerState.COMPLETE:
        return "Completed; no certificate counts today"
    step = words.step_title(policy, row.step)
    failed = "1 failed try" if row.failed_tries == 1 else f"{row.failed_tries} failed tries"
    tries = f", {failed} at it" if row.failed_tries else ""
    return f"Not passed: {step}{tries} ({row.passed} of {row.steps} steps passed)"
