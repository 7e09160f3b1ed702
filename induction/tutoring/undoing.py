"""Taking back what was done to several learners at once, as far as the record of acts knows it.

Nothing is deleted: what is undone is one more act on each record. Due dates, moves and leaving can
be undone for a day; whoever has been changed again since is left as they are.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import Act, written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.database import chunks
from induction.journey.models import Enrolment
from induction.people.access import visible_accounts
from induction.people.models import MAIN_NOW, Account, Cohort, Membership
from induction.tutoring import acts
from induction.tutoring.acts import Case
from induction.tutoring.rules import TutorAct

FOR = timedelta(days=1)
UNDOABLE = (TutorAct.DUE_DATE, TutorAct.MOVE, TutorAct.LEAVE, TutorAct.RETURN)
_ACTIONS = (Action.COHORT_JOINED, Action.DUE_CHANGED, Action.LEFT, Action.RETURNED)


@dataclass(frozen=True, slots=True)
class Undoing:
    """One learner, and what puts them back."""

    account: Account
    perform: Callable[[Act, Case], object]


def undoable(session: Session, by: Account, at: datetime) -> list[Undoing]:
    """Whom this person changed at that moment, where they are still as they were left then.

    A few queries for every few hundred learners.
    """
    query = select(AuditEntry.action, AuditEntry.subject, AuditEntry.details).where(
        AuditEntry.actor == by.actor,
        AuditEntry.at == written(at),
        AuditEntry.action.in_([action.value for action in _ACTIONS]),
    )
    entries = session.execute(query).all()
    # Whoever was moved had the new cohort's date from then on: moving them back undoes that too.
    what = Action.COHORT_JOINED if any(e.action == _ACTIONS[0] for e in entries) else None
    of_enrolments, found = what != Action.COHORT_JOINED, list[Undoing]()
    for some in chunks([e for e in entries if what in (None, e.action)]):
        kept = {entry.subject.partition(":")[2]: entry for entry in some}
        key = Enrolment.public_id if of_enrolments else Account.public_id
        rows = session.execute(
            select(Account, Enrolment.due_on, Enrolment.left_at, key.label("key"))
            .join(Enrolment, Enrolment.account_id == Account.id)
            .where(key.in_(kept), visible_accounts(by), Account.id != by.id)
            .order_by(Account.sort_name, Account.id)
        ).all()
        before = {} if of_enrolments else _cohorts_before(session, at, [r.Account.id for r in rows])
        for row in rows:
            entry = kept[row.key]
            details = json.loads(entry.details)
            match entry.action:
                case Action.DUE_CHANGED if row.due_on == _day(details["after"]):
                    found.append(Undoing(row.Account, _due(_day(details["before"]))))
                case Action.COHORT_JOINED if cohort := before.get(row.Account.id):
                    found.append(Undoing(row.Account, _moved(cohort)))
                case Action.LEFT if row.left_at == at:
                    found.append(Undoing(row.Account, acts.come_back))
                case Action.RETURNED if row.left_at is None:
                    found.append(Undoing(row.Account, acts.leave))
    return found


def _cohorts_before(session: Session, at: datetime, account_ids: list[int]) -> dict[int, Cohort]:
    """The cohorts that people left at that moment, of those who are still where they went then."""
    still = select(Membership.account_id).where(Membership.joined_at == at, MAIN_NOW)
    rows = session.execute(
        select(Membership.account_id, Cohort)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Membership.account_id.in_(account_ids),
            Membership.account_id.in_(still),
            Membership.left_at == at,
            Membership.is_main,
        )
    )
    return {row.account_id: row.Cohort for row in rows}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _due(day: date | None) -> Callable[[Act, Case], object]:
    return lambda act, case: acts.change_due(act, case, day)


def _moved(cohort: Cohort) -> Callable[[Act, Case], object]:
    return lambda act, case: acts.move(act, case, cohort)
