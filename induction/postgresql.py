"""Connections to PostgreSQL: how they are made, how long pages wait on them, and poolers."""

from typing import Any

from flask import has_request_context
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import ConnectionPoolEntry

# Whoever opens a page waits no longer than this; commands, the worker and migrations may.
LOCK_WAIT, STATEMENT_WAIT = "5s", "10s"
# To compile a statement takes longer than to answer it: a fifth of a second for a list's counts.
_AS_IT_STANDS = "SELECT set_config('jit', 'off', %(once)s)"
# And a disk is taken for one that reads here and there as quickly as on, as they do by now: else
# PostgreSQL would rather read everybody than the few hundred of a page by an index. It joins up to
# twelve tables in whatever order is quickest: with eight, its default, it joins those of everybody
# before it looks for the few of a cohort.
_WAITS = (
    _AS_IT_STANDS + ", set_config('lock_timeout', %(lock)s, %(once)s)"
    ", set_config('statement_timeout', %(statement)s, %(once)s)"
    ", set_config('random_page_cost', '1.1', %(once)s)"
    ", set_config('join_collapse_limit', '12', %(once)s)"
    ", set_config('from_collapse_limit', '12', %(once)s)"
)


def engine_options(url: str) -> dict[str, Any]:
    """How connections are made: none is waited for longer than five seconds.

    A server that vanishes without a word (a cable, a failover) is noticed within ten.
    """
    if not url.startswith("postgresql"):
        return {}
    silent = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2}
    patience = {"connect_timeout": 5, "tcp_user_timeout": 10_000, **silent}
    return {"pool_timeout": 5, "connect_args": patience}


def _longest_waits() -> dict[str, str] | None:
    """Of what is done right now; commands have none."""
    return {"lock": LOCK_WAIT, "statement": STATEMENT_WAIT} if has_request_context() else None


def prepare_postgresql(engine: Engine) -> None:
    """Give pages their longest waits, and get along with a pooler.

    A connection is told them once, and again only where a command follows a page on it. Behind a
    pooler the next transaction may be on another of the server's processes, so each is told.
    Nothing is compiled for pages or for commands.
    """

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        connection.rollback()
        record.info["pooler"] = pid != connection.info.backend_pid
        if record.info["pooler"]:  # and no other process knows what this one has prepared
            connection.prepare_threshold = None
            return
        connection.execute(_AS_IT_STANDS, {"once": False})
        connection.commit()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
        waits = _longest_waits()
        if record.info["pooler"] or record.info.get("waits") == waits:
            return
        if waits:
            connection.execute(_WAITS, waits | {"once": False})
        else:
            connection.execute("RESET ALL")
            connection.execute(_AS_IT_STANDS, {"once": False})
        connection.commit()
        record.info["waits"] = waits

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.info["pooler"]:
            waits = _longest_waits()
            told = _WAITS if waits else _AS_IT_STANDS
            connection.exec_driver_sql(told, (waits or {}) | {"once": True})
