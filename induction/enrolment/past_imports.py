"""The lists that were taken in lately, read from the record of acts."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.people.access import TRUSTED
from induction.people.models import Account

FOR = timedelta(days=30)
MOST = 20  # imports in a list of them
_STAMP = "%Y%m%dT%H%M%S%f"
_OF_A_LIST = (Action.PEOPLE_IMPORTED, Action.LEAVERS_MARKED)


@dataclass(frozen=True, slots=True)
class PastImport:
    """A list that was taken in: when, by whom, and what it did."""

    at: datetime
    actor: str
    subject: str
    counts: dict[str, Any]
    undone: bool

    @property
    def stamp(self) -> str:
        """How it is named in addresses and by the command."""
        return stamp(self.at)


def stamp(at: datetime) -> str:
    """How an import of this moment is named."""
    return at.astimezone(UTC).strftime(_STAMP)


def moment(named: str) -> datetime | None:
    """When an import was, by its name; None for what is none."""
    try:
        return datetime.strptime(named, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def past_imports(
    session: Session, viewer: Account | None, now: datetime, at: datetime | None = None
) -> list[PastImport]:
    """The lists of the last weeks that this viewer may take back, the newest first; or that one.

    Their own; those who look after accounts see all, as the command line does (``viewer`` None).
    """
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.action.in_([one.value for one in _OF_A_LIST]),
            AuditEntry.at == written(at) if at else AuditEntry.at > written(now - FOR),
            AuditEntry.at > written(now - FOR),
        )
        .order_by(AuditEntry.seq.desc())
        .limit(2 * MOST)
    )
    if viewer is not None and viewer.roles.isdisjoint(TRUSTED):
        query = query.where(AuditEntry.actor == viewer.actor)
    of_one: dict[tuple[str, str], list[AuditEntry]] = defaultdict(list)
    for entry in session.scalars(query):
        of_one[entry.actor, entry.at].append(entry)
    undone = {
        json.loads(details)["imported_at"]
        for details in session.scalars(
            select(AuditEntry.details).where(
                AuditEntry.action == Action.IMPORT_UNDONE.value,
                AuditEntry.subject.in_([some[0].subject for some in of_one.values()]),
            )
        )
    }
    return [
        PastImport(
            datetime.fromisoformat(moment_), actor, some[0].subject,
            {name: n for entry in some for name, n in json.loads(entry.details).items()},
            moment_ in undone,
        )
        for (actor, moment_), some in of_one.items()
    ][:MOST]  # fmt: skip
