"""The audit chain as a file: each line is exactly the text whose SHA-256 the next line names.

So the chain can be checked with ``sha256sum`` alone: the digest of a line is the ``previous`` of
the line below it, and the digest of the last line is the one in the signed checkpoint.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.chain import GENESIS, Break, text_of
from induction.audit.models import AuditEntry, AuditPersonal
from induction.audit.verify import links

BATCH = 1000
# What an auditor of certificates may need to match with the chain; the rest stays in the house.
_NEEDED = (
    Action.CERTIFICATE_ISSUED,
    Action.DECLARED,
    Action.CERTIFICATE_SUPERSEDED,
    Action.CERTIFICATE_REVOKED,
)


def lines(session: Session, until: int) -> Iterator[bytes]:
    """The chain up to this entry, some lines at a time."""
    held: list[str] = []
    for link in links(session):
        if link.seq > until:
            break
        held.append(f"{text_of(*link[:-1])}\n")
        if len(held) == BATCH:
            yield "".join(held).encode()
            held.clear()
    yield "".join(held).encode()


def personal_lines(session: Session, accounts: Select[int], until: int) -> Iterator[bytes]:
    """Beside the chain: entry, salt and data, by which the commitments can be checked."""
    query = (
        select(AuditPersonal.seq, AuditPersonal.salt, AuditPersonal.data)
        .join(AuditEntry, AuditEntry.seq == AuditPersonal.seq)
        .where(
            AuditPersonal.account_id.in_(accounts),
            AuditEntry.action.in_([action.value for action in _NEEDED]),
            AuditPersonal.seq <= until,
        )
        .order_by(AuditPersonal.seq)
        .limit(BATCH)
    )
    after = 0
    while True:
        rows = session.execute(query.where(AuditPersonal.seq > after)).all()
        yield "".join(f"{row.seq}\t{row.salt}\t{row.data}\n" for row in rows).encode()
        if len(rows) < BATCH:
            return
        after = rows[-1].seq


@dataclass
class ChainReader:
    """Walks such a file, offline, and remembers what the pack's other files are checked against."""

    seq: int = 0
    digest: str = GENESIS

    def __post_init__(self) -> None:
        self.issued: dict[str, str] = {}  # certificate number → digest of its record
        self.commitments: dict[int, str] = {}

    def walk(self, texts: Iterable[bytes]) -> Break | None:
        """The first entry that does not hold, or None."""
        for text in texts:
            found = self._take(text)
            if found is not None:
                return found
        return None

    def _take(self, text: bytes) -> Break | None:
        expected = self.seq + 1
        try:
            entry: dict[str, Any] = json.loads(text)
            seq, previous = entry["seq"], entry["previous"]
        except (ValueError, KeyError, TypeError):
            return Break(expected, f"entry {expected} cannot be read")
        if seq != expected:
            return Break(expected, f"entry {expected} is missing or out of order")
        if previous != self.digest:
            which = f"entry {self.seq} was changed, or " if self.seq else ""
            return Break(max(1, self.seq), f"{which}entry {seq} does not follow it")
        self.seq, self.digest = seq, hashlib.sha256(text).hexdigest()
        self._remember(entry)
        return None

    def _remember(self, entry: dict[str, Any]) -> None:
        if entry.get("action") == Action.CERTIFICATE_ISSUED:
            number = str(entry["subject"]).removeprefix("certificate:")
            self.issued[number] = json.loads(entry["details"]).get("record_sha256", "")
        if entry.get("commitment"):
            self.commitments[self.seq] = entry["commitment"]
