"""Many entries at once: the same chain, digested in memory and inserted together."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from induction.audit.actions import DETAILS, Action
from induction.audit.chain import canonical, commit_to, digest
from induction.audit.models import AuditEntry, AuditHead, AuditPersonal


class Batch:
    """Collects entries in order; ``write`` puts them into the chain, in the caller's transaction.

    The head of the chain is locked from the beginning, so make a batch late and write it soon.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        head = session.execute(
            select(AuditHead.seq, AuditHead.digest).where(AuditHead.id == 1).with_for_update()
        ).one()
        self._seq, self._previous = head.seq, head.digest
        self._entries: list[dict[str, Any]] = []
        self._personal: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(
        self,
        action: Action,
        subject: str,
        *,
        actor: str,
        now: datetime,
        details: Mapping[str, Any] | None = None,
        personal: Mapping[str, Any] | None = None,
        account_id: int | None = None,
    ) -> None:
        """One entry, as ``record`` takes it."""
        given = dict(details or {})
        if given.keys() != DETAILS[action]:
            raise ValueError(f"{action}: details must be exactly {sorted(DETAILS[action])}")
        entry: dict[str, Any] = {
            "seq": self._seq + 1,
            "at": now.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": actor,
            "action": action.value,
            "subject": subject,
            "details": canonical(given),
            "commitment": "",
            "previous": self._previous,
        }
        if personal:
            salt, data = secrets.token_hex(32), canonical(personal)
            entry["commitment"] = commit_to(salt, data)
            beside = {"seq": entry["seq"], "account_id": account_id, "salt": salt, "data": data}
            self._personal.append(beside)
        entry["digest"] = digest(**entry)
        self._seq, self._previous = entry["seq"], entry["digest"]
        self._entries.append(entry)

    def write(self) -> None:
        """Insert what was collected and move the head."""
        if not self._entries:
            return
        self._session.execute(insert(AuditEntry.__table__), self._entries)
        if self._personal:
            self._session.execute(insert(AuditPersonal.__table__), self._personal)
        self._session.execute(
            update(AuditHead).where(AuditHead.id == 1).values(seq=self._seq, digest=self._previous)
        )
        self._entries, self._personal = [], []
