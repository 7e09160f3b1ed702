"""The one writer of due dates after somebody is enrolled: one person’s own, or their cohort’s."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import AnyRow, AnySelect, chunks
from induction.enrolment.due_dates import DueDate, due_date, newcomers_days, newcomers_due
from induction.journey.models import Enrolment, Progress
from induction.journey.queries import Journey
from induction.journey.rules import LearnerState
from induction.people import cohorts
from induction.people.models import MAIN_NOW, Account, Cohort, Membership
from induction.uk_time import uk_day

_DATES: AnySelect = (
    select(
        Enrolment.id, Enrolment.public_id, Enrolment.account_id, Enrolment.due_on,
        Enrolment.enrolled_at, Cohort.due_on.label("of_cohort"),
    )
    .outerjoin(Membership, (Membership.account_id == Enrolment.account_id) & MAIN_NOW)
    .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
)  # fmt: skip
_FOLLOWING = _DATES.join(Progress, Progress.enrolment_id == Enrolment.id).where(
    Enrolment.own_due.is_(False),
    Progress.state != LearnerState.COMPLETE.value,
    Progress.renewing.is_(False),
)
_SET = update(Enrolment).where(Enrolment.id == bindparam("of_enrolment"))


def follow(entries: Batch, policy: str, *who: ColumnElement[bool]) -> int:
    """Whoever has no date of their own gets the one that holds for them now; how many changed.

    ``who`` are conditions on Enrolment or Membership. Those who have finished keep theirs.
    """
    session = entries.act.session
    rows = session.execute(_FOLLOWING.where(Enrolment.policy == policy, *who)).all()
    days = newcomers_days(session, policy) if rows else None
    dates = [
        (row, due_date(own=None, cohort=row.of_cohort, newcomers=newcomers))
        for row in rows
        for newcomers in [newcomers_due(days, uk_day(row.enrolled_at))]
    ]
    return _write(entries, [(row, due) for row, due in dates if due.on != row.due_on])


def give(
    entries: Batch, policy: str, account: Account, day: date | None, *, reason: str = ""
) -> None:
    """Give one person a date of their own: see ``give_all``."""
    give_all(entries, policy, [(account, day)], reason=reason)


def give_all(
    entries: Batch,
    policy: str,
    dates: Sequence[tuple[Account, date | None]],
    *,
    reason: str = "",
) -> None:
    """Give people dates of their own; one is not, where it is their cohort’s as well.

    Without a day they have their cohort’s.
    """
    days = {account.id: day for account, day in dates}
    personal = {"reason": reason} if reason else None
    for ids in chunks(list(days)):
        rows = entries.act.session.execute(
            _DATES.where(Enrolment.policy == policy, Enrolment.account_id.in_(ids))
        )
        found = {row.account_id: row for row in rows}
        own = [(found[one], days[one]) for one in ids]
        dues = [(r, due_date(own=day, cohort=r.of_cohort, newcomers=None)) for r, day in own]
        _write(entries, dues, personal=personal)


def move(entries: Batch, policy: str, people: Sequence[tuple[Account, Cohort]]) -> None:
    """Put people into other cohorts; whoever has no date of their own has that cohort's."""
    cohorts.place(entries, people)
    for ids in chunks([account.id for account, _ in people]):
        follow(entries, policy, Enrolment.account_id.in_(ids))


def own_date(session: Session, journey: Journey) -> date | None:
    """The date of their own that somebody has yet to keep; None where their cohort’s holds."""
    own = select(Enrolment.due_on).where(
        Enrolment.id == journey.enrolment_id, Enrolment.own_due.is_(True)
    )
    return None if journey.declared or journey.standing.renewing else session.scalar(own)


def _write(
    entries: Batch,
    dates: Sequence[tuple[AnyRow, DueDate]],
    personal: Mapping[str, str] | None = None,
) -> int:
    values = [{"of_enrolment": row.id, "due_on": due.on, "own_due": due.own} for row, due in dates]
    if values:
        entries.act.session.connection().execute(_SET, values)
    for row, due in dates:
        before, after = (day.isoformat() if day else None for day in (row.due_on, due.on))
        entries.record(
            Action.DUE_CHANGED, f"enrolment:{row.public_id}", before=before, after=after,
            personal=personal, account_id=row.account_id if personal else None,
        )  # fmt: skip
    return len(dates)
