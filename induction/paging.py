"""Lists in pages: how many rows there are, which are shown, and where the others are."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import request, url_for
from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from induction.database import AnyRow, AnySelect

SIZE = 25


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


def page_of(
    session: Session,
    query: AnySelect,
    values: Mapping[str, Any] | None = None,
    *,
    most: int | None = None,
    count: int | None = None,
) -> tuple[list[AnyRow], Pages]:
    """The page of this list that the address asks for, and its neighbours. Two queries.

    ``values`` are those of a statement that is kept, as what is made of it here then is too.
    ``most`` ends the counting, and the pages: then a long list costs no more than a short one.
    ``count`` is how many rows there are, where that is known already; then it is one query.
    """
    counting, paging = (_parts if values is None else _kept_parts)(query, most)
    # On the connection itself: rows of plain columns need none of the ORM's bookkeeping.
    connection, given = session.connection(), dict(values or {})
    if count is None:
        count = connection.scalar(counting, given) or 0
    more = most is not None and count > most
    count = most if most and more else count
    total = max(1, -(-count // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)
    first = (number - 1) * SIZE
    rows: list[AnyRow] = list(connection.execute(paging, {**given, "first": first}).all())
    return rows, Pages(
        number=number,
        total=total,
        first=first + 1 if rows else 0,
        last=first + len(rows),
        count=count,
        previous=_address(number - 1) if number > 1 else None,
        next=_address(number + 1) if number < total else None,
        more=more,
    )


def _parts(query: AnySelect, most: int | None) -> tuple[Select[int], AnySelect]:
    """How many rows there are, and one page of them from ``first`` on."""
    counted = query.limit(most + 1) if most else query.order_by(None)
    counting = select(func.count()).select_from(counted.subquery())
    return counting, query.limit(SIZE).offset(bindparam("first", type_=Integer))


_kept_parts = lru_cache(256)(_parts)


def _address(number: int) -> str:
    here = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(request.endpoint or "", **here)


def whole_number(text: str) -> int:
    """For ``request.args.get(…, type=whole_number)``: a number that a database can hold."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
