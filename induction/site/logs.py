"""One JSON line for each request: what, how it ended, how long. Never who, never what was typed.

It names the entries of the record of acts that came of it, where it says who; and, by their random
id, whoever was refused a page of another role, since no act says that.

A statement to the database that took long has a line too, with the number of its request.
"""

import errno
import json
import logging
import secrets
import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event

from induction.extensions import db
from induction.failures import log, log_failure

SLOW = 1000.0  # milliseconds for one statement
MOST_SQL = 400  # characters of it
_SQL, _CONTEXT = 2, 4  # of what the engine tells about a statement


def init_app(app: Flask) -> None:
    """Number each request and log its end."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False

    _watch_statements(app)

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(6)
        g.begun = time.perf_counter()

    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint not in ("static", "site.healthz", "site.readyz", "health.figures"):
            log.info(
                json.dumps(
                    {
                        "at": round(time.time(), 3),
                        "request": g.get("request_id"),
                        "method": request.method,
                        "page": request.endpoint or "unknown",
                        "status": response.status_code,
                        "ms": round(1000 * (time.perf_counter() - g.get("begun", 0)), 1),
                        **_on_record(),
                    }
                )
            )
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if response.is_streamed and not response.direct_passthrough:
            response.response = _watched(response.iter_encoded(), g.get("request_id"))
        return response


def _on_record() -> dict[str, Any]:
    """What a line says besides, where there is any: entries as first-last, and who was refused."""
    entries = [f"{a}" if a == b else f"{a}-{b}" for a, b in g.get("entries", ())]
    found = {"acts": entries, "refused": g.get("refused")}
    return {name: value for name, value in found.items() if value}


def _watch_statements(app: Flask) -> None:
    """Log what the database is slow at: the statement as it is written, without its values."""
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "before_cursor_execute")
    def sent(*given: Any) -> None:
        given[_CONTEXT].sent = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def done(*given: Any) -> None:
        took = 1000 * (time.perf_counter() - given[_CONTEXT].sent)
        if took < SLOW:
            return
        asked_by = g.get("request_id") if has_request_context() else None
        line = {"at": round(time.time(), 3), "request": asked_by, "ms": round(took, 1)}
        log.warning(json.dumps({**line, "slow": " ".join(given[_SQL].split())[:MOST_SQL]}))


def _watched(pieces: Iterable[bytes], request_id: str | None) -> Iterator[bytes]:
    """A file that is sent while it is made; where that fails, the connection is cut.

    So nobody takes a part for the whole. Nothing else can be said any more: the answer has begun.
    """
    try:
        yield from pieces
    except Exception as error:  # noqa: BLE001  whatever it is, it is told and the connection cut
        log_failure(error, request_id)
        raise BrokenPipeError(errno.EPIPE, "the file could not be made to its end") from None
