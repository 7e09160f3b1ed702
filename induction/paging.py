"""Lists in pages: how many rows there are, which are shown, and where the others are."""

from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy import func, select
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
    session: Session, query: AnySelect, *, most: int | None = None
) -> tuple[list[AnyRow], Pages]:
    """The page of this list that the address asks for, and its neighbours. Two queries.

    ``most`` ends the counting, and the pages: then a long list costs no more than a short one.
    """
    counted = query if most else query.order_by(None)
    counted = counted.limit(most + 1) if most else counted
    count = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    more = most is not None and count > most
    count = most if most and more else count
    total = max(1, -(-count // SIZE))
    number = min(max(1, request.args.get("page", 1, type=int)), total)
    # On the connection itself: rows of plain columns need none of the ORM's bookkeeping.
    page = query.limit(SIZE).offset((number - 1) * SIZE)
    rows: list[AnyRow] = list(session.connection().execute(page).all())
    first = (number - 1) * SIZE
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


def _address(number: int) -> str:
    here = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(request.endpoint or "", **here)


def whole_number(text: str) -> int:
    """For ``request.args.get(…, type=whole_number)``: a number that a database can hold."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def like(text: str) -> str:
    """A pattern that finds the text anywhere; what people type has no wildcards."""
    plain = text.replace("\\", "").replace("%", "").replace("_", "")
    return f"%{plain}%"
