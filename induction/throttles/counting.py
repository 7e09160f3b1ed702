"""Counting tries against limits, and what was refused. In the caller's transaction."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.database import table
from induction.throttles import rules
from induction.throttles.models import CountedTry, RefusedTally
from induction.throttles.rules import LONGER, MEMORY, Limit, quarter


@dataclass(frozen=True, slots=True)
class Metered:
    """Who is counted against which limit, and at what they try."""

    limit: Limit
    key: str
    thing: str = ""


def digest(*parts: str) -> str:
    """What is kept of an address or of what was typed."""
    secret: str = current_app.extensions["settings"].secret_key
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def of_network(limit: Limit, address: str, thing: str = "", *, now: datetime) -> Metered:
    """Whoever comes from the same network, counted together.

    Where a limit goes by the hour, what is counted in two hours cannot be joined.
    """
    span = rules.hour(now).isoformat() if limit.by_the_hour else ""
    return Metered(limit, digest(limit.name, rules.network(address), span), thing)


def wait(session: Session, asked: Sequence[Metered], *, now: datetime) -> timedelta:
    """How long to wait before the next try: the longest of what these limits say. One query."""
    limits = {(one.limit.name, one.key): one.limit for one in asked}
    rows = session.execute(
        select(
            CountedTry.limit,
            CountedTry.key,
            func.count().label("tries"),
            func.count(CountedTry.thing.distinct()).label("things"),
            func.max(CountedTry.at).label("last"),
        )
        .where(or_(*(_remembered(one.limit, now) & (CountedTry.key == one.key) for one in asked)))
        .group_by(CountedTry.limit, CountedTry.key)
    )
    waits = [
        rules.wait(limit, row.things if limit.distinct else row.tries, now - row.last)
        for row in rows
        if (limit := limits.get((row.limit, row.key)))
    ]
    return max(waits, default=timedelta(0))


def _remembered(limit: Limit, now: datetime) -> ColumnElement[bool]:
    return and_(CountedTry.limit == limit.name, CountedTry.at > now - limit.memory)


def outdated(now: datetime) -> ColumnElement[bool]:
    """A condition on CountedTry: it no longer matters."""
    brief = CountedTry.limit.not_in([limit.name for limit in LONGER])
    return or_(
        brief & (CountedTry.at <= now - MEMORY),
        *(
            and_(CountedTry.limit == limit.name, CountedTry.at <= now - limit.memory)
            for limit in LONGER
        ),
    )


def in_turn(session: Session, asked: Sequence[Metered]) -> None:
    """Let whoever counts against one of these wait until this transaction ends.

    SQLite has one writer at a time anyway.
    """
    if session.connection().dialect.name == "postgresql":
        for number in sorted({_lock(one) for one in asked}):
            session.execute(select(func.pg_advisory_xact_lock(number)))


def _lock(one: Metered) -> int:
    """The number by which a key is locked; two keys that have one wait for each other."""
    return int.from_bytes(hashlib.sha256(one.key.encode()).digest()[:8], signed=True)


def count(session: Session, tried: Iterable[Metered], *, now: datetime) -> None:
    """Count one try against each of these, and drop those that no longer matter."""
    session.execute(delete(CountedTry).where(outdated(now)))
    rows = [
        {
            "limit": one.limit.name,
            "key": one.key,
            "thing": one.thing,
            "at": rules.hour(now) if one.limit.by_the_hour else now,
        }
        for one in tried
    ]
    session.execute(insert(CountedTry), rows)


def tries(session: Session, asked: Metered, *, now: datetime) -> int:
    """How many tries count against one limit."""
    mine = CountedTry.key == asked.key
    query = select(func.count()).select_from(CountedTry)
    return session.scalar(query.where(mine, _remembered(asked.limit, now))) or 0


def tries_at(session: Session, asked: Metered, *, now: datetime) -> int:
    """How many tries at this thing count against one limit, wherever they came from."""
    mine = CountedTry.thing == asked.thing
    query = select(func.count()).select_from(CountedTry)
    return session.scalar(query.where(mine, _remembered(asked.limit, now))) or 0


def tried_often(session: Session, limit: Limit, keys: Iterable[str], *, now: datetime) -> set[str]:
    """Those of these keys at which there were more tries than are free. One query."""
    mine = CountedTry.key.in_(keys)
    query = select(CountedTry.key).where(mine, _remembered(limit, now))
    often = query.group_by(CountedTry.key).having(func.count() >= limit.free)
    return set(session.scalars(often))


def forget(session: Session, thing: str) -> None:
    """Tries at this no longer count: whoever it belongs to has shown who they are."""
    session.execute(delete(CountedTry).where(CountedTry.thing == thing))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused to whom: at the sign-in, say, and whether it was looked at."""

    kind: str
    address: str
    account: str = ""  # its public id; "": none of ours
    turned_away: bool = False


def refused(session: Session, what: Refusal, *, now: datetime) -> None:
    """Add to the sum of this network's quarter of an hour."""
    into, dialect = table(RefusedTally), session.connection().dialect.name
    wrong, away = int(not what.turned_away), int(what.turned_away)
    made = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(into).values(
        quarter=quarter(now),
        network=digest("refused", rules.network(what.address)),
        kind=what.kind,
        account=what.account,
        wrong=wrong,
        turned_away=away,
    )
    sums = {"wrong": into.c.wrong + wrong, "turned_away": into.c.turned_away + away}
    session.execute(made.on_conflict_do_update(index_elements=[*into.primary_key], set_=sums))
