"""Whom a list that was searched leaves out, since they are here no more: how many would fit."""

from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnySelect, utc_now
from induction.paging import Pages
from induction.people.models import Account, Cohort
from induction.progress.learners import LearnerFilter, learners
from induction.progress.selection import list_address
from induction.progress.status import LearnerStatus
from induction.uk_time import uk_day

_GONE = {
    LearnerStatus.LEFT: ("who has left", "who have left"),
    LearnerStatus.ENDED: ("whose account has ended", "whose accounts have ended"),
}


@dataclass(frozen=True, slots=True)
class HereNoMore:
    """How many are in one of these states, in words, and the list of them."""

    words: str
    href: str


def gone(
    session: Session,
    viewer: Account,
    asked: LearnerFilter,
    pages: Pages,
    *,
    cohort: Cohort | None = None,
    policy: Policy,
) -> list[HereNoMore]:
    """Who may be meant by a search beside; counted where it found nobody, by two queries."""
    if asked.state in _GONE or not (asked.search or asked.employer):
        return []
    if pages.count:
        return [
            HereNoMore(f"those {several}", list_address(cohort, replace(asked, state=state.value)))
            for state, (_, several) in _GONE.items()
        ]
    found, today = [], uk_day(utc_now())
    for state, (one, several) in _GONE.items():
        theirs = replace(asked, state=state.value)
        query, values = learners(
            viewer,
            cohort_id=cohort.id if cohort else None,
            asked=theirs,
            policy=policy,
            today=today,
        )
        if number := session.connection().scalar(_count(query), values):
            words = f"{number} {one if number == 1 else several}"
            found.append(HereNoMore(words, list_address(cohort, theirs)))
    return found


@cache
def _count(query: AnySelect) -> Select[int]:
    return select(func.count()).select_from(query.order_by(None).subquery())
