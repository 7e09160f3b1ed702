"""Entries of the audit chain as a file: each line is exactly the text that was digested.

A pack holds the entries that are about its certificates, and the proof that the chain which the
signed checkpoint saw has them at these places (see ``audit.tree``). Packs of the first release hold
the whole chain instead, in which the digest of a line is the ``previous`` of the line below it.
"""

import hashlib
import json
from array import array
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Integer, Select, String, bindparam, cast, literal, select, union_all
from sqlalchemy.orm import Session

from induction.audit.actions import EVIDENCE_NEEDS_WORDS, Action
from induction.audit.chain import FIELDS, GENESIS, Break, text_of
from induction.audit.models import AuditEntry, AuditPersonal
from induction.audit.tree import prove
from induction.audit.verify import BATCH
from induction.certificates.models import Certificate
from induction.database import chunks, table
from induction.journey.models import Enrolment
from induction.policy.models import PolicyVersion

# Each answer is in the record of its certificate, whose fingerprint is in the entry of the issue.
_LEFT_OUT = (Action.ANSWERED, Action.CERTIFICATE_DOWNLOADED)
# Built once: there are hundreds of readings of a few entries each.
_THESE = bindparam("these", type_=Integer, expanding=True)
_entry, _beside = table(AuditEntry), table(AuditPersonal)
_ENTRIES = (
    select(*(_entry.c[name] for name in FIELDS))
    .where(_entry.c.seq.in_(_THESE))
    .order_by(_entry.c.seq)
)
_BESIDE = (
    select(_beside.c.seq, _beside.c.salt, _beside.c.data)
    .join(_entry, _entry.c.seq == _beside.c.seq)
    .where(
        _entry.c.action.in_([action.value for action in EVIDENCE_NEEDS_WORDS]),
        _beside.c.seq.in_(_THESE),
    )
    .order_by(_beside.c.seq)
)


def places(
    session: Session, certificates: Select[int], contents: Iterable[str], until: int
) -> Sequence[int]:
    """The entries about these certificates (ids), their holders' induction and these contents.

    By their numbers, in order, up to this one.
    """
    of_certificates = select(literal("certificate:") + Certificate.number).where(
        Certificate.id.in_(certificates)
    )
    theirs = select(Certificate.enrolment_id).where(Certificate.id.in_(certificates))
    of_enrolments = select(literal("enrolment:") + Enrolment.public_id).where(
        Enrolment.id.in_(theirs)
    )
    of_versions = select(literal("policy-version:") + cast(PolicyVersion.id, String)).where(
        PolicyVersion.content.in_(list(contents))
    )
    subjects = union_all(of_certificates, of_enrolments, of_versions)
    query = select(AuditEntry.seq).where(
        AuditEntry.subject.in_(subjects),
        AuditEntry.action.not_in([action.value for action in _LEFT_OUT]),
        AuditEntry.seq <= until,
    )
    few = query.order_by(AuditEntry.seq).execution_options(yield_per=BATCH)
    return array("q", session.scalars(few))  # a list of as many would take five times as much


def lines(session: Session, seqs: Sequence[int]) -> Iterator[bytes]:
    """These entries, some lines at a time."""
    for some in chunks(seqs):
        rows = session.connection().execute(_ENTRIES, {"these": list(some)})
        yield "".join(f"{text_of(*row)}\n" for row in rows).encode()


def proof_lines(session: Session, seqs: Sequence[int], until: int) -> Generator[bytes, None, str]:
    """The proof that the first so many entries have these, a hash a line; at the end the root."""
    making = prove(until, array("q", (seq - 1 for seq in seqs)), _digests(session, until))
    while True:
        try:
            yield f"{next(making).hex()}\n".encode()
        except StopIteration as end:
            root: bytes = end.value
            return root.hex()


def _digests(session: Session, until: int) -> Iterator[bytes]:
    query = select(AuditEntry.digest).where(AuditEntry.seq <= until).order_by(AuditEntry.seq)
    for first in range(0, until, BATCH):
        some = query.where(AuditEntry.seq > first, AuditEntry.seq <= first + BATCH)
        yield from map(bytes.fromhex, session.scalars(some).all())


def personal_lines(session: Session, seqs: Sequence[int]) -> Iterator[bytes]:
    """What stands beside these entries: entry, salt and data, by which commitments are checked."""
    for some in chunks(seqs):
        rows = session.connection().execute(_BESIDE, {"these": list(some)}).all()
        yield "".join(f"{row.seq}\t{row.salt}\t{row.data}\n" for row in rows).encode()


@dataclass
class EntryReader:
    """Reads such a file, offline, and remembers what the pack's other files are checked against."""

    seqs: list[int] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    issued: dict[str, str] = field(default_factory=dict)  # number → digest of its record
    commitments: dict[int, str] = field(default_factory=dict)

    def gather(self, texts: Iterable[bytes]) -> Break | None:
        """Read chosen entries; the first that cannot be one, or None."""
        for text in texts:
            entry = _read(text)
            if entry is None or (self.seqs and entry["seq"] <= self.seqs[-1]):
                after = self.seqs[-1] if self.seqs else 0
                return Break(after + 1, f"what follows entry {after} cannot be read")
            self.seqs.append(entry["seq"])
            self.digests.append(hashlib.sha256(text).digest())
            self._remember(entry)
        return None

    def walk(self, texts: Iterable[bytes]) -> Break | None:
        """Read a whole chain; the first entry that does not hold, or None."""
        seq, digest = 0, GENESIS
        for text in texts:
            entry, expected = _read(text), seq + 1
            if entry is None:
                return Break(expected, f"entry {expected} cannot be read")
            if entry["seq"] != expected:
                return Break(expected, f"entry {expected} is missing or out of order")
            if entry["previous"] != digest:
                which = f"entry {seq} was changed, or " if seq else ""
                return Break(max(1, seq), f"{which}entry {expected} does not follow it")
            seq, digest = expected, hashlib.sha256(text).hexdigest()
            self._remember(entry)
        self.seqs, self.digests = [seq], [bytes.fromhex(digest)]
        return None

    def _remember(self, entry: dict[str, Any]) -> None:
        if entry.get("action") == Action.CERTIFICATE_ISSUED:
            number = str(entry["subject"]).removeprefix("certificate:")
            self.issued[number] = json.loads(entry["details"]).get("record_sha256", "")
        if entry.get("commitment"):
            self.commitments[entry["seq"]] = entry["commitment"]


def _read(text: bytes) -> dict[str, Any] | None:
    """An entry; None where the line is none."""
    try:
        entry: dict[str, Any] = json.loads(text)
        sound = entry.keys() == set(FIELDS) and type(entry["seq"]) is int
    except (ValueError, AttributeError):
        return None
    return entry if sound else None
