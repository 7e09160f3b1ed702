"""A fault of ours, told: in the log, and to Sentry where the installation has it.

Either is told the kind and the place, never the values that caused it.
"""

import importlib
import json
import logging
import time
from typing import Any

from flask import g, has_app_context

log = logging.getLogger("induction.requests")
MOST_FRAMES = 12
_sentry: list[Any] = []  # its library, where SENTRY_DSN is set


def tell_sentry(dsn: str) -> None:
    """From now on faults are told to this Sentry too; an empty address takes that back.

    Its library watches nothing by itself: it sends what ``log_failure`` gives it.
    """
    _sentry.clear()
    if dsn:
        library = importlib.import_module("sentry_sdk")
        library.init(
            dsn=dsn,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            send_client_reports=False,
            max_breadcrumbs=0,
            server_name="",
        )
        _sentry.append(library)


def place_of(error: BaseException) -> list[str]:
    """Where it was raised, the innermost last: files of ours without what stands before them."""
    return [f"{file}:{line}" for file, _, line in _frames(error)]


def _frames(error: BaseException) -> list[tuple[str, str, int]]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.rsplit("/induction/", 1)[-1]
        frames.append((file, code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return frames[-MOST_FRAMES:]


def log_failure(error: BaseException, request_id: str | None = None, **where: str) -> None:
    """One line; ``where`` names what was being done, where it was no request."""
    asked_by = request_id or (g.get("request_id") if has_app_context() else None)
    kind = type(error).__name__
    line = {"at": round(time.time(), 3), "request": asked_by, **where}
    log.error(json.dumps({**line, "failure": kind, "trace": place_of(error)}))
    for library in _sentry:
        frames = [
            {"filename": file, "function": name, "lineno": number, "in_app": True}
            for file, name, number in _frames(error)
        ]
        told = {"type": kind, "value": "", "stacktrace": {"frames": frames}}
        tags = {"request": asked_by or "none", **where}
        library.capture_event(
            {"level": "error", "exception": {"values": [told]}, "tags": tags, "platform": "python"}
        )
