"""Who is in scope and holds no certificate, and why: exactly which step is missing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
)
from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, chunks
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.paging import COUNTED, Pages, page_in_hand, page_of, plainly, reach
from induction.people.finding import found_by
from induction.people.models import (
    IN_NOW,
    IS_STAFF,
    MAIN_NOW,
    Account,
    Cohort,
    Membership,
)
from induction.progress import counts, words
from induction.progress.status import DUE_ON, HELD, HERE, Part, part
from induction.register import listing
from induction.register.listing import Wanted
from induction.spreadsheets.writing import Cell
from induction.uk_time import uk_date, uk_day, uk_day_after

HEADS = (
    "Reference", "Name", "Email", "Cohort", "Audience", "Due", "Why no certificate", "ULN",
    "Policy",
)  # fmt: skip
BATCH = 500
COUNTED_FOUND = 100  # of whoever was searched for

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
        _lacking(
            Account.id,
            Account.public_id,
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
            policy=policy,
            today=today,
        )
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(last, last.id == latest)
        .outerjoin(Revocation, Revocation.certificate_id == last.id)
    )
    return _in_scope(query, wanted)


def _lacking(*columns: Any, policy: Policy, today: date) -> AnySelect:
    """Of everyone on the list, with no more tables than it takes to know that they are on it."""
    found: AnySelect = (
        select(*columns)
        .select_from(Account)
        .outerjoin(
            Enrolment, and_(Enrolment.account_id == Account.id, Enrolment.policy == policy.slug)
        )
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .where(
            or_(Enrolment.id.is_not(None), ~IS_STAFF),
            HERE,
            or_(Certificate.id.is_(None), part(today) != Part.DONE.value),
        )
    )
    return found


def _in_scope(query: AnySelect, wanted: Wanted) -> AnySelect:
    if wanted.cohorts:
        wanted_ids = select(Cohort.id).where(Cohort.public_id.in_(wanted.cohorts))
        query = query.where(_in_cohorts(wanted_ids))
    if wanted.named:
        query = query.where(_in_cohorts(listing.so_named(wanted.named)))
    if wanted.tutor or wanted.taught_by:
        query = query.where(_in_cohorts(listing.of_tutors(wanted)))
    if wanted.audience:
        query = query.where(Account.audience == wanted.audience)
    query = query.where(*listing.started(wanted))
    if wanted.last:
        end = uk_day_after(wanted.last)
        query = query.where(or_(Enrolment.id.is_(None), Enrolment.enrolled_at < end))
    return query.where(_is_meant(wanted.search)) if wanted.search else query


def _is_meant(typed: str) -> ColumnElement[bool]:
    """Whether somebody is found by what was typed, or was when a certificate was issued.

    Found by themselves first: nothing else is asked of whoever is not meant.
    """
    named, earlier = aliased(Account), aliased(Certificate)
    once = (
        select(earlier.account_id)
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == earlier.id)
        .where(found_by(typed, CertificateRecordRow.name, of=earlier.account_id))
    )
    now = select(named.id).where(found_by(typed, named.full_name, named.learner_ref, of=named.id))
    return Account.id.in_(now.union(once))


def _in_cohorts(cohorts: Select[int]) -> ColumnElement[bool]:
    """Who is in one of these, whether or not it is their main one."""
    there = select(Membership.account_id).where(Membership.cohort_id.in_(cohorts), IN_NOW)
    return Account.id.in_(there)


def accounts(policy: Policy, wanted: Wanted, today: date) -> Select[int]:
    """The accounts of everyone on the list."""
    return _in_scope(_lacking(Account.id, policy=policy, today=today), wanted)


def count(session: Session, policy: Policy, wanted: Wanted, today: date) -> tuple[int, int]:
    """How many people the list has, and how many of them have something to redo."""
    if wanted == Wanted():
        return counts.without_certificate(session, policy=policy, today=today)
    redo = case((part(today) == Part.REDO.value, 1), else_=0)
    query = _in_scope(_lacking(func.count(), func.sum(redo), policy=policy, today=today), wanted)
    everybody, again = session.execute(query).one()
    return everybody, int(again or 0)


def gaps(
    session: Session, policy: Policy, wanted: Wanted, today: date
) -> Iterator[list[Sequence[Cell]]]:
    """The lines of the list, a batch at a time."""
    query, after = _query(policy, wanted, today).order_by(Account.id).limit(BATCH), 0
    while True:
        rows = plainly(session.connection().execute(query.where(Account.id > after)))
        if rows:
            yield [_line(policy, row, today) for row in rows]
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def page(
    session: Session, policy: Policy, wanted: Wanted, today: date
) -> tuple[list[AnyRow], Pages]:
    """The page of the list that the address asks for, by name.

    First who is on it, from no more tables than it takes; then the facts of those on the page.
    """
    by_name = (Account.sort_name, Account.id)
    if wanted.search:
        limit = reach(COUNTED_FOUND)
        ids, pages = page_in_hand(_found(session, policy, wanted, today, limit), limit)
    else:
        listed = accounts(policy, wanted, today).order_by(*by_name)
        rows, pages = page_of(session, listed, counted=COUNTED)
        ids = [row.id for row in rows]
    these = Account.id.in_(ids)
    query = _query(policy, Wanted(), today).where(these).order_by(*by_name)
    return list(session.execute(query).all()), pages


def _found(session: Session, policy: Policy, wanted: Wanted, today: date, limit: int) -> list[int]:
    """Of those who are meant by what was typed, by name, who is on the list; few beyond so many.

    A common name is a thousand people's, of whom no more are looked at than it takes.
    """
    meant = select(Account.id).where(_is_meant(wanted.search))
    everybody = session.scalars(meant.order_by(Account.sort_name, Account.id)).all()
    listed, found = accounts(policy, replace(wanted, search=""), today), list[int]()
    for some in chunks(everybody, 2 * COUNTED_FOUND):
        there = {*session.scalars(listed.where(Account.id.in_(some)))}
        found += [one for one in some if one in there]
        if len(found) > limit:
            break
    return found


def why(policy: Policy, row: AnyRow, today: date) -> str:
    """Why somebody on the list holds nothing that counts."""
    return _why(policy, row, today)


def _line(policy: Policy, row: AnyRow, today: date) -> Sequence[Cell]:
    due = row.due_on.isoformat() if row.due_on else None
    why = _why(policy, row, today)
    return (
        row.learner_ref, row.full_name, row.email, row.cohort, row.audience, due, why, row.uln,
        policy.reference,
    )  # fmt: skip


def _why(policy: Policy, row: AnyRow, today: date) -> str:
    if row.revoked_at:
        day, again = uk_date(uk_day(row.revoked_at)), ""
        if row.state not in (None, LearnerState.COMPLETE):
            again = f"; to do again: {_where(policy, row)}"
        return f"Certificate {row.number} was withdrawn on {day}: {row.revoked_because}{again}"
    if row.number and row.valid_until and row.valid_until < today:
        return f"Certificate {row.number} expired on {uk_date(row.valid_until)}"
    journey = _where(policy, row)
    if row.number and row.state not in (None, LearnerState.COMPLETE):
        version = uk_date(row.policy_version)
        before = (
            f"Certificate {row.number}, version of {version}, is from before the policy changed"
        )
        return f"{before}; to do again: {journey}"
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
