"""Reads of cohorts: those a viewer looks after, one of them, and who looks after it."""

from sqlalchemy import (
    Integer,
    and_,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import Session

from induction.database import AnyRow, AnySelect
from induction.people.access import (
    cohorts_visible_to,
    oversees_all,
    visible_cohorts,
)
from induction.people.models import IN_NOW, Account, Cohort, CohortTutor, Membership, Role, has_role
from induction.searching import matching, patterns

_CAN_TEACH = and_(Account.deactivated_at.is_(None), has_role(Role.TUTOR))
_TAUGHT = (
    exists()
    .where(
        CohortTutor.cohort_id == Cohort.id,
        CohortTutor.account_id == Account.id,
        _CAN_TEACH,
    )
    .correlate(Cohort)
)
_LEARNS_HERE = (
    exists()
    .where(
        Membership.cohort_id == Cohort.id,
        IN_NOW,
        Account.id == Membership.account_id,
        Account.deactivated_at.is_(None),
    )
    .correlate(Cohort)
)
# A condition on Cohort: learners are in it, and no tutor of it can sign in.
UNTAUGHT = Cohort.archived_at.is_(None) & _LEARNS_HERE & ~_TAUGHT


def cohorts(viewer: Account, *, search: str = "", archived: bool = False) -> AnySelect:
    """The cohorts this viewer looks after, by name, and whether nobody who is here teaches one."""
    put_away = Cohort.archived_at.is_not(None) if archived else Cohort.archived_at.is_(None)
    query: AnySelect = (
        select(
            Cohort.id, Cohort.public_id, Cohort.name, Cohort.programme,
            Cohort.starts_on, Cohort.due_on, Cohort.archived_at,
            (~_TAUGHT).label("without_tutor"),
        )
        .where(visible_cohorts(viewer), put_away)
        .order_by(Cohort.sort_name, Cohort.id)
    )  # fmt: skip
    if search:
        query = query.where(matching(patterns(search), Cohort.name, Cohort.programme))
    return query


# By whether the viewer oversees all. Built once: every page of a cohort begins with one of these.
_COHORT = {
    everywhere: select(Cohort).where(
        Cohort.public_id == bindparam("public_id"),
        cohorts_visible_to(bindparam("viewer", type_=Integer), everywhere=everywhere),
    )
    for everywhere in (False, True)
}


def cohort(session: Session, viewer: Account, public_id: str) -> Cohort | None:
    """One cohort of this viewer's; None where it is not theirs."""
    values = {"public_id": public_id, "viewer": viewer.id}
    return session.scalars(_COHORT[oversees_all(viewer)], values).first()


def tutors_of(session: Session, cohort_id: int) -> list[AnyRow]:
    """Who looks after a cohort."""
    rows = session.execute(
        select(Account.id, Account.full_name)
        .join(CohortTutor, CohortTutor.account_id == Account.id)
        .where(CohortTutor.cohort_id == cohort_id)
        .order_by(Account.sort_name, Account.id)
    )
    return list(rows.all())


def only_theirs(session: Session, tutor: Account) -> list[str]:
    """The cohorts with learners here that nobody but this tutor teaches, by name."""
    beside = (
        exists()
        .where(
            CohortTutor.cohort_id == Cohort.id,
            CohortTutor.account_id == Account.id,
            Account.id != tutor.id,
            _CAN_TEACH,
        )
        .correlate(Cohort)
    )
    query = (
        select(Cohort.name)
        .join(CohortTutor, CohortTutor.cohort_id == Cohort.id)
        .where(CohortTutor.account_id == tutor.id, Cohort.archived_at.is_(None))
        .where(_LEARNS_HERE, ~beside)
        .order_by(Cohort.sort_name, Cohort.id)
    )
    return list(session.scalars(query))


def tutors_of_learner(session: Session, account_id: int) -> list[AnyRow]:
    """Who looks after somebody now, in whatever cohort, and can sign in."""
    query = (
        select(Account.id, Account.full_name, Account.email)
        .join(CohortTutor, CohortTutor.account_id == Account.id)
        .join(Membership, Membership.cohort_id == CohortTutor.cohort_id)
        .where(Membership.account_id == account_id, IN_NOW, Account.deactivated_at.is_(None))
        .distinct()
        .order_by(Account.full_name, Account.id)
    )
    return list(session.execute(query).all())


def all_tutors(session: Session) -> list[AnyRow]:
    """Every tutor who can sign in."""
    rows = session.execute(
        select(Account.id, Account.full_name)
        .where(has_role(Role.TUTOR), Account.deactivated_at.is_(None))
        .order_by(Account.sort_name, Account.id)
    )
    return list(rows.all())
