"""Figures of people who are counted one by one: a tutor’s, and those of some groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnyRow, AnySelect, UkDay, table
from induction.journey.models import Declaration, Enrolment, Progress
from induction.people.access import oversees_all, visible_accounts, visible_cohorts
from induction.people.finding import found_by
from induction.people.models import IN_NOW, Account, Cohort, CohortTutor, Membership
from induction.progress.facts import BEGUN, FINISHED_FIRST, IN_TIME, PASSED, TODAY
from induction.progress.figures_asked import FiguresFilter
from induction.progress.status import HELD, HERE, NEEDS_SOMEBODY, is_overdue, part

_Tutor = aliased(Account)
_There, _Where = aliased(Membership), aliased(Cohort)  # of whoever is asked for


def who(viewer: Account, asked: FiguresFilter) -> list[ColumnElement[bool]]:
    """Conditions on Account and Enrolment: whom the viewer may see, of those asked for."""
    found = [Enrolment.policy == bindparam("policy"), HERE, visible_accounts(viewer)]
    if asked.audience:
        found.append(Account.audience == asked.audience)
    if asked.programme:  # of many: asked of each who is looked at
        one = _IN_A_COHORT.where(_There.account_id == Account.id).correlate(Account)
        found.append(one.where(_Where.programme == asked.programme).exists())
    if asked.of_tutors:
        found.append(Account.id.in_(_taught_by(asked)))
    return found


_IN_A_COHORT = (
    select(_There.account_id)
    .join(_Where, _Where.id == _There.cohort_id)
    .where(_There.left_at.is_(None))
)


def _taught_by(asked: FiguresFilter) -> Select[Any]:
    """The accounts of the few whom these tutors look after."""
    tutors = select(_Tutor.id)
    if asked.tutor:
        tutors = tutors.where(_Tutor.public_id == asked.tutor)
    if asked.taught_by:
        tutors = tutors.where(found_by(asked.taught_by, _Tutor.full_name, of=_Tutor.id))
    theirs = select(CohortTutor.cohort_id).where(CohortTutor.account_id.in_(tutors))
    return _IN_A_COHORT.where(_Where.id.in_(theirs))


def groups(viewer: Account, asked: FiguresFilter) -> AnySelect:
    """The tutors or cohorts of those asked for, by name."""
    member = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .join(Enrolment, Enrolment.account_id == Membership.account_id)
        .where(IN_NOW, *who(viewer, asked))
    )
    if asked.by == "cohort":
        here = _is_there(member.where(Membership.cohort_id == Cohort.id).correlate(Cohort))
        of_cohorts: AnySelect = select(Cohort.id.label("key"), Cohort.name.label("name"))
        of_cohorts = of_cohorts.where(visible_cohorts(viewer), here, *_of_programme(asked))
        return of_cohorts.order_by(Cohort.sort_name, Cohort.id)
    theirs = member.join(CohortTutor, CohortTutor.cohort_id == Membership.cohort_id)
    here = _is_there(theirs.where(CohortTutor.account_id == _Tutor.id).correlate(_Tutor))
    of_tutors: AnySelect = select(_Tutor.id.label("key"), _Tutor.full_name.label("name"))
    looks_after = _Tutor.id.in_(select(CohortTutor.account_id))
    return of_tutors.where(looks_after, here).order_by(_Tutor.sort_name, _Tutor.id)


def _is_there(query: Select[Any]) -> ColumnElement[bool]:
    """Whether it finds anybody; PostgreSQL makes of “exists” a list of all whom it finds."""
    return query.limit(1).scalar_subquery().is_not(None)


def rows(
    session: Session, viewer: Account, asked: FiguresFilter, values: Mapping[str, Any]
) -> Sequence[AnyRow]:
    """How they stand, all together."""
    query = _standing(_people(viewer, asked), null(), null()).where(*who(viewer, asked))
    return session.execute(query.group_by("part"), values).all()


def rows_by_group(
    session: Session,
    viewer: Account,
    asked: FiguresFilter,
    values: Mapping[str, Any],
    among: Sequence[Any] | None = None,
) -> Sequence[AnyRow]:
    """The same by ``key`` and ``name`` of a group; ``among`` are keys of the groups that are meant.

    Whoever is in none has neither, where all are meant.
    """
    pairs, people = _pairs(viewer, asked), _people(viewer, asked)
    if pairs is None:
        audience = Account.audience.expression
        query = _standing(people, audience, audience)
    elif among is not None:
        named = pairs.where(_key(asked.by).in_(among)).subquery()
        query = _standing(named, named.c.key, named.c.name)
    else:
        named = pairs.subquery()
        query = _standing(people, named.c.key, named.c.name)
        query = query.outerjoin(named, named.c.account_id == Account.id)
    return session.execute(
        query.where(*who(viewer, asked)).group_by("key", "name", "part"), values
    ).all()


def days(
    session: Session, viewer: Account, asked: FiguresFilter, values: Mapping[str, Any]
) -> list[AnyRow]:
    """On which days so many began, and finished for the first time. Two queries."""
    first = (
        select(func.min(Declaration.signed_at))
        .where(Declaration.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    found: list[AnyRow] = []
    for what, day in ((BEGUN, UkDay(Progress.begun_at)), (FINISHED_FIRST, UkDay(first))):
        each = (
            select(day.label("day"))
            .select_from(_from(_people(viewer, asked)))
            .join(Enrolment, Enrolment.account_id == Account.id)
            .join(Progress, Progress.enrolment_id == Enrolment.id)
            .where(*who(viewer, asked))
            .subquery()
        )
        query = (
            select(literal(what).label("what"), each.c.day, func.count().label("n"))
            .where(each.c.day.is_not(None))
            .group_by(each.c.day)
        )
        found += session.execute(query, values).all()
    return found


def _key(by: str) -> ColumnElement[Any]:
    if by == "programme":
        return Cohort.programme.expression
    return CohortTutor.account_id.expression if by == "tutor" else Cohort.id.expression


def _of_programme(asked: FiguresFilter) -> list[ColumnElement[bool]]:
    """Of the cohorts of those in a programme, the ones that are of it."""
    of_it = asked.by == "cohort" and asked.programme
    return [Cohort.programme == asked.programme] if of_it else []


def _pairs(viewer: Account, asked: FiguresFilter) -> Select[Any] | None:
    """Pairs of an account and a group that it is in; None where the account itself says it."""
    by = asked.by
    if by == "audience":
        return None
    pairs = select(Membership.account_id, _key(by).label("key")).select_from(Membership)
    pairs = pairs.join(Cohort, Cohort.id == Membership.cohort_id)
    pairs = pairs.where(IN_NOW, visible_cohorts(viewer), *_of_programme(asked)).distinct()
    if asked.of_tutors:
        pairs = pairs.where(Membership.account_id.in_(_taught_by(asked)))
    if by == "tutor":
        return (
            pairs.join(CohortTutor, CohortTutor.cohort_id == Cohort.id)
            .join(_Tutor, _Tutor.id == CohortTutor.account_id)
            .add_columns(_Tutor.full_name.label("name"))
        )
    name = Cohort.programme if by == "programme" else Cohort.name
    return pairs.add_columns(name.label("name"))


def _people(viewer: Account, asked: FiguresFilter) -> Subquery | None:
    """Where they are few: the accounts that are all there is to look at."""
    if asked.of_tutors:
        return _taught_by(asked).distinct().subquery()
    if oversees_all(viewer):
        return None
    return select(Account.id.label("account_id")).where(visible_accounts(viewer)).subquery()


def _from(people: Subquery | None) -> FromClause:
    """Accounts, of these people: they come first, so that no other is looked at."""
    accounts = table(Account)
    return (
        accounts if people is None else people.join(accounts, accounts.c.id == people.c.account_id)
    )


def _standing(
    people: Subquery | None, key: ColumnElement[Any], name: ColumnElement[Any]
) -> AnySelect:
    query: AnySelect = (
        select(
            key.label("key"),
            name.label("name"),
            part(TODAY).label("part"),
            null().label("step"),
            null().label("completed_on"),
            func.count().label("n"),
            func.sum(case((is_overdue(TODAY), 1), else_=0)).label("late"),
            func.sum(case((NEEDS_SOMEBODY, 1), else_=0)).label("stuck"),
            func.sum(case((PASSED, 1), else_=0)).label("due"),
            func.sum(case((IN_TIME, 1), else_=0)).label("in_time"),
        )
        .select_from(_from(people))
        .join(Enrolment, Enrolment.account_id == Account.id)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .outerjoin(CurrentCertificate, HELD)
        .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    )
    return query
