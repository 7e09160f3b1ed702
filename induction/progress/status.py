"""Where a learner stands: one status, one label each, one condition in the database each.

Everybody who is enrolled has exactly one status on a day. ``status_of`` finds it for one person,
``has_status`` those in the database who have it; they say the same. Numbers are made of coarser
*parts*, which together are everybody: what counts is whether somebody holds a certificate that
counts, not what they are busy with. Beside it stands whether somebody is *here*: whoever has left,
and whose account is ended or erased, is in no number and no list unless asked for, and is sent
nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, func, or_

from induction.certificates.models import Certificate, CurrentCertificate
from induction.certificates.queries import WITHDRAWN
from induction.database import UtcDateTime
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.invitations import HAS_LINK, IS_PLANNED, NEVER_INVITED
from induction.people.models import HAS_SIGNED_IN, Account

Day = date | BindParameter[date]


class LearnerStatus(StrEnum):
    """Where a learner stands, in one word; the values stand in addresses."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    STUCK = "stuck"
    SETTLED = "settled"  # stuck, and a tutor has dealt with it
    DECLARATION = "declaration"
    COMPLETE = "complete"
    WITHDRAWN = "withdrawn"  # finished, and what they earned was taken back
    EXPIRED = "expired"  # finished, and the certificate has run out
    RENEWING = "renewing"
    REDO = "redo"  # had finished: a rule has changed, or nothing counts now
    LEFT = "left"
    ENDED = "ended"  # their account was ended, or their details were erased

    @property
    def label(self) -> str:
        """In words, wherever it is shown."""
        return _LABELS[self]

    @property
    def here(self) -> bool:
        """Whether they are in lists and numbers, and are reminded."""
        return self not in (LearnerStatus.LEFT, LearnerStatus.ENDED)


_LABELS = {
    LearnerStatus.NOT_STARTED: "Not started",
    LearnerStatus.IN_PROGRESS: "Under way",
    LearnerStatus.STUCK: "Stuck",
    LearnerStatus.SETTLED: "Stuck, dealt with",
    LearnerStatus.DECLARATION: "Declaration to sign",
    LearnerStatus.COMPLETE: "Complete",
    LearnerStatus.WITHDRAWN: "Certificate withdrawn",
    LearnerStatus.EXPIRED: "Expired",
    LearnerStatus.RENEWING: "Renewing",
    LearnerStatus.REDO: "To redo",
    LearnerStatus.LEFT: "Left",
    LearnerStatus.ENDED: "Account ended",
}


class Part(StrEnum):
    """A part of everybody who is here, as numbers are made of them; in the order of bars."""

    DONE = "done"  # holds a certificate that counts today, whether or not they are renewing it
    REDO = "redo"  # had finished, under the version before or with what was withdrawn since
    EXPIRED = "expired"  # the certificate has run out, whether or not they are renewing it
    WITHDRAWN = "withdrawn"  # finished; the certificate was taken back and nothing is asked
    GOING = "going"
    WAITING = "waiting"

    @property
    def label(self) -> str:
        """In words, after a number."""
        return _PART_LABELS[self]

    @property
    def always_told(self) -> bool:
        """Whether it is told even where nobody is in it."""
        return self in (Part.DONE, Part.GOING, Part.WAITING)


_PART_LABELS = {
    Part.DONE: "done",
    Part.REDO: "done before and to redo",
    Part.EXPIRED: "expired",
    Part.WITHDRAWN: "with a withdrawn certificate",
    Part.GOING: "under way",
    Part.WAITING: "not started",
}


class HasStanding(Protocol):
    """Whatever carries the facts that a status follows from."""

    @property
    def state(self) -> str: ...  # a LearnerState
    @property
    def settled(self) -> bool: ...  # being stuck at this has been dealt with
    @property
    def renewing(self) -> bool: ...
    @property
    def withdrawn(self) -> bool: ...  # what was earned was taken back, and nothing else counts
    @property
    def number(self) -> str | None: ...  # of the certificate that counts
    @property
    def valid_until(self) -> date | None: ...  # the last day of that certificate
    @property
    def left_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


def status_of(facts: HasStanding, today: date) -> LearnerStatus:
    """The status of one person."""
    if facts.left_at is not None:
        return LearnerStatus.LEFT
    if facts.ended_at is not None:
        return LearnerStatus.ENDED
    status = _AS_STATES[facts.state]
    if status is LearnerStatus.STUCK:
        return LearnerStatus.SETTLED if facts.settled else status
    if status is LearnerStatus.COMPLETE:
        return _finished(facts, today)
    return status if status is LearnerStatus.NOT_STARTED else _again(facts) or status


_AS_STATES = {state.value: LearnerStatus(state.value) for state in LearnerState}


def _finished(facts: HasStanding, today: date) -> LearnerStatus:
    if facts.withdrawn:
        return LearnerStatus.WITHDRAWN
    if facts.valid_until is not None and facts.valid_until < today:
        return LearnerStatus.EXPIRED
    return LearnerStatus.COMPLETE


def _again(facts: HasStanding) -> LearnerStatus | None:
    """What somebody under way is doing who had finished before; None for the first time."""
    if facts.withdrawn or (facts.number is not None and not facts.renewing):
        return LearnerStatus.REDO
    return LearnerStatus.RENEWING if facts.renewing else None


# ---- the same for the database: conditions on Account, Enrolment, Progress and, where it is said,
# the Certificate that is current ----

HELD = (CurrentCertificate.account_id == Enrolment.account_id) & (
    CurrentCertificate.policy == Enrolment.policy
)  # joins the certificate that is current
HERE = Enrolment.left_at.is_(None) & Account.deactivated_at.is_(None) & Account.erased_at.is_(None)
FINISHED = Progress.state == LearnerState.COMPLETE.value
HOLDS_NONE = Enrolment.id.in_(WITHDRAWN)  # any more: what they earned was taken back
DONE = FINISHED & ~HOLDS_NONE
SETTLED = (Progress.settled_step == Progress.step) & (
    Progress.settled_tries == Progress.failed_tries
)
NEEDS_SOMEBODY = (Progress.state == LearnerState.STUCK.value) & ~SETTLED
WORD_WANTED = (Progress.flags != ()) & Progress.word_at.is_(None)
ENDED_AT = func.coalesce(Account.deactivated_at, Account.erased_at)
HAS_A_DATE = Progress.renewing.is_(False)  # it was for the induction: see ``Journey.due``
DUE_ON = case((HAS_A_DATE, Enrolment.due_on))


def is_overdue(today: Day) -> ColumnElement[bool]:
    """Past the due date and not finished, where there is a due date."""
    return (Enrolment.due_on < today) & ~FINISHED & HAS_A_DATE


def has_status(status: LearnerStatus, today: Day) -> ColumnElement[bool]:
    """Those who have a status on a day. Needs the Certificate that is current."""
    if status is LearnerStatus.LEFT:
        return Enrolment.left_at.is_not(None)
    if status is LearnerStatus.ENDED:
        return Enrolment.left_at.is_(None) & ~HERE
    return HERE & _of_those_here(today)[status]


def _of_those_here(today: Day) -> dict[LearnerStatus, ColumnElement[bool]]:
    state, renewing, until = Progress.state, Progress.renewing, Certificate.valid_until
    holds, in_time = Certificate.number.is_not(None), or_(until.is_(None), until >= today)
    under_way = state.in_((LearnerState.IN_PROGRESS.value, LearnerState.DECLARATION.value))
    first_time = ~HOLDS_NONE & ~renewing & ~holds
    return {
        LearnerStatus.NOT_STARTED: state == LearnerState.NOT_STARTED.value,
        LearnerStatus.IN_PROGRESS: (state == LearnerState.IN_PROGRESS.value) & first_time,
        LearnerStatus.STUCK: NEEDS_SOMEBODY,
        LearnerStatus.SETTLED: (state == LearnerState.STUCK.value) & SETTLED,
        LearnerStatus.DECLARATION: (state == LearnerState.DECLARATION.value) & first_time,
        LearnerStatus.COMPLETE: DONE & in_time,
        LearnerStatus.WITHDRAWN: FINISHED & HOLDS_NONE,
        LearnerStatus.EXPIRED: DONE & ~in_time,
        LearnerStatus.RENEWING: under_way & renewing & ~HOLDS_NONE,
        LearnerStatus.REDO: under_way & (HOLDS_NONE | (holds & ~renewing)),
    }


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What the part follows from, as columns."""

    state: ColumnElement[str]
    renewing: ColumnElement[bool]
    withdrawn: ColumnElement[bool]
    holds: ColumnElement[bool]
    until: ColumnElement[date | None]


_NOW = PartFacts(
    Progress.state.expression,
    Progress.renewing.expression,
    HOLDS_NONE,
    Certificate.number.is_not(None),
    Certificate.valid_until.expression,
)


def part(today: Day, of: PartFacts = _NOW) -> ColumnElement[str]:
    """The part that somebody is in on a day. Needs the Certificate that is current."""
    finished = of.state == LearnerState.COMPLETE.value
    again = of.withdrawn | (of.holds & ~finished & ~of.renewing)
    counts = or_(of.until.is_(None), of.until >= today)
    return case(
        (of.state == LearnerState.NOT_STARTED.value, Part.WAITING.value),
        (finished & of.withdrawn, Part.WITHDRAWN.value),
        (again, Part.REDO.value),
        (~finished & ~of.holds, Part.GOING.value),
        (counts, Part.DONE.value),
        else_=Part.EXPIRED.value,
    )


# ---- what lists can be asked for ----

NEW = "new"  # has come, or done something, since whoever asks was here before
SINCE = bindparam("since", type_=UtcDateTime)
NEVER_CAME = ~HAS_SIGNED_IN & Account.email.is_not(None)  # though they could be invited
FILTERS = {
    "unfinished": "Not complete",
    "needs": "Stuck or overdue",
    "overdue": "Overdue",
    "word": "Worth a word",
    NEW: "New since you were here",
    "uninvited": "Never invited",
    "never-came": "Invited, never came",
    "planned": "Invitation planned",
    **{status.value: status.label for status in LearnerStatus},
}


def fits(asked: str, today: Day) -> ColumnElement[bool]:
    """Who is in a list that is narrowed by one of ``FILTERS``, or is not. As ``has_status``.

    Whoever renews a certificate that has run out is among those whose certificate has expired, and
    whoever is stuck at what they do again is among those who have to redo it: as they are counted.
    """
    if asked in (LearnerStatus.EXPIRED, LearnerStatus.REDO):
        return HERE & (part(today) == Part(asked).value)
    several = {
        "": HERE,
        "unfinished": HERE & ~DONE,
        "needs": HERE & (NEEDS_SOMEBODY | is_overdue(today)),
        "overdue": HERE & is_overdue(today),
        "word": HERE & WORD_WANTED,
        "uninvited": HERE & NEVER_CAME & NEVER_INVITED,
        "never-came": HERE & NEVER_CAME & HAS_LINK,
        "planned": HERE & NEVER_CAME & IS_PLANNED,
        NEW: HERE & ((Enrolment.enrolled_at > SINCE) | (Progress.last_activity_at > SINCE)),
    }
    if asked in several:
        return several[asked]
    return has_status(LearnerStatus(asked), today)
