"""Many entries at once: the same chain, digested in memory and inserted together (bulk insert)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from induction.audit.act import (
    HEAD,
    MOVE_HEAD,
    Act,
    Somebody,
    acting,
    details_text,
    entered,
    sealed,
    written,
)
from induction.audit.actions import Action
from induction.audit.chain import FIELDS, digest
from induction.audit.models import AuditEntry, AuditPersonal
from induction.database import pour, table

Entry = tuple[str, str, str, str, str, str]  # from the time to the commitment
Beside = tuple[int, int | None, str, str]  # which entry it belongs to, and what of it


class Batch:
    """Collects the entries of an act in order; ``write`` puts them into the chain.

    Only ``write`` locks the head of the chain, so call it last: until the commit nobody else acts.
    ``with Batch(act) as entries`` writes at the end of the block.
    """

    def __init__(self, act: Act) -> None:
        self.act = act
        self._entries: list[Entry] = []  # from the time on
        self._personal: list[Beside] = []  # which entry, and what of it

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
        if isinstance(self.act, PartOfMany):
            self.act.entries.take_over(self._entries, self._personal)
            self._entries, self._personal = [], []
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
        entered(session, first, head.seq + len(links))
        self._entries, self._personal = [], []

    def take_over(self, entries: list[Entry], personal: list[Beside]) -> None:
        """Go on with what a part of the same act has collected."""
        first = len(self._entries)
        self._personal += [(first + at, whose, salt, data) for at, whose, salt, data in personal]
        self._entries += entries


@dataclass(frozen=True, slots=True)
class PartOfMany(Act):
    """One of many acts in a transaction: written as if by itself, but its entries wait.

    The head of the chain is locked once, at the end, so that nobody who holds a learner's row
    waits for it while we wait for them.
    """

    entries: Batch

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
        self.entries.add(
            self, action.value, subject, text, personal=personal, account_id=account_id
        )


@contextmanager
def acting_on_many(by: Somebody | str, now: datetime) -> Iterator[PartOfMany]:
    """As ``acting``, for an act that is done to many people, each with an entry of its own."""
    with acting(by, now) as act, Batch(act) as entries:
        yield PartOfMany(act.session, by, now, entries)
