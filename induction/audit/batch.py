"""Many entries at once: the same chain, digested in memory and inserted together (bulk insert)."""

from collections.abc import Mapping
from typing import Any, Self

from induction.audit.act import HEAD, MOVE_HEAD, Act, details_text, sealed, written
from induction.audit.actions import Action
from induction.audit.chain import FIELDS, digest
from induction.audit.models import AuditEntry, AuditPersonal
from induction.database import pour, table


class Batch:
    """Collects the entries of an act in order; ``write`` puts them into the chain.

    Only ``write`` locks the head of the chain, so call it last: until the commit nobody else acts.
    ``with Batch(act) as entries`` writes at the end of the block.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self._entries: list[tuple[str, str, str, str, str, str]] = []  # from the time on
        self._personal: list[tuple[int, int | None, str, str]] = []  # which entry, and what of it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_rest: object) -> None:
        if failed is None:
            self.write()

    def __len__(self) -> int:
        return len(self._entries)

    def record(
        self,
        action: Action,
        subject: str,
        *,
        personal: Mapping[str, Any] | None = None,
        account_id: int | None = None,
        **details: Any,
    ) -> None:
        """One entry, as ``Act.record`` takes it."""
        text = details_text(action, details)
        self.add(self.act, action.value, subject, text, personal=personal, account_id=account_id)

    def add(
        self,
        act: Act,
        action: str,
        subject: str,
        details: str,
        *,
        personal: Mapping[str, Any] | None,
        account_id: int | None,
    ) -> None:
        """One entry of any act, whose details are in canonical form already."""
        salt, data, commitment = sealed(personal)
        if personal:
            self._personal.append((len(self._entries), account_id, salt, data))
        self._entries.append((written(act.now), act.actor, action, subject, details, commitment))

    def write(self) -> None:
        """Insert what was collected and move the head, in the act's transaction."""
        if not self._entries:
            return
        session = self.act.session
        head = session.execute(HEAD).one()
        first, previous, links = head.seq + 1, head.digest, []
        for seq, entry in enumerate(self._entries, first):
            fields = (seq, *entry, previous)
            previous = digest(*fields)
            links.append((*fields, previous))
        pour(session, table(AuditEntry), (*FIELDS, "digest"), links)
        beside = ("seq", "account_id", "salt", "data")
        pour(
            session, table(AuditPersonal), beside, [(first + at, *of) for at, *of in self._personal]
        )
        session.execute(MOVE_HEAD, {"seq": head.seq + len(links), "digest": previous})
        self._entries, self._personal = [], []
