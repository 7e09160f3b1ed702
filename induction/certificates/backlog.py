"""Drawing the files of many certificates, each stored as it is done; of very many at once."""

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
from induction.certificates.delivery import drawn, look, row_of, signer, stored_file
from induction.certificates.models import Certificate, CertificateFile, CertificateRecordRow
from induction.certificates.pdf.look import Look
from induction.certificates.queries import by_ids
from induction.certificates.record import CertificateRecord
from induction.config import Settings
from induction.signing.signer import Signer

FEW = 20  # are drawn before processes have started that would help
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
    """Draw, sign and store these certificates' files, in the order in which they are done."""
    few = len(ids) <= FEW
    for done in _here(session, ids) if few else _with_all_cores(session, ids, settings):
        if not done.fault:
            _store(done, by=by, now=clock())
        yield done


def _here(session: Session, ids: Sequence[int]) -> Iterator[Done]:
    shown = look()
    for certificate_id in ids:
        yield _draw(*_record(session, certificate_id), signer(), shown)


def _with_all_cores(session: Session, ids: Sequence[int], settings: Settings) -> Iterator[Done]:
    """Processes are started afresh, not forked: they share no connection and no lock with this."""
    cores = min(os.cpu_count() or 1, len(ids))
    waiting = iter(ids)
    with ProcessPoolExecutor(
        cores, get_context("spawn"), initializer=_prepare, initargs=(settings, look())
    ) as pool:
        running: set[Future[Done]] = set()

        def fill() -> None:
            for certificate_id in islice(waiting, AHEAD * cores - len(running)):
                running.add(pool.submit(_draw_there, *_record(session, certificate_id)))

        fill()
        while running:
            future = next(as_completed(running))
            running.discard(future)
            yield future.result()
            fill()


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


def _draw(
    certificate_id: int,
    number: str,
    record: CertificateRecord | None,
    fault: str,
    signs: Signer,
    shown: Look,
) -> Done:
    if record is None or fault:
        return Done(certificate_id, number, fault=fault or "its holder was erased")
    try:
        pdf = drawn(record, shown, signs)
    except ValueError as error:  # a faulty record, or characters that no font can draw
        return Done(certificate_id, number, fault=str(error))
    return Done(certificate_id, number, pdf)


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


def _draw_there(
    certificate_id: int, number: str, record: CertificateRecord | None, fault: str
) -> Done:
    return _draw(certificate_id, number, record, fault, *_held[0])
