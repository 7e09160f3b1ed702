"""Many entries at once: the same chain, digested in memory and inserted together."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from induction.audit.actions import DETAILS, Action
from induction.audit.chain import FIELDS, canonical, commit_to, digest
from induction.audit.models import AuditEntry, AuditPersonal
from induction.audit.record import HEAD, MOVE_HEAD
from induction.database import pour, table


class Batch:
    """Collects entries in order; ``write`` puts them into the chain, in the caller's transaction.

    Only ``write`` locks the head of the chain, so call it last: until the commit nobody else acts.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: list[tuple[Any, ...]] = []

    def __len__(self) -> int:
        return len(self._told)

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
        at = now.astimezone(UTC).isoformat(timespec="microseconds")
        self._told.append((at, actor, action, subject, details, personal, account_id))

    def write(self) -> None:
        """Chain what was collected, insert it and move the head."""
        if not self._told:
            return
        head = self._session.execute(HEAD).one()
        seq, previous = head.seq, head.digest
        entries: list[tuple[Any, ...]] = []
        beside: list[tuple[Any, ...]] = []
        for at, actor, action, subject, details, personal, account_id in self._told:
            seq, commitment = seq + 1, ""
            if personal:
                salt, data = secrets.token_hex(32), canonical(personal)
                commitment = commit_to(salt, data)
                beside.append((seq, account_id, salt, data))
            fields = (seq, at, actor, action, subject, details, commitment, previous)
            previous = digest(*fields)
            entries.append((*fields, previous))
        pour(self._session, table(AuditEntry), (*FIELDS, "digest"), entries)
        pour(self._session, table(AuditPersonal), ("seq", "account_id", "salt", "data"), beside)
        self._session.execute(MOVE_HEAD, {"seq": seq, "digest": previous})
        self._told.clear()
