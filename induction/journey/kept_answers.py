"""An answer whose form came back without a session: kept, and shown again after signing in."""

from typing import Any

from flask import request, session


def keep_answer() -> None:
    """Hold on to an answer that arrives after the session has ended, until the next sign-in."""
    if request.method == "POST" and request.blueprint == "questions" and "scenario" in request.form:
        kept: dict[str, Any] = {
            "path": request.path,
            "scenario": request.form["scenario"][:80],
            "for": request.form.get("for", "")[:40],  # somebody else may sign in here next
            "option": [o[:80] for o in request.form.getlist("option")[:10]],
        }
        session["kept_answer"] = kept
