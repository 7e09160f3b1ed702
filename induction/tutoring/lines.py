"""Rows of the database as lines of a page."""

from typing import Any

from flask import request, url_for
from sqlalchemy import Row

from induction.journey.content import content
from induction.journey.rules import State
from induction.tutoring import words


def cohort_line(row: Row[Any]) -> dict[str, Any]:
    """One cohort's line on the board."""
    fields = dict(row._mapping)
    return {
        **fields,
        "going": row.size - row.done - row.waiting,
        "href": url_for("tutoring.cohort", public_id=row.public_id),
    }


def learner_line(row: Row[Any]) -> dict[str, Any]:
    """One learner's line in a list."""
    return {
        "name": row.full_name,
        "reference": row.learner_ref,
        "cohort": row.cohort,
        "state": "started" if row.state == State.IN_PROGRESS else row.state,
        "state_text": words.standing(content().policy, row.state, row.step),
        "last_active": row.last_activity_at,
        "due": row.due_on,
        "href": url_for("tutoring.learner", public_id=row.public_id),
        "certificate_href": (
            url_for("certificates.pdf", number=row.number) if row.number else None
        ),
    }


def asked() -> tuple[str, str]:
    """The state and the words that the address filters by; unknown states count as none."""
    state = request.args.get("state", "")
    search = request.args.get("search", "").strip()[:100]
    return (state if state in list(State) else ""), search


def filters(state: str, search: str) -> list[dict[str, Any]]:
    """The filter form above a list of learners."""
    choices = [("", "Everyone"), *((s.value, text) for s, text in words.STATES.items())]
    return [
        {"name": "search", "label": "Name or reference", "kind": "text", "value": search},
        {
            "name": "state",
            "label": "Where they are",
            "kind": "select",
            "value": state,
            "choices": choices,
        },
    ]
