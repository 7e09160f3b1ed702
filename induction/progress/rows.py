"""Rows of the database as lines of a page, and what an address asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import abort, request, url_for

from induction.curriculum.model import Policy
from induction.database import AnyRow
from induction.extensions import db
from induction.journey.rules import FINAL, LearnerState
from induction.people.access import person
from induction.policy.store import content
from induction.progress import words
from induction.progress.counts import Counts
from induction.progress.learners import SORTS, LearnerFilter, last_here
from induction.progress.status import FILTERS, NEW, LearnerStatus, Part, status_of


def cohort_line(row: Any, counts: Counts) -> dict[str, Any]:
    """One cohort's line on the board, and the head of its page."""
    return {
        "name": row.name,
        "programme": row.programme,
        "due": row.due_on,
        "starts": row.starts_on,
        "archived": row.archived_at is not None,
        "counts": counts,
        "href": url_for("tutoring.cohort", public_id=row.public_id),
    }


def status_in_words(row: AnyRow, policy: Policy, today: date) -> tuple[LearnerStatus, str]:
    """A learner's status, and the same in words."""
    status = status_of(row, today)
    return status, words.standing(policy, status, row, row.step)


@dataclass(slots=True)
class LearnerLine:
    """One learner's line in a list."""

    id: str  # in addresses
    name: str
    reference: str | None
    cohort: str | None
    status: LearnerStatus
    status_text: str
    status_more: str
    overdue: bool
    word_wanted: bool
    tries: int  # failed ones
    passed: int
    steps: int
    last_active: datetime | None
    due: date | None
    href: str
    withdrawn: bool
    certificate_href: str | None
    belief: str = ""  # what they seem to believe
    likely: tuple[str, str] | None = None  # what helps most likely, in words, and where


def learner_line(row: AnyRow, today: date) -> LearnerLine:
    """One learner's line in a list."""
    status, said = status_in_words(row, content().policy, today)
    text, _, more = said.partition(": ")
    return LearnerLine(
        id=row.public_id,
        name=row.full_name,
        reference=row.learner_ref,
        cohort=row.cohort,
        status=status,
        status_text=text,
        status_more=more,
        overdue=row.overdue,
        word_wanted=row.word_wanted,
        tries=row.failed_tries,
        passed=row.passed,
        steps=row.steps,
        last_active=row.last_activity_at,
        due=row.due_on,
        href=f"/tutor/learners/{row.public_id}",
        withdrawn=row.withdrawn,
        certificate_href=f"/certificates/{row.number}.pdf" if row.number else None,
    )


def asked() -> LearnerFilter:
    """The state, words and order that the address asks for.

    A state that there is not is a list that there is not: who asks for a few never gets everyone.
    """
    state, sort = request.args.get("state", ""), request.args.get("sort", "name")
    if state and state not in FILTERS:
        abort(404)
    return LearnerFilter(
        state,
        request.args.get("search", "").strip()[:100],
        sort if sort in SORTS else "name",
        request.args.get("employer", "").strip()[:100],
        last_here(db.session(), person()) if state == NEW else None,
    )


def filters(wanted: LearnerFilter, *, of_cohort: bool = False) -> list[dict[str, Any]]:
    """The filter form above a list of learners.

    That of one cohort has room on a phone for the employer where it is in use, and no more.
    """
    employer = {"name": "employer", "label": "Employer", "kind": "text", "value": wanted.employer}
    return [
        search_field("Name, reference, email or employer", wanted.search),
        _select("state", "Where they are", wanted.state, {"": "Everyone", **FILTERS}),
        _select("sort", "Order", wanted.sort, words.SORTS),
        *([employer] if wanted.employer or not of_cohort else []),
    ]


def search_field(label: str, value: str) -> dict[str, Any]:
    """A field for words to look for."""
    return {"name": "search", "label": label, "kind": "text", "value": value}


def _select(name: str, label: str, value: str, choices: Mapping[str, str]) -> dict[str, Any]:
    found = list(choices.items())
    return {"name": name, "label": label, "kind": "select", "value": value, "choices": found}


def places(policy: Policy, counts: Counts) -> list[dict[str, Any]]:
    """Where the learners of a cohort stand: a bar for each step, in order."""
    slugs = [s.slug for s in policy.sections]
    counted = [(LearnerStatus.NOT_STARTED.label, counts.parts[Part.WAITING])]
    counted += [(words.step_title(policy, s), counts.at_step[s]) for s in [*slugs, FINAL]]
    declaration = counts.at_step[LearnerState.DECLARATION.value]
    counted.append((LearnerStatus.DECLARATION.label, declaration))
    for some in (Part.WITHDRAWN, Part.EXPIRED):
        if counts.parts[some]:
            counted.append((LearnerStatus(some.value).label, counts.parts[some]))
    counted.append((LearnerStatus.COMPLETE.label, counts.parts[Part.DONE]))
    size = counts.size or 1
    return [{"label": label, "count": n, "wide": 100 * n / size} for label, n in counted]
