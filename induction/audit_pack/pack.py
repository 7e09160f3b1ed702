"""The audit pack: everything that shows who was taught and tested, made while it is sent.

Certificates go out in batches as they are read; lists wait in temporary files until they are
complete. Whoever opens the pack needs nothing of ours to check it (see ``export_readme.txt``).
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.checkpoint import Checkpoint
from induction.audit.models import AuditHead
from induction.audit.record import record as audit
from induction.audit.verify import make_checkpoint
from induction.audit_pack import chain_file, gaps, manifest
from induction.audit_pack.spool import Spool
from induction.audit_pack.stored_zip import StoredZip
from induction.certificates.delivery import make_file
from induction.certificates.models import Certificate
from induction.certificates.pdf.fonts import MissingGlyphs
from induction.certificates.queries import by_number
from induction.certificates.status import status_of
from induction.compliance import trace
from induction.curriculum.model import Policy
from induction.database import AnyRow, writing
from induction.institute import Institute
from induction.register import listing
from induction.register.listing import Wanted
from induction.signing.signer import Signer
from induction.spreadsheets.writing import csv_file, csv_lines
from induction.uk_time import uk_day

Bar = Callable[[int], object]  # shows progress: called with how many certificates more are done

_USUAL_SIZE, _ENTRY_SIZE = 45_000, 600  # bytes of a certificate and of an act, as they mostly are

HEADS = (
    "Number", "Reference", "Name as issued", "Cohort", "Audience", "Policy", "Version of",
    "Issued", "Valid until", "Status", "Superseded by", "SHA-256", "File",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """What a pack is to hold, for whom and when."""

    wanted: Wanted
    actor: str
    now: datetime
    policy: Policy
    institute: Institute
    signer: Signer
    checkpoints: Path
    base_url: str

    @property
    def today(self) -> date:
        """The day that statuses are of."""
        return uk_day(self.now)


def expected_size(session: Session, certificates: int) -> int:
    """About how many bytes a pack with so many certificates will have."""
    length = session.scalar(select(AuditHead.seq)) or 0
    each = listing.average_size(session) or _USUAL_SIZE
    return certificates * each + length * _ENTRY_SIZE


def make(session: Session, order: Order, bar: Bar = lambda _: None) -> Iterator[bytes]:
    """The pack's bytes in order. That it was exported is on record before the first of them."""
    count = listing.count(session, order.wanted, order.today)
    with writing() as writer:
        audit(
            writer,
            Action.PACK_EXPORTED,
            f"policy:{order.policy.slug}",
            actor=order.actor,
            now=order.now,
            details={"scope": order.wanted.without_names(), "certificates": count},
        )
    made = _Pack(session, order, bar)
    try:
        yield from made.parts()
    finally:  # also where whoever asked for it has gone away
        made.close()


class _Pack:
    """One pack under way."""

    point: Checkpoint

    def __init__(self, session: Session, order: Order, bar: Bar) -> None:
        self.session, self.order, self.bar = session, order, bar
        self.today, self.reference = order.today, order.policy.reference
        self.zip = StoredZip()
        self.spools: list[Spool] = []
        self.certificates, self.table = self._spool(), self._spool()
        self.files: list[dict[str, Any]] = []  # what the manifest lists besides certificates
        self.counts = {"certificates": 0, "files": 0, "erased": 0, "not_drawn": 0, "gaps": 0}

    def close(self) -> None:
        """Let go of the temporary files."""
        self.zip.close()
        for spool in self.spools:
            spool.close()

    def _spool(self) -> Spool:
        self.spools.append(Spool())
        return self.spools[-1]

    def parts(self) -> Iterator[bytes]:
        order = self.order
        self.table.write(b"\xef\xbb\xbf" + csv_lines([HEADS]).encode())
        for batch in listing.batches(self.session, order.wanted, order.today):
            for start in range(0, len(batch), listing.TOGETHER):
                some = batch[start : start + listing.TOGETHER]
                yield self._certificates(some)
                self.bar(len(some))
        yield from self._spooled("certificates.csv", self.table)
        yield from self._gaps()
        yield from self._chain()
        yield from self._file("trace.html", self._trace())
        yield from self._file(manifest.PUBLIC_KEY, order.signer.public_key_pem)
        yield from self._file("signing-certificate.pem", order.signer.certificate_pem)
        yield from self._file("README.txt", self._readme())
        yield from self._manifest()
        yield from self.zip.end()

    # ---- certificates ----

    def _certificates(self, rows: Sequence[AnyRow]) -> bytes:
        """These certificates' files with their frame, in one piece; their lines are put aside."""
        stored = listing.files(self.session, [row.id for row in rows])
        pieces, table, listed = [], [], []
        for row in rows:
            pdf, sha256, crc, note = self._pdf(row, stored.get(row.id))
            name = None
            if pdf is not None:
                name = manifest.file_name(row.learner_ref, row.number)
                pieces += [self.zip.head(name, len(pdf), crc), pdf]
            entry = self._entry(row, name, sha256, note)
            listed.append(manifest.certificate_line(entry))
            table.append(entry.cells)
        self.counts["certificates"] += len(rows)
        joined = b",\n".join(listed)
        self.certificates.write((b",\n" if self.certificates.size else b"") + joined)
        self.table.write(csv_lines(table).encode())
        return b"".join(pieces)

    def _pdf(
        self, row: AnyRow, stored: AnyRow | None
    ) -> tuple[bytes | None, str | None, int, str | None]:
        """The file, its digest, its checksum, and a note where there is no file."""
        if row.name is None:
            self.counts["erased"] += 1
            return None, None, 0, "the holder's details were erased"
        if stored is None:
            try:
                pdf = self._make(row.number)
            except MissingGlyphs as fault:
                self.counts["not_drawn"] += 1
                return None, None, 0, str(fault)
            sha256 = hashlib.sha256(pdf).hexdigest()
        else:
            pdf, sha256 = stored.pdf, stored.sha256
        self.counts["files"] += 1
        return pdf, sha256, zlib.crc32(pdf), None

    def _make(self, number: str) -> bytes:
        held = by_number(self.session, number)
        if held is None:
            raise LookupError(number)
        return make_file(held, actor=self.order.actor, now=self.order.now)

    def _entry(
        self, row: AnyRow, name: str | None, sha256: str | None, note: str | None
    ) -> manifest.ManifestEntry:
        erased, until = row.name is None, row.valid_until
        return manifest.ManifestEntry(
            number=row.number,
            learner_ref=None if erased else row.learner_ref,
            name=row.name,
            cohort=None if erased else row.cohort,
            audience=None if erased else row.audience,
            policy_reference=self.reference,
            version_date=str(row.policy_version),
            issued_at=f"{row.issued_at.isoformat()[:19]}Z",
            valid_until=str(until) if until else None,
            status=status_of(row, erased=erased, today=self.today),
            superseded_by=row.superseded_by,
            sha256=sha256,
            file=name,
            record_sha256=row.record_sha256,
            note=note,
        )

    # ---- the other files ----

    def _file(self, name: str, data: bytes) -> Iterator[bytes]:
        digest = hashlib.sha256(data).hexdigest()
        self.files.append({"sha256": digest, "file": name, "bytes": len(data)})
        yield self.zip.head(name, len(data), zlib.crc32(data))
        yield data

    def _spooled(self, name: str, spool: Spool) -> Iterator[bytes]:
        self.files.append({"sha256": spool.sha256, "file": name, "bytes": spool.size})
        yield self.zip.head(name, spool.size, spool.crc)
        yield from spool.drain()

    def _gaps(self) -> Iterator[bytes]:
        spool = self._spool()
        for chunk in csv_file(gaps.HEADS, self._gap_rows()):
            spool.write(chunk)
        yield from self._spooled("gaps.csv", spool)

    def _gap_rows(self) -> Iterator[Iterable[Any]]:
        order = self.order
        for batch in gaps.gaps(self.session, order.policy, order.wanted, order.today):
            self.counts["gaps"] += len(batch)
            yield batch

    def _chain(self) -> Iterator[bytes]:
        # Only now: so the chain in the pack holds the issue of every certificate in it.
        signer, chain, personal = self.order.signer, self._spool(), self._spool()
        with writing() as writer:
            self.point = point = make_checkpoint(
                writer, signer.sign_bytes, signer.fingerprint, self.order.checkpoints,
                now=self.order.now,
            )  # fmt: skip
        for chunk in chain_file.lines(self.session, point.seq):
            chain.write(chunk)
        holders = self._in_scope(Certificate.account_id)
        for chunk in chain_file.personal_lines(self.session, holders, point.seq):
            personal.write(chunk)
        yield from self._spooled(manifest.CHAIN, chain)
        yield from self._spooled(manifest.PERSONAL, personal)
        yield from self._file(manifest.CHECKPOINT, json.dumps(asdict(point), indent=1).encode())
        statement = point.signed_bytes()
        yield from self._file(manifest.STATEMENT, statement)
        yield from self._file(manifest.STATEMENT_SIGNATURE, signer.sign_bytes(statement))

    def _in_scope(self, column: Any) -> Any:
        ids = listing.ids(self.order.wanted, self.order.today)
        return select(column).where(Certificate.id.in_(ids))

    def _trace(self) -> bytes:
        order = self.order
        found = trace.lines(self.session, order.policy, self._in_scope(Certificate.enrolment_id))
        return self._rendered("audit_pack/trace.html", lines=found)

    def _readme(self) -> bytes:
        return self._rendered("audit_pack/readme.txt", point=self.point)

    def _rendered(self, template: str, **context: Any) -> bytes:
        order = self.order
        page = current_app.jinja_env.get_template(template).render(
            order=order,
            policy=order.policy,
            institute=order.institute,
            scope=order.wanted.as_words(),
            counts=self.counts,
            fingerprint=order.signer.fingerprint,
            **context,
        )
        return page.encode()

    def _manifest(self) -> Iterator[bytes]:
        order, whole = self.order, self._spool()
        head = {
            "made_at": f"{order.now:%Y-%m-%dT%H:%M:%SZ}",
            "made_by": order.actor,
            "provider": {"name": order.institute.name, "ukprn": order.institute.ukprn or None},
            "scope": order.wanted.as_words(),
            "counts": self.counts,
            "checkpoint": asdict(self.point),
            "key_fingerprint": order.signer.fingerprint,
        }
        whole.write(manifest.opening(head))
        for chunk in self.certificates.drain():
            whole.write(chunk)
        listed = b",\n".join(manifest.line(entry) for entry in self.files)
        whole.write(b'\n],\n"files":[\n' + listed + b"\n]\n}\n")
        signature = order.signer.sign_digest(whole.digest)
        yield self.zip.head(manifest.MANIFEST, whole.size, whole.crc)
        yield from whole.drain()
        yield self.zip.head(manifest.SIGNATURE, len(signature), zlib.crc32(signature))
        yield signature
