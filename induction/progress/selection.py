"""Several learners of a list, for whom one thing is to be done.

Those who are ticked are meant; where nobody is, everybody whom the list shows, on all its pages.
What is shown before an act goes along with its form, so that it is done for whom was seen.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_login import current_user
from sqlalchemy.orm import Session

from induction.database import AnyRow, utc_now
from induction.people.access import person
from induction.people.lookups import cohort_or_404, note_strangers
from induction.people.models import Cohort
from induction.policy.store import content
from induction.progress import rows as lines
from induction.progress.learners import LearnerFilter, learners
from induction.progress.status import FILTERS

MOST = 500  # people in one go


@dataclass(frozen=True, slots=True)
class Selection:
    """Who is meant, and the list that they were chosen from."""

    cohort: Cohort | None  # None: of any cohort
    wanted: LearnerFilter
    ticked: bool  # one by one; else everybody in the list
    people: list[AnyRow]
    more: bool  # there are more than can be dealt with in one go

    @property
    def keys(self) -> str:
        """Who was seen, as the form carries it along."""
        return " ".join(row.public_id for row in self.people)

    @property
    def back(self) -> str:
        """The list as it was narrowed."""
        return list_address(self.cohort, self.wanted)

    @property
    def narrowed_to(self) -> str:
        """Which of the list are shown, in words; "" for everybody."""
        return in_words(self.wanted)

    @property
    def name(self) -> str:
        """What that list is called."""
        return self.cohort.name if self.cohort else "All your learners"


def in_words(wanted: LearnerFilter) -> str:
    """What narrows a list, in words; "" for everybody."""
    state = FILTERS.get(wanted.state, "")
    found = f"“{wanted.search}”" if wanted.search else ""
    employer = f"employer “{wanted.employer}”" if wanted.employer else ""
    return ", ".join(part for part in (state, found, employer) if part)


def in_address(wanted: LearnerFilter) -> dict[str, Any]:
    """What narrows and sorts a list, as its address says it."""
    found = {
        "state": wanted.state,
        "search": wanted.search,
        "sort": wanted.sort,
        "employer": wanted.employer,
    }
    return {name: value for name, value in found.items() if value and value != "name"}


_SORTED = {  # what columns sort by: their words, and which way
    "name": ("Name", "ascending"),
    "progress": ("Steps passed", "ascending"),
    "last": ("Last here", "descending"),
    "due": ("Due", "ascending"),
}


def heads(cohort: Cohort | None, wanted: LearnerFilter) -> dict[str, dict[str, str]]:
    """The headings that sort a list, by what they sort by."""
    return {
        sort: {
            "text": text,
            "href": list_address(cohort, replace(wanted, sort=sort)),
            "sorted": way if wanted.sort == sort else "",
        }
        for sort, (text, way) in _SORTED.items()
    }


def within(cohort: Cohort | None, wanted: LearnerFilter) -> str:
    """What a link to a learner says of the list that it is in: the record leads to the next."""
    here = {"cohort": cohort.public_id} if cohort else {"all": "1"}
    return urlencode(here | in_address(wanted))


def list_address(cohort: Cohort | None, wanted: LearnerFilter) -> str:
    """Where a list of learners is."""
    return list_of(cohort.public_id if cohort else None, wanted)


def list_of(cohort_id: str | None, wanted: LearnerFilter) -> str:
    """The same by the id that a cohort has in addresses."""
    path = f"/tutor/cohorts/{cohort_id}" if cohort_id else "/tutor/learners"
    asked = urlencode(in_address(wanted))
    return f"{path}?{asked}" if asked else path


def selection(session: Session, today: date, cohort_id: str = "") -> Selection:
    """The selection that this request is about, in two queries.

    404 for a cohort that is not theirs. Learners who are not theirs are left out, and that they
    were asked for is on record.
    """
    cohort_id = cohort_id or request.args.get("cohort", "")
    cohort = cohort_or_404(session, cohort_id) if cohort_id else None
    wanted, policy = lines.asked(), content().policy
    seen = request.form.get("who", "").split()
    among = (seen or request.args.getlist("who"))[:MOST]
    query, values = learners(
        current_user,
        cohort_id=cohort.id if cohort else None,
        asked=LearnerFilter(sort=wanted.sort) if among else wanted,
        among=among,
        policy=policy,
        today=today,
    )
    found = session.execute(query.limit(MOST + 1), values).all()
    note_strangers(session, person(), {*among} - {row.public_id for row in found}, now=utc_now())
    ticked = bool(request.args.getlist("who"))
    return Selection(cohort, wanted, ticked, list(found[:MOST]), len(found) > MOST)
