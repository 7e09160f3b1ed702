"""Counting tries against limits, and what was refused. In the caller's transaction."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.database import table
from induction.throttles import rules
from induction.throttles.models import CountedTry, RefusedTally
from induction.throttles.rules import MEMORY, Limit, quarter


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


def wait(session: Session, asked: Iterable[Metered], *, now: datetime) -> timedelta:
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
        .where(CountedTry.key.in_([key for _, key in limits]), CountedTry.at > now - MEMORY)
        .group_by(CountedTry.limit, CountedTry.key)
    )
    waits = [
        rules.wait(limit, row.things if limit.distinct else row.tries, now - row.last)
        for row in rows
        if (limit := limits.get((row.limit, row.key)))
    ]
    return max(waits, default=timedelta(0))


def count(session: Session, tried: Iterable[Metered], *, now: datetime) -> None:
    """Count one try against each of these, and drop those that no longer matter."""
    session.execute(delete(CountedTry).where(CountedTry.at <= now - MEMORY))
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
    mine = (CountedTry.key == asked.key, CountedTry.limit == asked.limit.name)
    query = select(func.count()).select_from(CountedTry)
    return session.scalar(query.where(*mine, CountedTry.at > now - MEMORY)) or 0


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
