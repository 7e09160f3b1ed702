"""Drawing the files of many certificates: with all cores, each file stored as it is done."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from multiprocessing import get_context

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Somebody, acting
from induction.audit.actions import Action
from induction.certificates.delivery import drawn, look, row_of, stored_file
from induction.certificates.models import Certificate, CertificateFile, CertificateRecordRow
from induction.certificates.pdf.look import Look
from induction.certificates.queries import by_ids
from induction.certificates.record import CertificateRecord
from induction.config import Settings
from induction.signing.signer import Signer

AHEAD = 4  # tasks waiting for each process: records are small, files need not pile up


@dataclass(frozen=True, slots=True)
class Done:
    """One certificate's file, or why there is none."""

    id: int
    number: str
    pdf: bytes = b""
    fault: str = ""


def missing(session: Session, ids: Select[int] | None = None) -> list[int]:
    """The certificates with a record and without a file; of these ids, or of all."""
    query = (
        select(Certificate.id)
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .where(CertificateFile.certificate_id.is_(None))
        .order_by(Certificate.id)
    )
    return list(session.scalars(query if ids is None else query.where(Certificate.id.in_(ids))))


def draw(
    session: Session,
    ids: Sequence[int],
    settings: Settings,
    *,
    by: Somebody | str,
    clock: Callable[[], datetime],
) -> Iterator[Done]:
    """Draw, sign and store these certificates' files, in the order in which they are done.

    Processes are started afresh, not forked: they share no connection and no lock with this one.
    """
    cores = min(os.cpu_count() or 1, len(ids))
    waiting = iter(ids)
    with ProcessPoolExecutor(
        cores, get_context("spawn"), initializer=_prepare, initargs=(settings, look())
    ) as pool:
        running: set[Future[Done]] = set()

        def fill() -> None:
            for certificate_id in islice(waiting, AHEAD * cores - len(running)):
                running.add(pool.submit(_draw, *_record(session, certificate_id)))

        fill()
        while running:
            future = next(as_completed(running))
            running.discard(future)
            done = future.result()
            if not done.fault:
                _store(done, by=by, now=clock())
            fill()
            yield done


def _record(
    session: Session, certificate_id: int
) -> tuple[int, str, CertificateRecord | None, str]:
    """What a process is given: a record that is not as it was issued stays undrawn."""
    (held,) = by_ids(session, [certificate_id])
    return held.id, held.number, held.record, held.fault


def _store(done: Done, *, by: Somebody | str, now: datetime) -> None:
    """The first file stored is the certificate's; one that somebody else stored meanwhile stays."""
    row = row_of(done.id, done.pdf, now)
    with acting(by, now) as act:
        if stored_file(act.session, done.id) is not None:
            return
        act.session.execute(insert(CertificateFile), row)
        act.record(Action.CERTIFICATE_RENDERED, f"certificate:{done.number}", sha256=row["sha256"])


# ---- in the drawing processes ----

_held: list[tuple[Signer, Look]] = []


def _prepare(settings: Settings, look: Look) -> None:
    signer = Signer.from_settings(
        settings.instance / "keys",
        settings.signing_p12,
        settings.signing_p12_password,
        passphrase=settings.key_passphrase,
    )
    _held.append((signer, look))


def _draw(certificate_id: int, number: str, record: CertificateRecord | None, fault: str) -> Done:
    if record is None or fault:
        return Done(certificate_id, number, fault=fault or "its holder was erased")
    try:
        signer, look = _held[0]
        pdf = drawn(record, look, signer)
    except ValueError as error:  # a faulty record, or characters that no font can draw
        return Done(certificate_id, number, fault=str(error))
    return Done(certificate_id, number, pdf)
