"""One act for several learners: each act is on each record, as if it were done one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.batch import acting_on_many
from induction.database import AnyRow, chunks
from induction.journey.answering import LOCK
from induction.journey.rules import LearnerState
from induction.people.models import Account
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.tutoring.acts import Case
from induction.tutoring.rules import Situation, TutorAct, refusal

IN_ONE_TRANSACTION = 50  # so that nobody else waits long for the record of acts


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an act would come to for one learner."""

    account: Account
    refused: str  # why it does not fit; "" where it does


def prospects(
    session: Session, what: TutorAct, rows: Sequence[AnyRow], viewer: Account
) -> list[Prospect]:
    """For whom of a list's rows an act fits, in their order. One query for each few hundred."""
    accounts: dict[str, Account] = {}
    for ids in chunks([row.public_id for row in rows]):
        found = session.scalars(select(Account).where(Account.public_id.in_(ids)))
        accounts |= {account.public_id: account for account in found}
    return [
        Prospect(account, refusal(what, _situation(row, account, viewer)))
        for row in rows
        for account in [accounts[row.public_id]]
    ]


def _situation(row: AnyRow, account: Account, viewer: Account) -> Situation:
    return Situation(
        None,
        stuck=row.state == LearnerState.STUCK,
        finished=row.state == LearnerState.COMPLETE,
        renewing=row.renewing,
        has_left=row.left_at is not None,
        account_ended=account.deactivated_at is not None,
        settled=bool(row.settled),
        has_address=account.email is not None,
        has_signed_in=account.has_signed_in,
        word_wanted=row.word_wanted,
        own=account.id == viewer.id,
    )


@dataclass(frozen=True, slots=True)
class ActForMany:
    """What is done to each of several, on which content and why."""

    content: Content
    reason: str  # "" where the act asks for none
    perform: Callable[[Act, Case], object]


def carry_out(by: Account, now: datetime, one: ActForMany, people: Iterable[Account]) -> int:
    """Do it for each of them where it still fits; returns for how many it was done.

    A transaction for every few: what is done stays done, and the same form again does the rest.
    """
    done = 0
    # In one order: of two who act on the same people at once, one waits for the other.
    in_order = sorted(people, key=lambda account: account.id)
    for some in chunks(in_order, IN_ONE_TRANSACTION):
        with acting_on_many(by, now) as act:
            for account in some:
                act.session.execute(LOCK, {"account_id": account.id})
            for account in some:
                case = Case(one.content, account, one.reason)
                try:
                    one.perform(act, case)
                except NotNow:
                    continue  # somebody has been quicker, or they have gone on meanwhile
                done += 1
    return done
