"""What an import did, and what was done since to those whom it concerned, as it is on record."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.models import AuditEntry, AuditPersonal
from induction.database import AnyRow, chunks
from induction.enrolment.past_imports import PastImport
from induction.journey.models import Enrolment
from induction.people.models import Account

_LETTERS = (Action.LINK_SENT, Action.INVITATION_PLANNED, Action.INVITATION_CALLED_BACK)
_OF_PEOPLE = (
    Action.ACCOUNT_CREATED, Action.LEFT, Action.ACCOUNT_CHANGED, Action.COHORT_JOINED,
    Action.ENROLLED, Action.DUE_CHANGED,
)  # fmt: skip
_OF_COHORTS = (Action.COHORT_CREATED, Action.COHORT_TUTORS)


class Entries:
    """The entries of one import, and those of others after it began."""

    def __init__(self, session: Session, one: PastImport) -> None:
        self.session = session
        self._its = (AuditEntry.actor == one.actor) & AuditEntry.at.in_(one.times)
        self._first = session.scalar(select(func.min(AuditEntry.seq)).where(self._its)) or 0

    def people(self) -> tuple[list[str], list[str]]:
        """The public ids of those whom it made, and of those whom it changed; always in one order.

        An enrolment that is there no more is nobody’s.
        """
        rows = self.session.execute(
            select(AuditEntry.action, AuditEntry.subject, AuditEntry.details)
            .where(self._its, AuditEntry.action.in_([one.value for one in _OF_PEOPLE]))
            .order_by(AuditEntry.seq)
        ).all()
        made = {r.subject: None for r in rows if r.action == Action.ACCOUNT_CREATED}
        enrolled = {
            row.subject: f"account:{json.loads(row.details)['account']}"
            for row in rows
            if row.action == Action.ENROLLED
        }
        others = {row.subject: None for row in rows if row.subject not in made}
        whose = enrolled | self._whose(one for one in others if one not in enrolled)
        changed = dict.fromkeys(whose.get(one, one) for one in others)
        return (
            [_id(one) for one in made],
            [_id(one) for one in changed if one.startswith("account:") and one not in made],
        )

    def _whose(self, subjects: Iterable[str]) -> dict[str, str]:
        """Whose enrolments these are."""
        ids = [_id(one) for one in subjects if one.startswith("enrolment:")]
        found: dict[str, str] = {}
        query = select(Enrolment.public_id, Account.public_id.label("account")).join(
            Account, Account.id == Enrolment.account_id
        )
        for some in chunks(ids):
            for row in self.session.execute(query.where(Enrolment.public_id.in_(some))):
                found[f"enrolment:{row.public_id}"] = f"account:{row.account}"
        return found

    def of(self, subjects: Collection[str]) -> dict[Action, list[AnyRow]]:
        """What it did to these, by what that was, in order."""
        found: dict[Action, list[AnyRow]] = defaultdict(list)
        query = select(
            AuditEntry.seq, AuditEntry.action, AuditEntry.subject, AuditEntry.details,
            AuditPersonal.data,
        ).outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)  # fmt: skip
        for some in chunks(sorted(subjects)):
            for row in self.session.execute(query.where(self._its, AuditEntry.subject.in_(some))):
                found[Action(row.action)].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row.seq)
        return found

    def of_cohorts(self) -> Sequence[AnyRow]:
        """Which cohorts it made, and whose tutors it set."""
        query = select(AuditEntry.action, AuditEntry.subject, AuditEntry.details)
        which = AuditEntry.action.in_([one.value for one in _OF_COHORTS])
        return self.session.execute(query.where(self._its, which).order_by(AuditEntry.seq)).all()

    def since(self, subjects: Collection[str]) -> dict[str, list[AnyRow]]:
        """What others did to each of these since it began; an invitation is nothing."""
        found: dict[str, list[AnyRow]] = defaultdict(list)
        query = select(AuditEntry.subject, AuditEntry.action, AuditEntry.details).where(
            AuditEntry.seq > self._first, ~self._its, AuditEntry.action.not_in(_LETTERS)
        )
        for some in chunks(sorted(subjects)):
            for row in self.session.execute(query.where(AuditEntry.subject.in_(some))):
                found[row.subject].append(row)
        return found


def _id(subject: str) -> str:
    return subject.partition(":")[2]
