"""The lists that were taken in lately, read from the record of acts."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.enrolment.models import StagedList
from induction.people.access import TRUSTED
from induction.people.models import Account

FOR = timedelta(days=30)
MOST = 20  # imports in a list of them
_STAMP = "%Y%m%dT%H%M%S%f"
_STAMP_LENGTH = 21
_PARTS = (Action.PART_IMPORTED, Action.LEAVERS_MARKED)
_COUNTED = ("new", "changed", "same", "refused")


@dataclass(frozen=True, slots=True)
class PastImport:
    """A list that was taken in: when, by whom, and what it did."""

    at: datetime  # of a long one: when it began
    actor: str
    subject: str
    times: frozenset[str]  # of its parts, as entries hold them
    counts: dict[str, Any]
    undone: bool
    stopped: bool = False  # before its end
    under_way: bool = False  # the worker is at it
    being_undone: bool = False  # by the worker

    @property
    def stamp(self) -> str:
        """How it is named in addresses and by the command."""
        return stamp(self.at)

    @property
    def moments(self) -> list[datetime]:
        """The times of its parts."""
        return sorted(map(datetime.fromisoformat, self.times))


def stamp(at: datetime) -> str:
    """How an import of this moment is named."""
    return at.astimezone(UTC).strftime(_STAMP)


def moment(named: str) -> datetime | None:
    """When an import was, by its name; None for what is none."""
    try:
        return datetime.strptime(named, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _moment_of(entry: AuditEntry) -> str:
    """By when the import of this entry is known: a long one is named after its beginning."""
    named = entry.subject.partition(":")[2]
    at = moment(named) if len(named) == _STAMP_LENGTH else None
    return written(at) if at else entry.at


def past_imports(
    session: Session, viewer: Account | None, now: datetime, at: datetime | None = None
) -> list[PastImport]:
    """The lists of the last weeks that this viewer may take back, the newest first; or that one.

    Their own; those who look after accounts see all, as the command line does (``viewer`` None).
    """
    query = select(AuditEntry).where(AuditEntry.at > written(now - FOR))
    if at is not None:
        query = query.where(
            or_(AuditEntry.at == written(at), AuditEntry.subject == f"import:{stamp(at)}")
        )
    if viewer is not None and viewer.roles.isdisjoint(TRUSTED):
        query = query.where(AuditEntry.actor == viewer.actor)
    query = query.order_by(AuditEntry.seq.desc())
    whole = query.where(AuditEntry.action == Action.PEOPLE_IMPORTED.value).limit(MOST)
    parts = query.where(AuditEntry.action.in_([one.value for one in _PARTS]))
    entries = [*session.scalars(whole), *session.scalars(parts)]
    of_one: dict[tuple[str, str], list[AuditEntry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.seq, reverse=True):
        of_one.setdefault((entry.actor, _moment_of(entry)), []).append(entry)
    if at is not None:  # its own name, not the time of one of its parts
        of_one = {key: some for key, some in of_one.items() if key[1] == written(at)}
    newest = list(of_one.items())[:MOST]
    later = _later(session, [some[0].subject for _, some in newest])
    begun = [datetime.fromisoformat(moment_) for (_, moment_), _ in newest]
    waits = select(StagedList.asked_at, StagedList.undoes).where(StagedList.told == "")
    either = StagedList.asked_at.in_(begun) | StagedList.undoes.in_(begun)
    going = session.execute(waits.where(either)).all()
    imported = {row.asked_at for row in going if row.undoes is None}
    undone = {row.undoes for row in going}
    return [
        PastImport(
            one, actor, some[0].subject, frozenset({moment_, *(entry.at for entry in some)}),
            _counts(some), (Action.IMPORT_UNDONE, moment_) in later,
            (Action.IMPORT_STOPPED, some[0].subject) in later, one in imported, one in undone,
        )
        for ((actor, moment_), some), one in zip(newest, begun, strict=True)
    ]  # fmt: skip


def _later(session: Session, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these were undone, by their moment, and which were stopped, by their subject."""
    asked = (Action.IMPORT_UNDONE.value, Action.IMPORT_STOPPED.value)
    rows = session.execute(
        select(AuditEntry.action, AuditEntry.subject, AuditEntry.details).where(
            AuditEntry.action.in_(asked), AuditEntry.subject.in_(subjects)
        )
    )
    return {(row.action, json.loads(row.details).get("imported_at", row.subject)) for row in rows}


def _counts(entries: Sequence[AuditEntry]) -> dict[str, Any]:
    """What it did; of one that did not come to its end, what its parts did."""
    summed = Counter[str]()
    whole: dict[str, Any] = {}
    left = 0  # in all parts of it
    for entry in entries:
        details = json.loads(entry.details)
        if entry.action == Action.PART_IMPORTED:
            summed.update({name: details[name] for name in _COUNTED})
        else:
            left += details.get("left", 0)
            whole |= details
    return {**summed, **whole, **({"left": left} if left else {})}
