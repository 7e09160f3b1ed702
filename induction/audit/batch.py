"""Many entries at once: the same chain, digested in memory and inserted together."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.actions import DETAILS, Action
from induction.audit.chain import FIELDS, canonical, commit_to, digest
from induction.audit.models import AuditEntry, AuditHead, AuditPersonal
from induction.database import pour, table


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
        self._entries: list[tuple[Any, ...]] = []
        self._personal: list[tuple[Any, ...]] = []

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
        self.repeat(
            action.value, subject, actor=actor, now=now, details=canonical(given),
            personal=personal, account_id=account_id,
        )  # fmt: skip

    def repeat(
        self,
        action: str,
        subject: str,
        *,
        actor: str,
        now: datetime,
        details: str,
        personal: Mapping[str, Any] | None,
        account_id: int | None,
    ) -> None:
        """One entry whose details are those of another, in the canonical form they have there."""
        seq, salt, data, commitment = self._seq + 1, "", "", ""
        if personal:
            salt, data = secrets.token_hex(32), canonical(personal)
            commitment = commit_to(salt, data)
            self._personal.append((seq, account_id, salt, data))
        at = now.astimezone(UTC).isoformat(timespec="microseconds")
        fields = (seq, at, actor, action, subject, details, commitment, self._previous)
        own = digest(*fields)
        self._entries.append((*fields, own))
        self._seq, self._previous = seq, own

    def write(self) -> None:
        """Insert what was collected and move the head."""
        if not self._entries:
            return
        pour(self._session, table(AuditEntry), (*FIELDS, "digest"), self._entries)
        beside = ("seq", "account_id", "salt", "data")
        pour(self._session, table(AuditPersonal), beside, self._personal)
        self._session.execute(
            update(AuditHead).where(AuditHead.id == 1).values(seq=self._seq, digest=self._previous)
        )
        self._entries, self._personal = [], []
