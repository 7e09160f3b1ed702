"""An answer that could not be taken: kept in the session, and shown when its question is asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, session
from werkzeug.datastructures import MultiDict

TICKS = "practice.keep_now"
_WHICH = ("scenario", "scene", "try", "for")  # “for”: somebody else may sign in here next


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was chosen, and what was wrong with it; "" where only the session had ended."""

    chosen: tuple[str, ...]
    fault: str


def chosen_in(form: MultiDict[str, str]) -> tuple[str, ...]:
    """The options that a form holds.

    They are called ``option``; where each of several things has a field of its own, the name goes
    on after a full stop, and a field in which nothing was chosen yet is empty. Ticks are ``done``.
    """
    fields = [name for name in form if name in ("option", "done") or name.startswith("option.")]
    return tuple(value for name in fields for value in form.getlist(name) if value)


def keep_answer(fault: str = "") -> None:
    """Hold on to an answer that has a fault, or arrives after the session has ended; ticks too."""
    answers = request.blueprint == "questions" and "scenario" in request.form
    if request.method == "POST" and (answers or request.endpoint == TICKS):
        session["kept_answer"] = {
            "at": _at(request.path, request.form),
            "option": [o[:80] for o in chosen_in(request.form)[:10]],
            "fault": fault,
        }


def kept_for(action: str, fields: Mapping[str, str]) -> KeptAnswer | None:
    """What is kept for a form with this action and these hidden fields; a fault is told once."""
    kept = session.get("kept_answer") or {}
    if kept.get("at") != _at(action, fields):
        return None
    if kept["fault"]:
        forget_answer()
    return KeptAnswer(tuple(kept["option"]), kept["fault"])


def forget_answer() -> None:
    """Nothing is kept any more."""
    session.pop("kept_answer", None)


def _at(path: str, fields: Mapping[str, str]) -> list[str]:
    return [path, *(fields.get(name, "")[:80] for name in _WHICH)]
