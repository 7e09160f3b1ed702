"""The record of acts: what can be asked of it, its lines, and who they are about."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, select, union
from sqlalchemy.orm import Session

from induction.audit.actions import EVIDENCE_NEEDS_WORDS
from induction.audit.models import AuditEntry, AuditPersonal
from induction.certificates.number import normalise
from induction.database import AnyRow, AnySelect
from induction.journey.models import Enrolment
from induction.people.finding import found_by
from induction.people.models import Account
from induction.uk_time import uk_day_after, uk_midnight

BATCH = 1000
_MOST_PEOPLE = 200  # that a name typed may stand for
_COLUMNS = (
    AuditEntry.seq,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.details,
    AuditEntry.commitment,
    AuditEntry.previous,
    AuditEntry.digest,
)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is asked of the record. Empty fields ask nothing."""

    action: str = ""
    actor: str = ""  # a name, an address, or as it stands in the entry
    subject: str = ""  # the same, or a certificate's number
    first: date | None = None  # UK days
    last: date | None = None

    def as_words(self) -> dict[str, Any]:
        """The fields that ask something, as text."""
        fields = ("action", "actor", "subject", "first", "last")
        return {name: str(value) for name in fields if (value := getattr(self, name))}

    def without_names(self) -> dict[str, Any]:
        """The same for the chain, which names nobody."""
        hidden = {name: "given" for name in ("actor", "subject") if getattr(self, name)}
        return self.as_words() | hidden


def query(session: Session, asked: LogFilter) -> AnySelect:
    """The entries that fit."""
    found: AnySelect = select(*_COLUMNS).where(*_conditions(session, asked))
    return found


def _conditions(session: Session, asked: LogFilter) -> Iterator[ColumnElement[bool]]:
    if asked.action:
        yield AuditEntry.action == asked.action
    if asked.actor:
        yield AuditEntry.actor.in_([asked.actor, *_accounts(session, asked.actor)])
    if asked.subject:
        yield AuditEntry.subject.in_(_subjects(session, asked.subject))
    if asked.first:
        yield AuditEntry.at >= _written(uk_midnight(asked.first))
    if asked.last:
        yield AuditEntry.at < _written(uk_day_after(asked.last))


def _written(at: datetime) -> str:
    """A time as the entries write it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _people(session: Session, typed: str) -> Sequence[AnyRow]:
    exactly = (
        Account.email == typed.lower(), Account.learner_ref == typed, Account.public_id == typed
    )  # fmt: skip
    # One after the other, each by its index: with “or” between them everybody would be read.
    meant = union(
        *(select(Account.id).where(one) for one in (*exactly, found_by(typed, Account.full_name)))
    )
    return session.execute(
        select(Account.public_id, Enrolment.public_id.label("enrolment"))
        .outerjoin(Enrolment, Enrolment.account_id == Account.id)
        .where(Account.id.in_(meant))
        .order_by(Account.id)
        .limit(_MOST_PEOPLE)
    ).all()


def _accounts(session: Session, typed: str) -> list[str]:
    return [f"account:{row.public_id}" for row in _people(session, typed)]


def _subjects(session: Session, typed: str) -> list[str]:
    """Everything that the words may stand for: a number, a person, or the subject itself."""
    number = normalise(typed)
    if number:
        return [f"certificate:{number}"]
    if ":" in typed:
        return [typed]
    people = _people(session, typed)
    return [
        typed,
        *(f"account:{row.public_id}" for row in people),
        *(f"enrolment:{row.enrolment}" for row in people if row.enrolment),
    ]


def newest(session: Session, asked: LogFilter, *, before: int | None, size: int) -> list[AnyRow]:
    """The newest entries that fit, or those before a sequence number."""
    found = query(session, asked).order_by(AuditEntry.seq.desc()).limit(size)
    if before is not None:
        found = found.where(AuditEntry.seq < before)
    return list(session.execute(found).all())


def batches(session: Session, asked: LogFilter) -> Iterator[Sequence[AnyRow]]:
    """All that fit, oldest first, a few at a time."""
    ordered, after = query(session, asked).order_by(AuditEntry.seq).limit(BATCH), 0
    while True:
        rows = session.execute(ordered.where(AuditEntry.seq > after)).all()
        if rows:
            yield rows
        if len(rows) < BATCH:
            return
        after = rows[-1].seq


def beside(
    session: Session, entries: Iterable[AnyRow], *, whole: bool
) -> dict[int, dict[str, Any]]:
    """What stands beside the chain for these entries, such as reasons. One query.

    Unless ``whole``, as an auditor reads it: words that no certificate’s evidence needs may tell of
    somebody’s circumstances, so that there are some is said, and not what they are.
    """
    acts = {entry.seq: entry.action for entry in entries}
    rows = session.execute(
        select(AuditPersonal.seq, AuditPersonal.data).where(AuditPersonal.seq.in_(acts))
    )
    found = {row.seq: json.loads(row.data) for row in rows}
    return {
        seq: data
        if whole or acts[seq] in EVIDENCE_NEEDS_WORDS
        else {"with compliance": " and ".join(data).replace("_", " ")}
        for seq, data in found.items()
    }


def names(session: Session, entries: Iterable[AnyRow]) -> dict[str, Any]:
    """Who is meant by the accounts and enrolments of these entries. One query."""
    ids = {
        text.split(":", 1)[1]
        for entry in entries
        for text in (entry.actor, entry.subject)
        if text.startswith(("account:", "enrolment:"))
    }
    # One after the other, each by its index: with “or” between them everybody would be read.
    accounts = select(literal("account:") + Account.public_id, Account.full_name).where(
        Account.public_id.in_(ids)
    )
    enrolments = (
        select(literal("enrolment:") + Enrolment.public_id, Account.full_name)
        .join(Account, Account.id == Enrolment.account_id)
        .where(Enrolment.public_id.in_(ids))
    )
    rows = session.execute(accounts.union_all(enrolments))
    return {row[0]: row[1] for row in rows}
