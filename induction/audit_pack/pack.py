"""The audit pack: everything that shows who was taught and tested, made while it is sent.

Certificates go out as they are read, a few at a time, and lists as they are written. Whoever opens
the pack needs nothing of ours to check it (see the template ``readme.txt``).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from flask import current_app
from sqlalchemy.orm import Session

from induction.audit.act import acting
from induction.audit.actions import Action
from induction.audit.checkpoint import Checkpoint
from induction.audit.verify import make_checkpoint
from induction.audit_pack import chain_file, contents, gaps, learners, manifest
from induction.audit_pack.archive import Archive
from induction.certificates import earned
from induction.certificates.binding import UNPROVEN
from induction.certificates.delivery import make_file
from induction.certificates.pdf.fonts import MissingGlyphs
from induction.certificates.queries import by_number, examined
from induction.certificates.status import status_of
from induction.curriculum.model import Policy
from induction.database import AnyRow, writing
from induction.institute import Institute
from induction.register import listing
from induction.register.listing import Wanted
from induction.signing.signer import Signer
from induction.spreadsheets.writing import CHUNK, Cell, csv_file, csv_lines
from induction.uk_time import uk_day, uk_time

Bar = Callable[[int], object]  # shows progress: called with how many certificates more are done

# Bytes of a certificate, of the entries about it, and of all else, as they mostly are.
_USUAL_SIZE, _ENTRIES_SIZE, _REST_SIZE = 45_000, 12_000, 400_000


@dataclass(frozen=True, slots=True)
class PackOrder:
    """What a pack is to hold, for whom and when."""

    wanted: Wanted
    scope: dict[str, str]  # the same in words: what is asked, and how
    actor: str
    now: datetime
    policy: Policy
    institute: Institute
    signer: Signer
    checkpoints: Path

    @property
    def today(self) -> date:
        """The day that statuses are of."""
        return uk_day(self.now)

    @property
    def scope_line(self) -> str:
        """Its scope as a line."""
        return "; ".join(f"{what}: {how}" for what, how in self.scope.items()) or "everyone"

    @property
    def file_name(self) -> str:
        """A name that tells it from other packs: of what, of whom, and the UK time."""
        said = [how for how in self.scope.values() if how != self.wanted.search]  # maybe a name
        of = manifest.plain("-".join(said), 60) or ("search" if self.scope else "everyone")
        return f"audit-pack-{self.policy.slug}-{of}-{uk_time(self.now):%Y-%m-%d-%H%M%S}.zip"


def expected_size(session: Session, certificates: int) -> int:
    """About how many bytes a pack with so many certificates will have."""
    each = (listing.average_size(session) or _USUAL_SIZE) + _ENTRIES_SIZE
    return certificates * each + _REST_SIZE


def make(session: Session, order: PackOrder, bar: Bar = lambda _: None) -> Iterator[bytes]:
    """The pack's bytes in order. That it was exported is on record before the first of them."""
    count = listing.count(session, order.wanted, order.today)
    with acting(order.actor, order.now) as act:
        act.record(
            Action.PACK_EXPORTED,
            f"policy:{order.policy.slug}",
            scope=order.wanted.without_names(),
            certificates=count,
        )
    yield from _Pack(session, order, bar).parts()


class _Pack:
    """One pack under way."""

    archive: Archive
    point: Checkpoint
    taught: list[contents.Taught]

    def __init__(self, session: Session, order: PackOrder, bar: Bar) -> None:
        self.session, self.order, self.bar = session, order, bar
        self.ids = listing.ids(order.wanted, order.today)  # of the certificates in it
        self.files: list[dict[str, Any]] = []  # what the manifest lists besides certificates
        self.counts = {"certificates": 0, "files": 0, "erased": 0, "not_drawn": 0, "gaps": 0}
        self.counts["unproven"] = 0

    def parts(self) -> Iterator[bytes]:
        signer = self.order.signer
        # The certificates again, as lines of the manifest and of the table, which come after them.
        with TemporaryFile() as listed, TemporaryFile() as table, TemporaryFile() as in_archive:
            self.archive = Archive(self.order.now, in_archive)
            yield from self._certificates(listed, table)
            yield from self._long("certificates.csv", self._table(table))
            yield from self._long("learners.csv", csv_file(learners.HEADS, self._learners()))
            yield from self._long("gaps.csv", csv_file(gaps.HEADS, self._gaps()))
            self.taught = contents.taught(self.session, self.ids)
            self._contents()
            yield from self._entries()
            self._short(manifest.PUBLIC_KEY, signer.public_key_pem)
            self._short("signing-certificate.pem", signer.certificate_pem)
            for name in manifest.CHECKERS:
                self._short(name, Path(__file__).with_name(name).read_bytes())
            self._short("README.txt", self._rendered("audit_pack/readme.txt", point=self.point))
            whole = yield from self.archive.pour(manifest.MANIFEST, self._manifest(listed))
            signature = signer.sign_digest(bytes.fromhex(whole["sha256"]))
            self.archive.add(manifest.SIGNATURE, signature)
            yield self.archive.end()

    def _short(self, name: str, data: bytes) -> None:
        self.archive.add(name, data)
        self.files.append(manifest.listed(name, hashlib.sha256(data), len(data)))

    def _long(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        self.files.append((yield from self.archive.pour(name, chunks)))

    # ---- certificates ----

    def _certificates(self, listed: IO[bytes], table: IO[bytes]) -> Iterator[bytes]:
        order = self.order
        for rows in listing.batches(self.session, order.wanted, order.today, files=True):
            entries = [self._certificate(row) for row in rows]
            listed.writelines(manifest.line(entry) + b"\n" for entry in entries)
            table.write(csv_lines(map(manifest.cells, entries)).encode())
            yield self.archive.taken()
            self.bar(len(rows))

    def _certificate(self, row: AnyRow) -> dict[str, Any]:
        """Put a certificate's file into the archive; returns its entry of the manifest.

        One that does not agree with the record of acts is named, and its file left out.
        """
        self.counts["certificates"] += 1
        fault, figures = examined(row)
        if fault:
            self.counts["unproven"] += 1
            return self._facts(row) | {"status": UNPROVEN, "note": fault}
        how = dict(zip(manifest.EARNED.values(), earned.cells(figures), strict=True))
        if row.name is None:
            self.counts["erased"] += 1
            return self._facts(row) | {"note": "the holder's details were erased"} | how
        try:
            pdf, sha256 = (row.pdf, row.file_sha256) if row.pdf else self._drawn(row.number)
        except MissingGlyphs as missing:
            self.counts["not_drawn"] += 1
            return self._facts(row) | {"note": str(missing)} | how
        self.counts["files"] += 1
        name = manifest.file_name(row.learner_ref, row.number)
        self.archive.add(name, pdf)
        return {"sha256": sha256, "file": name, **self._facts(row), **how}

    def _drawn(self, number: str) -> tuple[bytes, str]:
        held = by_number(self.session, number)
        if held is None:
            raise LookupError(number)
        pdf = make_file(held, by=self.order.actor, now=self.order.now)
        return pdf, hashlib.sha256(pdf).hexdigest()

    def _facts(self, row: AnyRow) -> dict[str, str | None]:
        erased, until = row.name is None, row.valid_until
        return {
            "number": row.number,
            "learner_ref": None if erased else row.learner_ref,
            "uln": None if erased else row.uln,
            "name": row.name,
            "cohort": None if erased else row.cohort,
            "audience": None if erased else row.audience,
            "policy_reference": self.order.policy.reference,
            "version_date": str(row.policy_version),
            "status": status_of(row, erased=erased, today=self.order.today),
            "issued_at": f"{row.issued_at.isoformat()[:19]}Z",
            "valid_until": str(until) if until else None,
            "superseded_by": row.superseded_by,
            "record_sha256": row.record_sha256,
        }

    # ---- the other files ----

    def _table(self, table: IO[bytes]) -> Iterator[bytes]:
        yield from csv_file(tuple(manifest.COLUMNS), ())
        table.seek(0)
        while chunk := table.read(CHUNK):
            yield chunk

    def _learners(self) -> Iterator[list[Sequence[Cell]]]:
        order = self.order
        return learners.learners(self.session, self.ids, order.policy, order.wanted, order.today)

    def _gaps(self) -> Iterator[list[Sequence[Cell]]]:
        order = self.order
        for batch in gaps.gaps(self.session, order.policy, order.wanted, order.today):
            self.counts["gaps"] += len(batch)
            yield batch

    def _entries(self) -> Iterator[bytes]:
        # Only now: so that the checkpoint has seen the issue of every certificate in the pack.
        order, session = self.order, self.session
        with writing() as writer:
            self.point = make_checkpoint(
                writer, order.signer.sign_bytes, order.signer.fingerprint, order.checkpoints,
                now=order.now,
            )  # fmt: skip
        digests = [one.policy.digest for one in self.taught]
        seqs = chain_file.places(session, self.ids, digests, self.point.seq)
        self.counts["entries"] = len(seqs)
        yield from self._long(manifest.ENTRIES, chain_file.lines(session, seqs))
        yield from self._long(manifest.PROOF, self._proof(seqs))
        yield from self._long(manifest.PERSONAL, chain_file.personal_lines(session, seqs))
        statement = self.point.signed_bytes()
        self._short(manifest.CHECKPOINT, json.dumps(asdict(self.point), indent=1).encode())
        self._short(manifest.STATEMENT, statement)
        self._short(manifest.STATEMENT_SIGNATURE, order.signer.sign_bytes(statement))

    def _proof(self, seqs: Sequence[int]) -> Iterator[bytes]:
        """The proof for these entries; what it proves them against joins the checkpoint."""
        root = yield from chain_file.proof_lines(self.session, seqs, self.point.seq)
        self.point = replace(self.point, root=root).signed_by(self.order.signer.sign_bytes)

    def _contents(self) -> None:
        """What was taught, and the trace from its clauses to the results."""
        self._short("trace.html", self._rendered("audit_pack/trace.html", contents=self.taught))
        documents: dict[str, contents.SignedOff] = {}
        for one in self.taught:
            theirs = contents.documents(self.session, one.policy)
            page = {"policy": one.policy, "documents": theirs, "uses": contents.USES}
            self._short(one.file, self._rendered("audit_pack/content.html", **page))
            documents |= {document.file: document for document in theirs}
        for name, document in documents.items():
            self._short(name, contents.bytes_of(self.session, document))

    def _rendered(self, template: str, **context: Any) -> bytes:
        order = self.order
        page = current_app.jinja_env.get_template(template).render(
            order=order,
            institute=order.institute,
            scope=order.scope_line,
            counts=self.counts,
            fingerprint=order.signer.fingerprint,
            **{"policy": order.policy, **context},
        )
        return page.encode()

    def _manifest(self, listed: IO[bytes]) -> Iterator[bytes]:
        order = self.order
        head = {
            "made_at": f"{order.now:%Y-%m-%dT%H:%M:%SZ}",
            "made_by": order.actor,
            "provider": {"name": order.institute.name, "ukprn": order.institute.ukprn or None},
            "scope": order.wanted.as_words(),
            "scope_in_words": order.scope_line,
            "counts": self.counts,
            "checkpoint": asdict(self.point),
            "key_fingerprint": order.signer.fingerprint,
        }
        listed.seek(0)
        certificates = (line.removesuffix(b"\n") for line in listed)
        return manifest.text(head, certificates, map(manifest.line, self.files))
