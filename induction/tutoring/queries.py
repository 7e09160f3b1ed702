"""Reads for tutors: one query a list, whatever its length."""

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CurrentCertificate
from induction.journey.models import Enrolment, Progress
from induction.paging import like
from induction.people.access import visible_accounts
from induction.people.models import Account, Cohort, CohortTutor, Membership, Role


def learners(
    viewer: Account, *, cohort_id: int | None = None, state: str = "", search: str = ""
) -> Select[Any]:
    """Every learner this viewer may see, with where they stand, by name."""
    query = (
        select(
            Account.public_id,
            Account.full_name,
            Account.learner_ref,
            Account.audience,
            Cohort.name.label("cohort"),
            Enrolment.due_on,
            Progress.state,
            Progress.step,
            Progress.last_activity_at,
            Certificate.number,
        )
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(CurrentCertificate, CurrentCertificate.account_id == Account.id)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
        .where(visible_accounts(viewer))
        .order_by(Account.full_name, Account.id)
    )
    if cohort_id is not None:
        query = query.where(Membership.cohort_id == cohort_id)
    if state:
        query = query.where(Progress.state == state)
    if search:
        pattern = like(search)
        query = query.where(Account.full_name.ilike(pattern) | Account.learner_ref.ilike(pattern))
    return query


def cohorts(viewer: Account, *, today: date) -> Select[Any]:
    """Every cohort this viewer looks after, with how its learners stand."""

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    complete, waiting = Progress.state == "complete", Progress.state == "not-started"
    query = (
        select(
            Cohort.id,
            Cohort.public_id,
            Cohort.name,
            Cohort.programme,
            Cohort.due_on.label("due"),
            func.count(Progress.enrolment_id).label("size"),
            count(complete).label("done"),
            count(waiting).label("waiting"),
            count(Progress.state == "stuck").label("stuck"),
            count((Enrolment.due_on < today) & ~complete).label("overdue"),
        )
        .outerjoin(Membership, (Membership.cohort_id == Cohort.id) & Membership.left_at.is_(None))
        .outerjoin(Enrolment, Enrolment.account_id == Membership.account_id)
        .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
        .where(Cohort.archived_at.is_(None))
        .group_by(Cohort.id)
        .order_by(Cohort.name)
    )
    if viewer.role == Role.TUTOR and not viewer.all_cohorts:
        mine = select(CohortTutor.cohort_id).where(CohortTutor.account_id == viewer.id)
        query = query.where(Cohort.id.in_(mine))
    return query


def cohort(session: Session, viewer: Account, public_id: str, *, today: date) -> Row[Any] | None:
    """One cohort of this viewer's, with how its learners stand; None where it is not theirs."""
    query = cohorts(viewer, today=today).where(Cohort.public_id == public_id)
    return session.execute(query).first()
