"""Checking an audit pack, offline: no database, nothing but the file itself.

Every fault is one line that names the file, the certificate or the entry that it is about.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from induction.audit.chain import commit_to
from induction.audit.checkpoint import Checkpoint, from_fields
from induction.audit.tree import root_by
from induction.audit_pack import manifest
from induction.audit_pack.chain_file import EntryReader
from induction.audit_pack.opened import OpenedPack
from induction.certificates.binding import UNPROVEN
from induction.certificates.pdf.attachment import NoRecord, attached, holder

_LARGEST_PDF = 1 << 24  # bytes
_SMALL = 1 << 20  # bytes: a key or a signature is far below
MOST_FAULTS = 1000
_BY_DIGEST = Prehashed(hashes.SHA256())


@dataclass
class Findings:
    """What was found about one pack. Sound means: without faults."""

    faults: list[str] = field(default_factory=list)
    fingerprint: str = ""  # of the key that signed it, SHA-256 over its DER
    certificates: int = 0
    files: int = 0
    entries: int = 0
    checkpoint: int = 0

    def add(self, fault: str) -> None:
        """Name a fault; of very many, the first thousand."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


def inspect_pack(
    path: Path,
    *,
    ours: Sequence[str] = (),
    tick: Callable[[int], object] = lambda _: None,
) -> Findings:
    """Everything that is wrong with a pack. ``tick`` is told the bytes that were read.

    ``ours`` are fingerprints of the keys that may have signed it; where there are none, whoever
    asks has to compare the one found. Raises NotAPack where the file cannot be read as a pack.
    """
    opened, found = OpenedPack(path, tick), Findings()
    with closing(opened):
        found.files = len(opened.digests)
        for fault in opened.faults:
            found.add(fault)
        _Inspection(opened, found, ours).run()
    return found


class _Inspection:
    def __init__(self, opened: OpenedPack, found: Findings, ours: Sequence[str]) -> None:
        self.opened, self.found, self.ours = opened, found, ours

    def run(self) -> None:
        key = self._key()
        self._signed(key, manifest.MANIFEST, manifest.SIGNATURE)
        self._signed(key, manifest.STATEMENT, manifest.STATEMENT_SIGNATURE)
        listed = self._listed()
        self._files(listed)
        self._entries(listed)

    # ---- signatures ----

    def _contents(self, name: str) -> bytes:
        return self.opened.read(name) if self.opened.size(name) <= _SMALL else b""

    def _key(self) -> rsa.RSAPublicKey | None:
        try:
            key = serialization.load_pem_public_key(self._contents(manifest.PUBLIC_KEY))
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, rsa.RSAPublicKey):
            self.found.add(f"{manifest.PUBLIC_KEY}: no readable key")
            return None
        der = key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.found.fingerprint = hashlib.sha256(der).hexdigest()
        if self.ours and self.found.fingerprint not in self.ours:
            self.found.add(f"{manifest.PUBLIC_KEY}: not the key that is expected")
        return key

    def _signed(self, key: rsa.RSAPublicKey | None, name: str, signature: str) -> None:
        if name not in self.opened.digests:
            self.found.add(f"{name}: missing")
        if name not in self.opened.digests or key is None:
            return
        try:
            key.verify(
                self._contents(signature),
                bytes.fromhex(self.opened.digests[name]),
                padding.PKCS1v15(),
                _BY_DIGEST,
            )
        except InvalidSignature:
            self.found.add(f"{name}: changed since it was signed, or {signature} was")

    # ---- the list of files ----

    def _listed(self) -> dict[str, Any]:
        with suppress(ValueError):
            value = json.loads(self.opened.read(manifest.MANIFEST))
            if isinstance(value, dict) and value.get("schema") in manifest.READABLE:
                return value
        self.found.add(f"{manifest.MANIFEST}: it cannot be read as a manifest")
        return {}

    def _files(self, listed: Mapping[str, Any]) -> None:
        expected: dict[str, str] = {}
        for entry in _listed_in(listed, "certificates", "files"):
            if "file" in entry:
                expected[str(entry["file"])] = str(entry.get("sha256"))
        by_digest = {digest: name for name, digest in expected.items()}
        for name, digest in expected.items():
            own = self.opened.digests.get(name)
            if own is None:
                self.found.add(f"{name}: missing")
            elif own != digest:
                other = by_digest.get(own)
                swapped = f": it holds what belongs in {other}" if other else ""
                self.found.add(f"{name}: changed{swapped}")
        for name in self.opened.digests.keys() - expected.keys() - manifest.UNLISTED:
            self.found.add(f"{name}: not in the manifest")
        self.found.certificates = sum(1 for _ in _listed_in(listed, "certificates"))

    # ---- the entries ----

    def _entries(self, listed: Mapping[str, Any]) -> None:
        reader, lines = EntryReader(), self.opened.lines(manifest.ENTRIES)
        proven = manifest.PROOF in self.opened.digests  # else the chain must be there whole
        broken = reader.gather(lines) if proven else reader.walk(lines)
        if broken is not None:
            self.found.add(f"{manifest.ENTRIES}: {broken.reason}")
            return
        point = self._checkpoint()
        if point is not None:
            self.found.checkpoint = point.seq
            for fault in _unproven(reader, point, self.opened) if proven else _cut(reader, point):
                self.found.add(fault)
        self.found.entries = len(reader.seqs) if proven else reader.seqs[-1]
        self._certificates(listed, reader)
        self._personal(reader)

    def _certificates(self, listed: Mapping[str, Any], reader: EntryReader) -> None:
        """Each certificate against the entry of its issue, and its file against both."""
        for entry in _listed_in(listed, "certificates"):
            number = str(entry.get("number"))
            if reader.issued.get(number) != entry.get("record_sha256"):
                self.found.add(f"certificate {number}: the chain has no such issue of it")
            if entry.get("status") == UNPROVEN:
                said = f"who made the pack says that {entry.get('note')}"
                self.found.add(f"certificate {number}: {said}")
            elif entry.get("file") in self.opened.digests:
                for fault in self._unlike_record(str(entry["file"]), entry):
                    self.found.add(f"{entry['file']}: {fault}")

    def _unlike_record(self, name: str, entry: Mapping[str, Any]) -> Iterator[str]:
        """Whether a file carries the record that was issued, of whom the manifest says it is."""
        if self.opened.size(name) > _LARGEST_PDF:
            yield "far larger than a certificate"
            return
        try:
            record = attached(self.opened.read(name))
            number, holds = holder(record)
        except NoRecord as fault:
            yield str(fault)
            return
        if hashlib.sha256(record).hexdigest() != entry.get("record_sha256"):
            yield "it carries another record than the one that was issued"
        elif (number, holds) != (entry.get("number"), entry.get("name")):
            yield "the manifest has another number or name than its record"

    def _checkpoint(self) -> Checkpoint | None:
        name = manifest.CHECKPOINT
        try:
            point = from_fields(json.loads(self._contents(name)))
        except (ValueError, TypeError):
            self.found.add(f"{name}: it cannot be read")
            return None
        if point.signed_bytes() != self._contents(manifest.STATEMENT):
            self.found.add(f"{name}: not the statement that was signed")
        return point

    def _personal(self, reader: EntryReader) -> None:
        for text in self.opened.lines(manifest.PERSONAL):
            parts = text.decode("utf-8", "replace").split("\t")
            seq = int(parts[0]) if parts[0].isdigit() else 0
            held = len(parts) == 3 and commit_to(parts[1], parts[2]) == reader.commitments.get(seq)
            if not held:
                self.found.add(f"{manifest.PERSONAL}: not what entry {seq} was bound to")


def _unproven(reader: EntryReader, point: Checkpoint, opened: OpenedPack) -> Iterator[str]:
    """Whether the entries are those that the signed checkpoint saw, by the tree over all."""
    places = [seq - 1 for seq in reader.seqs]
    try:
        proof = map(bytes.fromhex, (line.decode() for line in opened.lines(manifest.PROOF)))
        root = root_by(point.seq, places, reader.digests, proof)
    except ValueError as error:
        yield f"{manifest.PROOF}: it proves nothing ({error})"
    else:
        if root.hex() != point.root:
            yield f"{manifest.ENTRIES}: not the entries that the signed checkpoint saw"


def _cut(reader: EntryReader, point: Checkpoint) -> Iterator[str]:
    """Whether a whole chain ends where the signed checkpoint saw it end."""
    [seq], [digest] = reader.seqs, reader.digests
    if seq != point.seq:
        saw = f"and the signed checkpoint saw entry {point.seq}"
        yield f"{manifest.ENTRIES}: ends at entry {seq}, {saw}"
    elif digest.hex() != point.digest:
        yield f"{manifest.ENTRIES}: entry {seq} is not the one that the signed checkpoint saw"


def _listed_in(listed: Mapping[str, Any], *parts: str) -> Iterator[dict[str, Any]]:
    for part in parts:
        entries: Iterable[Any] = listed.get(part) or ()
        yield from (entry for entry in entries if isinstance(entry, dict))
