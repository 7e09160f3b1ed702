"""Figures of many learners for those who answer for them: by group, in time, and week by week.

A fixed number of queries. Of everybody, or of those of a programme, what is kept is read, whatever
their number; a tutor’s are counted one by one, and so are the tutors or cohorts of a page.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, case, func, null, select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect
from induction.paging import Pages, page_found
from induction.people.access import oversees_all, visible_cohorts
from induction.people.models import Account, Cohort, CohortTutor
from induction.progress import figures_one_by_one as one_by_one
from induction.progress.counts import Counts
from induction.progress.facts import BEGUN, FINISHED_FIRST, everybody, on_days, programmes_in
from induction.progress.figures_asked import FiguresFilter
from induction.progress.status import Part

WEEKS = 26  # that the trend goes back
MOST_GROUPS = 500  # on a page, where groups are not shown a few at a time
# Of groups of which there are many: how far they are counted, and how many a page shows. A tutor
# may have a hundred learners and more, who are counted one by one.
COUNTED, OF_MANY = 250, 10
MOST_TUTORS = 50  # to choose from; of more, one is named


@dataclass(slots=True)
class GroupFigures:
    """How some learners stand, and how many of those whose date has passed were done by it."""

    counts: Counts = field(default_factory=Counts)
    due: int = 0  # had a due date that has passed
    in_time: int = 0  # of these, had finished by it

    @property
    def done_per_cent(self) -> int | None:
        """Of everybody, how many hold a certificate that counts; None of nobody."""
        size = self.counts.size
        return 100 * self.counts.parts[Part.DONE] // size if size else None

    @property
    def in_time_per_cent(self) -> int | None:
        """Of those whose date has passed; None where nobody’s has."""
        return 100 * self.in_time // self.due if self.due else None

    def add(self, row: AnyRow) -> None:
        """Take in a row of those who are counted alike."""
        self.counts.add(row)
        self.due += row.due or 0
        self.in_time += row.in_time or 0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everybody who is asked for, each once; and by group, by name.

    Whoever is in two groups is counted in both. "" is the name of who is in none.
    """

    everybody: GroupFigures
    groups: list[tuple[str, GroupFigures]]
    pages: Pages | None = None  # of groups, where they are those of a page


def figures(
    session: Session, viewer: Account, asked: FiguresFilter, *, policy: Policy, today: date
) -> Figures:
    """Of everybody whom the viewer may see, by all groups."""
    values = {"policy": policy.slug, "today": today}
    if not _is_kept(viewer, asked):
        whole = _together(one_by_one.rows(session, viewer, asked, values))
        return Figures(whole, _by_group(one_by_one.rows_by_group(session, viewer, asked, values)))
    rows = _kept(session, asked, values)
    if asked.by_few_learners:
        groups = _by_group(one_by_one.rows_by_group(session, viewer, asked, values))
        return Figures(_together(rows), groups)
    named: dict[str, GroupFigures] = {}
    for row in rows:
        for name in [row.audience] if asked.by == "audience" else programmes_in(row.programmes):
            named.setdefault(name, GroupFigures()).add(row)
    return Figures(_together(rows), _in_order(named.items()))


def a_page(
    session: Session, viewer: Account, asked: FiguresFilter, *, policy: Policy, today: date
) -> Figures:
    """The same, of tutors and cohorts those of the page that the address asks for."""
    if not (_is_kept(viewer, asked) and asked.by_few_learners):
        found = figures(session, viewer, asked, policy=policy, today=today)
        return Figures(found.everybody, found.groups[:MOST_GROUPS])
    values = {"policy": policy.slug, "today": today}
    query = one_by_one.groups(viewer, asked)
    known, pages = page_found(
        session, query, {"policy": policy.slug}, counted=COUNTED, size=OF_MANY
    )
    keys = [row.key for row in known]
    counted = {row.key: GroupFigures() for row in known}
    for row in one_by_one.rows_by_group(session, viewer, asked, values, keys):
        counted[row.key].add(row)
    groups = [(row.name, counted[row.key]) for row in known]
    rows = _kept(session, asked, values)
    alone = _together(
        row for row in rows if not (row.taught if asked.by == "tutor" else row.in_cohort)
    )
    if alone.counts.size and not pages.next:
        groups.append(("", alone))
    return Figures(_together(rows), groups, pages)


def _is_kept(viewer: Account, asked: FiguresFilter) -> bool:
    """Whether these are counted already: not by tutor, of whom there are too many."""
    return oversees_all(viewer) and not asked.of_tutors


def _together(rows: Iterable[AnyRow]) -> GroupFigures:
    found = GroupFigures()
    for row in rows:
        found.add(row)
    return found


def _by_group(rows: Iterable[AnyRow]) -> list[tuple[str, GroupFigures]]:
    found: dict[Any, tuple[str, GroupFigures]] = {}
    for row in rows:
        found.setdefault(row.key or "", (row.name or "", GroupFigures()))[1].add(row)
    return _in_order(found.values())


def _in_order(groups: Iterable[tuple[str, GroupFigures]]) -> list[tuple[str, GroupFigures]]:
    return sorted(groups, key=lambda one: (not one[0], one[0].casefold()))


def _kept(session: Session, asked: FiguresFilter, values: dict[str, Any]) -> list[AnyRow]:
    """Of everybody asked for, how many are counted alike."""
    found = session.connection().execute(_kept_of_all(), values)
    return [
        row
        for row in found
        if asked.audience in ("", row.audience)
        and (not asked.programme or asked.programme in programmes_in(row.programmes))
    ]


@cache
def _kept_of_all() -> AnySelect:
    kept = everybody()
    of = (kept.c.audience, kept.c.programmes, kept.c.in_cohort, kept.c.taught, kept.c.part)
    query: AnySelect = (
        select(
            *of,
            null().label("step"),
            null().label("completed_on"),
            func.sum(kept.c.n).label("n"),
            *(
                func.sum(case((kept.c[flag], kept.c.n), else_=0)).label(flag)
                for flag in ("late", "stuck", "due", "in_time")
            ),
        )
        .where(
            kept.c.policy == bindparam("policy"), kept.c.ended.is_(False), kept.c.left.is_(False)
        )
        .group_by(*of)
        .having(func.sum(kept.c.n) > 0)
    )
    return query


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in a week, which begins on a Monday."""

    begins: date
    begun: int  # answered their first question
    finished: int  # signed for the first time


def weekly(
    session: Session, viewer: Account, asked: FiguresFilter, *, policy: Policy, today: date
) -> tuple[list[Week], list[tuple[date, int]]]:
    """Week by week, the last so many; and every day on which somebody finished for the first time.

    Two queries, or one of what is kept.
    """
    values = {"policy": policy.slug, "today": today}
    if _is_kept(viewer, asked):
        rows = _kept_days(session, asked, values)
    else:
        rows = one_by_one.days(session, viewer, asked, values)
    days = {BEGUN: Counter[date](), FINISHED_FIRST: Counter[date]()}
    for row in rows:
        days[row.what][row.day] += row.n
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=n) for n in reversed(range(WEEKS))]
    in_weeks = {what: Counter[date]() for what in days}
    for what, by_day in days.items():
        for day, n in by_day.items():
            in_weeks[what][day - timedelta(days=day.weekday())] += n
    return (
        [Week(week, in_weeks[BEGUN][week], in_weeks[FINISHED_FIRST][week]) for week in weeks],
        sorted(days[FINISHED_FIRST].items()),
    )


def _kept_days(session: Session, asked: FiguresFilter, values: dict[str, Any]) -> list[AnyRow]:
    kept = on_days()
    of = [kept.c.what, kept.c.day, *[kept.c.programmes] * bool(asked.programme)]
    query: AnySelect = select(*of, func.sum(kept.c.n).label("n"))
    query = query.where(kept.c.policy == bindparam("policy"))
    if asked.audience:
        query = query.where(kept.c.audience == asked.audience)
    query = query.group_by(*of).having(func.sum(kept.c.n) > 0)
    rows = session.connection().execute(query, values)
    programme = asked.programme
    return [row for row in rows if not programme or programme in programmes_in(row.programmes)]


def choices(session: Session, viewer: Account) -> dict[str, list[tuple[str, str]]]:
    """The programmes and tutors that the figures of this viewer can be narrowed to. Two queries.

    No tutors where there are too many to choose from.
    """
    mine = visible_cohorts(viewer)
    programmes = select(Cohort.programme).where(mine, Cohort.programme != "").distinct()
    tutors = (
        select(Account.public_id, Account.full_name)
        .where(
            Account.id.in_(
                select(CohortTutor.account_id)
                .join(Cohort, Cohort.id == CohortTutor.cohort_id)
                .where(mine)
                .distinct()
                .limit(MOST_TUTORS + 1)
            )
        )
        .order_by(Account.sort_name, Account.id)
    )
    found = [(row.public_id, row.full_name) for row in session.execute(tutors)]
    return {
        "programme": [(name, name) for name in sorted(session.scalars(programmes))],
        "tutor": found if len(found) <= MOST_TUTORS else [],
    }
