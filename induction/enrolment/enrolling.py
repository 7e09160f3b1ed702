"""The one writer of enrolments: new learners, or people who are there, one or many."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.curriculum.model import Policy
from induction.database import chunks
from induction.enrolment.due_dates import DueDate, due_date, newcomers_days, newcomers_due
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people import accounts, cohorts
from induction.people.models import MAIN_NOW, Account, Cohort, Membership, Role
from induction.uk_time import uk_day

AT_ONCE = 1000  # people


@dataclass(frozen=True, slots=True)
class NewLearner:
    """Somebody who is to have an account and to begin."""

    values: Mapping[str, object]  # of their account, by column: see ``people.accounts.add``
    cohort: Cohort | None = None
    due_on: date | None = None  # given to this person; see ``due_dates.due_date``
    seed: str = ""  # decides their orders and draws; random unless given


@dataclass(frozen=True, slots=True)
class Joiner:
    """Somebody with an account who is to begin."""

    account: Account
    due_on: date | None = None
    seed: str = ""


def take_in(
    entries: Batch, policy: Policy, learners: Sequence[NewLearner], *, how: str
) -> list[Account]:
    """Make accounts for new learners, put them into their cohorts and enrol them.

    ``how`` is where they came from: form, import, demo. Returns the accounts, in the same order.
    """
    made: list[Account] = []
    for some in chunks(learners, AT_ONCE):
        people = accounts.add(entries, Role.LEARNER, [one.values for one in some], how=how)
        both = list(zip(people, some, strict=True))
        cohorts.place(entries, [(account, one.cohort) for account, one in both if one.cohort])
        enrol(entries, policy, [Joiner(account, one.due_on, one.seed) for account, one in both])
        made += people
    return made


def enrol(entries: Batch, policy: Policy, joiners: Sequence[Joiner]) -> None:
    """Enrol people who have accounts, and are in their cohorts already."""
    for some in chunks(joiners, AT_ONCE):
        _enrol(entries, policy, some)


def _enrol(entries: Batch, policy: Policy, joiners: Sequence[Joiner]) -> None:
    session, now = entries.act.session, entries.act.now
    dates = _due_dates(session, policy, joiners, now)
    made = session.execute(
        insert(Enrolment).returning(
            Enrolment.id, Enrolment.public_id, sort_by_parameter_order=True
        ),
        [
            {
                "account_id": joiner.account.id,
                "policy": policy.slug,
                "seed": joiner.seed or secrets.token_hex(16),
                "due_on": due.on,
                "own_due": due.own,
                "enrolled_at": now,
            }
            for joiner, due in zip(joiners, dates, strict=True)
        ],
    ).all()
    session.execute(
        insert(Progress),
        [
            {
                "enrolment_id": enrolment.id,
                "state": LearnerState.NOT_STARTED.value,
                "steps": len(policy.sections_for(joiner.account.audience)) + 1,
            }
            for joiner, enrolment in zip(joiners, made, strict=True)
        ],
    )
    for joiner, enrolment in zip(joiners, made, strict=True):
        entries.record(
            Action.ENROLLED,
            f"enrolment:{enrolment.public_id}",
            policy=policy.slug,
            account=joiner.account.public_id,
        )


def _due_dates(
    session: Session, policy: Policy, joiners: Sequence[Joiner], now: datetime
) -> list[DueDate]:
    ids = [joiner.account.id for joiner in joiners]
    rows = session.execute(
        select(Membership.account_id, Cohort.due_on)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(Membership.account_id.in_(ids), MAIN_NOW)
    )
    of_cohort = {row.account_id: row.due_on for row in rows}
    newcomers = newcomers_due(newcomers_days(session, policy.slug), uk_day(now))
    return [
        due_date(own=one.due_on, cohort=of_cohort.get(one.account.id), newcomers=newcomers)
        for one in joiners
    ]
