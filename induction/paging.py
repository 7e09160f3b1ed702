"""Lists in pages: how many rows there are, which are shown, and where the others are."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from flask import request, url_for
from sqlalchemy import Integer, Result, Select, bindparam, func, select
from sqlalchemy.orm import Session

from induction.database import AnyRow, AnySelect

T = TypeVar("T")
SIZE = 25
COUNTED = 1000  # of a list whose counting would read everybody
_LAST = 10**6  # a page further on than any list has


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a page stands in its list. ``previous`` and ``next`` are addresses, or None."""

    number: int
    total: int
    first: int
    last: int
    count: int
    previous: str | None
    next: str | None
    more: bool = False  # there are more than were counted
    goes_on: bool = False  # and later pages show them


def page_of(
    session: Session,
    query: AnySelect,
    values: Mapping[str, Any] | None = None,
    *,
    count: int | None = None,
    counted: int | None = None,
    facts: AnySelect | None = None,
) -> tuple[list[AnyRow], Pages]:
    """The page of this list that the address asks for, and its neighbours. Two queries.

    ``values`` are those of a statement that is kept, as what is made of it here then is too.
    ``count`` is how many rows there are, where that is known already; then it is one query.
    ``counted`` ends the counting, but not the pages: later ones count further.
    ``facts`` is a statement of what the page says, where the list is of no more than keys: so it
    looks for this with none but those on the page. Its first column is the key.
    """
    if counted is not None and count is None:
        return _page_further_on(session, query, values, counted)
    counting, paging = (_parts if values is None else _kept_parts)(query, facts)
    # On the connection itself: rows of plain columns need none of the ORM's bookkeeping.
    connection, given = session.connection(), dict(values or {})
    if count is None:
        count = connection.scalar(counting, given) or 0
    total = max(1, -(-count // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)
    first = (number - 1) * SIZE
    rows = plainly(connection.execute(paging, {**given, "first": first}))
    return rows, _pages(rows, (first, number, total, count))


def _page_further_on(
    session: Session, query: AnySelect, values: Mapping[str, Any] | None, counted: int
) -> tuple[list[AnyRow], Pages]:
    """A page of a list that is counted no further than it has to be."""
    paging, counting = (_further_parts if values is None else _kept_further_parts)(query)
    connection, given = session.connection(), dict(values or {})
    number = _asked()
    rows = plainly(connection.execute(paging, {**given, "first": (number - 1) * SIZE}))
    if len(rows) < SIZE and (rows or number == 1):
        count, limit = (number - 1) * SIZE + len(rows), None
    else:
        limit = max(counted, number * SIZE)
        count = connection.scalar(counting, {**given, "counted": limit + 1}) or 0
    more = limit is not None and count > limit
    shown = limit if limit is not None and more else count
    total = max(1, -(-shown // SIZE))
    if number > total:  # beyond the end: the last page
        number = total
        last = {**given, "first": (number - 1) * SIZE}
        rows = plainly(connection.execute(paging, last))
    at = ((number - 1) * SIZE, number, total, shown)
    return rows, _pages(rows, at, more=more, goes_on=more)


def page_found(
    session: Session,
    query: AnySelect,
    values: Mapping[str, Any] | None = None,
    *,
    counted: int = COUNTED,
    goes_on: bool = True,
    size: int = SIZE,
) -> tuple[list[AnyRow], Pages]:
    """The page of what a search found, which is looked for once: counted, and shown in part.

    One query, whose rows are to be narrow. Whether the list ``goes_on`` where more was found, and
    the ``size`` of a page.
    """
    limit = reach(counted, size) if goes_on else counted
    statement = (_first_of if values is None else _kept_first_of)(query)
    found = session.connection().execute(statement, {**(values or {}), "counted": limit + 1}).all()
    return page_in_hand(found, limit, goes_on=goes_on, size=size)


def reach(counted: int, size: int = SIZE) -> int:
    """How far a list that is counted so far has to be read for the page that is asked for."""
    return max(counted, _asked() * size)


def page_in_hand(
    found: Sequence[T], limit: int, *, goes_on: bool = True, size: int = SIZE
) -> tuple[list[T], Pages]:
    """The page of a list that was read to its end, or to one beyond ``limit``."""
    more, shown = len(found) > limit, min(len(found), limit)
    total = max(1, -(-shown // size))
    number = min(_asked(), total)
    first = (number - 1) * size
    rows = list(found[first : min(first + size, limit)])
    at = (first, number, total, shown)
    return rows, _pages(rows, at, more=more, goes_on=more and goes_on)


def _asked() -> int:
    """The page that the address asks for, which may be beyond the last."""
    return min(max(1, request.args.get("page", 1, type=int)), _LAST)


def _pages(rows: Sequence[Any], at: tuple[int, int, int, int], **more: bool) -> Pages:
    """Where these rows stand: how many come before, on which page of how many, of how many rows.

    ``more`` and ``goes_on`` are those of Pages.
    """
    first, number, total, count = at
    return Pages(
        number=number,
        total=total,
        first=first + 1 if rows else 0,
        last=first + len(rows),
        count=count,
        previous=_address(number - 1) if number > 1 else None,
        next=_address(number + 1) if number < total or more.get("goes_on") else None,
        **more,
    )


def _first_of(query: AnySelect) -> AnySelect:
    return query.limit(bindparam("counted", type_=Integer))


_kept_first_of = lru_cache(256)(_first_of)


def first_of(
    session: Session, query: AnySelect, values: Mapping[str, Any], most: int
) -> list[AnyRow]:
    """The first rows of a statement that is kept, for a file."""
    return plainly(session.connection().execute(_kept_first_of(query), {**values, "counted": most}))


def plainly(found: Result[Any]) -> list[AnyRow]:
    """The rows of a list as plain named tuples.

    As SQLAlchemy gives them, a column by its name takes some ten times as long.
    """
    return list(map(_line(tuple(found.keys())), found.all()))


@lru_cache(64)
def _line(columns: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    made: Any = namedtuple("Line", columns)  # type: ignore[misc]  # noqa: PYI024  a statement's
    make: Callable[[Iterable[Any]], Any] = made._make
    return make


def _further_parts(query: AnySelect) -> tuple[AnySelect, Select[int]]:
    """One page of the rows from ``first`` on, and how many there are up to ``counted``."""
    some = query.order_by(None).limit(bindparam("counted", type_=Integer)).subquery()
    paging = query.limit(SIZE).offset(bindparam("first", type_=Integer))
    return paging, select(func.count()).select_from(some)


_kept_further_parts = lru_cache(256)(_further_parts)


def _parts(query: AnySelect, facts: AnySelect | None) -> tuple[Select[int], AnySelect]:
    """How many rows there are, and one page of them from ``first`` on, or of the facts of these."""
    counting = select(func.count()).select_from(query.order_by(None).subquery())
    paging = query.limit(SIZE).offset(bindparam("first", type_=Integer))
    if facts is not None:
        paging = facts.where(facts.selected_columns[0].in_(paging))
    return counting, paging


_kept_parts = lru_cache(256)(_parts)


def _address(number: int) -> str:
    here = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(request.endpoint or "", **here)


def whole_number(text: str) -> int:
    """For ``request.args.get(…, type=whole_number)``: a number that a database can hold."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
