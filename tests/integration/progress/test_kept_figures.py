"""Figures that are read from what is kept are those that are counted one by one."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from induction.database import utc_now, writing
from induction.extensions import Model, db
from induction.journey.models import Enrolment, Progress
from induction.people.models import IN_NOW, Account, Cohort, CohortTutor, Membership, Role
from induction.progress import figures, keeping
from induction.progress import figures_one_by_one as one_by_one
from induction.progress.figures import GroupFigures
from induction.progress.figures_asked import BY, FiguresFilter
from induction.progress.models import LastCounted
from induction.uk_time import uk_day
from tests.support.cast import Cast

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
PROGRAMMES, AUDIENCES = ("", "Trades", "trades", "Maths"), ("learner", "apprentice")


def asked_for(tutor: Account) -> Iterator[FiguresFilter]:
    for by in BY:
        yield FiguresFilter(by)
        yield FiguresFilter(by, programme="Trades")
        yield FiguresFilter(by, audience="apprentice")
        yield FiguresFilter(by, programme="Maths", audience="learner")
        yield FiguresFilter(by, tutor=tutor.public_id)


def numbers(one: GroupFigures) -> tuple[Any, ...]:
    counts = one.counts
    parts = tuple(sorted((part.value, n) for part, n in counts.parts.items() if n))
    return parts, counts.overdue, counts.stuck, one.due, one.in_time


def by_name(groups: list[tuple[str, GroupFigures]]) -> list[Any]:
    return sorted((name, numbers(one)) for name, one in groups)


def agree(cast: Cast, head: Account, tutor: Account, chance: Random | None = None) -> None:
    """On a day long ago, today, and in a year; whatever is asked for, or by chance some of it."""
    today, everything = uk_day(utc_now()), [*asked_for(tutor)]
    days = [today - timedelta(days=800), today, today + timedelta(days=400)]
    with cast.app.test_request_context("/tutor/figures"):
        for day in [chance.choice(days)] if chance else days:
            for asked in chance.sample(everything, 4) if chance else everything:
                alike(db.session(), head, asked, cast, day)


def alike(session: Session, head: Account, asked: FiguresFilter, cast: Cast, day: date) -> None:
    given: dict[str, Any] = {"policy": cast.policy, "today": day}
    values = {"policy": cast.policy.slug, "today": day}
    whole, groups = GroupFigures(), dict[Any, tuple[str, GroupFigures]]()
    for row in one_by_one.rows(session, head, asked, values):
        whole.add(row)
    for row in one_by_one.rows_by_group(session, head, asked, values):
        groups.setdefault(row.key or "", (row.name or "", GroupFigures()))[1].add(row)
    expected = by_name([*groups.values()])
    for found in (
        figures.figures(session, head, asked, **given),
        figures.a_page(session, head, asked, **given),
    ):
        assert numbers(found.everybody) == numbers(whole), asked
        assert by_name(found.groups) == expected, asked
    counted = sorted(
        (row.what, row.day, row.n) for row in one_by_one.days(session, head, asked, values)
    )
    finished = [(day, n) for what, day, n in counted if what == "finished"]
    weeks, days = figures.weekly(session, head, asked, **given)
    assert days == finished, asked
    begins = weeks[0].begins
    assert sum(week.begun for week in weeks) == sum(
        n for what, on, n in counted if what == "begun" and begins <= on < day + timedelta(days=7)
    )


@BOTH
def test_whatever_happens_figures_are_what_is_counted(cast: Cast) -> None:
    chance, now = Random(7), utc_now()
    tutors = [cast.account(Role.TUTOR, name="Tina Tutor") for _ in range(2)]  # who are named alike
    head = cast.account(Role.HEAD)
    places = [cast.cohort(f"Cohort {n}") for n in range(4)]
    day = uk_day(now) - timedelta(days=30)
    people = [cast.learner(f"Learner {n}", cohort=places[n % 3], due_on=day) for n in range(6)]
    cast.graduate(people[0], now=now - timedelta(days=40))
    cast.graduate(people[1], now=now - timedelta(days=20), valid_months=12)
    for n in range(30):
        with cast.app.app_context(), writing() as session:
            for account in chance.sample(people, 2):
                happen(session, account.id, chance, places, tutors)
        agree(cast, head, tutors[0], chance)
        if n % 2 == 0:
            with cast.app.app_context():
                keeping.chore()
            agree(cast, head, tutors[0], chance)
    agree(cast, head, tutors[0])


def happen(
    session: Session,
    account_id: int,
    chance: Random,
    places: list[Cohort],
    tutors: list[Account],
) -> None:
    """Something, to one of them or to a cohort, and nothing else with it."""
    now, cohort = utc_now(), chance.choice(places).id
    today = uk_day(now)
    mine = Enrolment.account_id == account_id
    of_mine = Progress.enrolment_id == select(Enrolment.id).where(mine).scalar_subquery()
    changes: list[tuple[type[Model], ColumnElement[bool], str, list[Any]]] = [
        (Cohort, Cohort.id == cohort, "programme", [*PROGRAMMES]),
        (Account, Account.id == account_id, "audience", [*AUDIENCES]),
        (Progress, of_mine, "begun_at", [None, now, now - timedelta(days=21)]),
        (Enrolment, mine, "due_on", [None, today, today - timedelta(days=30)]),
        (Enrolment, mine, "left_at", [None, None, now]),
    ]
    which = chance.randrange(len(changes) + 3)
    if which < len(changes):
        model, whose, name, values = changes[which]
        session.execute(update(model).where(whose).values({name: chance.choice(values)}))
    elif which == len(changes):
        tutor = chance.choice(tutors).id
        one = CohortTutor.account_id == tutor, CohortTutor.cohort_id == cohort
        if session.scalars(delete(CohortTutor).where(*one).returning(CohortTutor.cohort_id)).all():
            return
        session.add(CohortTutor(cohort_id=cohort, account_id=tutor))
    else:
        theirs = Membership.account_id == account_id, Membership.cohort_id == cohort, IN_NOW
        left = update(Membership).where(*theirs).values(left_at=now)
        if session.scalars(left.returning(Membership.id)).all():
            return
        facts = {"account_id": account_id, "cohort_id": cohort, "joined_at": now}
        session.add(Membership(**facts, is_main=False))


@BOTH
def test_a_date_that_passes_is_counted_by_the_worker_once_the_day_has_turned(cast: Cast) -> None:
    head, tutor = cast.account(Role.HEAD), cast.account(Role.TUTOR)
    today = uk_day(utc_now())
    learner = cast.learner(due_on=today + timedelta(days=1))
    with cast.app.app_context():
        keeping.chore()
        assert keeping.settle() == 0
        of_them = select(LastCounted.true_until).where(
            LastCounted.account_id == learner.id, LastCounted.policy != ""
        )
        assert db.session.scalar(of_them) == today + timedelta(days=1)
    with cast.app.app_context(), writing() as session:  # as if it were a day before yesterday
        session.execute(
            update(LastCounted)
            .where(LastCounted.account_id == learner.id)
            .values(true_until=today - timedelta(days=1))
        )
    agree(cast, head, tutor)
    with cast.app.app_context():
        assert keeping.settle() == 1
        assert keeping.settle() == 0
    agree(cast, head, tutor)
