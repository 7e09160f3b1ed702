"""Checking the whole chain: by itself, and against every checkpoint that we or others hold."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography.x509 import Certificate
from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit import checkpoint as checkpoints
from induction.audit.chain import GENESIS, Break, Link, commit_to, first_break
from induction.audit.checkpoint import Checkpoint
from induction.audit.models import AuditCheckpoint, AuditEntry, AuditHead, AuditPersonal

BATCH = 2000


def links(session: Session, *, after: int = 0) -> Iterator[Link]:
    """The entries in order, read in batches: memory stays flat however long the chain is."""
    query = select(
        AuditEntry.seq,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.details,
        AuditEntry.commitment,
        AuditEntry.previous,
        AuditEntry.digest,
    ).order_by(AuditEntry.seq)
    while True:
        rows = session.execute(query.where(AuditEntry.seq > after).limit(BATCH)).all()
        yield from map(Link._make, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].seq


def verify_chain(
    session: Session,
    held: Iterable[Checkpoint] = (),
    certificates: Iterable[Certificate] = (),
    tick: Callable[[], None] = lambda: None,
) -> Break | None:
    """The first thing that does not hold, or None. ``tick`` is called for each entry.

    ``held`` are checkpoints from outside the database (the instance folder, an auditor's pack);
    those in the database are checked as well.
    """
    return first_break(_counted(session, tick)) or beside_the_links(session, held, certificates)


def beside_the_links(
    session: Session, held: Iterable[Checkpoint] = (), certificates: Iterable[Certificate] = ()
) -> Break | None:
    """What no link can show: checkpoints, the head, and the personal data beside the chain."""
    known = tuple(certificates)
    points = _by_seq([*_stored(session), *held])
    forged = next((p for p in points.values() if known and not p.is_genuine(known)), None)
    if forged is not None:
        return Break(forged.seq, f"the checkpoint at entry {forged.seq} is not signed by our key")
    return (
        _unlike_checkpoint(session, points)
        or _head_elsewhere(session)
        or _personal_changed(session)
    )


def keep_beside(session: Session, folder: Path) -> None:
    """Keep in this machine's folder what other machines have made: the worker may move here."""
    for point in _stored(session):
        checkpoints.write(folder, point)


def _stored(session: Session) -> list[Checkpoint]:
    rows = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.id))
    return [as_signed(row) for row in rows]


def as_signed(row: AuditCheckpoint) -> Checkpoint:
    """A checkpoint of the database, as it was signed."""
    at = row.at.isoformat()
    return Checkpoint(row.seq, row.digest, at, row.key_fingerprint, row.signature)


def _by_seq(points: Iterable[Checkpoint]) -> dict[tuple[int, str], Checkpoint]:
    return {(p.seq, p.digest): p for p in points}


def _counted(session: Session, tick: Callable[[], None]) -> Iterator[Link]:
    for link in links(session):
        tick()
        yield link


def _unlike_checkpoint(session: Session, points: dict[tuple[int, str], Checkpoint]) -> Break | None:
    """The first checkpoint that the chain does not agree with: it was cut or rewritten."""
    last = session.scalar(select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1)) or 0
    for seq, digest in sorted(points):
        if seq > last:
            return Break(
                last + 1, f"the chain ends at {last}, but a checkpoint of entry {seq} was signed"
            )
        own = session.scalar(select(AuditEntry.digest).where(AuditEntry.seq == seq))
        if seq and own != digest:
            return Break(seq, f"entry {seq} is not the one that its signed checkpoint saw")
    return None


def _head_elsewhere(session: Session) -> Break | None:
    """The head row must point at the last entry: a cut tail leaves it dangling."""
    head = session.execute(select(AuditHead.seq, AuditHead.digest)).one()
    last = session.execute(
        select(AuditEntry.seq, AuditEntry.digest).order_by(AuditEntry.seq.desc()).limit(1)
    ).first()
    seq, digest = (last.seq, last.digest) if last else (0, GENESIS)
    if (head.seq, head.digest) == (seq, digest):
        return None
    return Break(min(head.seq, seq) + 1, f"the chain ends at {seq}, but its head says {head.seq}")


def _personal_changed(session: Session) -> Break | None:
    """Personal data beside the chain must be what the entry committed to; it may be gone."""
    rows = session.execute(
        select(AuditPersonal.seq, AuditPersonal.salt, AuditPersonal.data, AuditEntry.commitment)
        .join(AuditEntry, AuditEntry.seq == AuditPersonal.seq)
        .order_by(AuditPersonal.seq)
        .execution_options(yield_per=BATCH)
    )
    for row in rows:
        if commit_to(row.salt, row.data) != row.commitment:
            return Break(row.seq, f"the personal data of entry {row.seq} has been changed")
    return None


def make_checkpoint(
    session: Session,
    sign: Callable[[bytes], bytes],
    fingerprint: str,
    folder: Path,
    *,
    now: datetime,
) -> Checkpoint:
    """Sign where the chain stands; keep it in the database and in the folder outside it."""
    head = session.execute(select(AuditHead.seq, AuditHead.digest)).one()
    at = now.astimezone(UTC).replace(microsecond=0)
    point = Checkpoint(head.seq, head.digest, at.isoformat(), fingerprint).signed_by(sign)
    session.execute(
        insert(AuditCheckpoint),
        {
            "seq": point.seq,
            "digest": point.digest,
            "at": at,
            "signature": point.signature,
            "key_fingerprint": fingerprint,
        },
    )
    checkpoints.write(folder, point)
    return point


def checkpoint_folder() -> Path:
    """Where checkpoints are kept outside the database."""
    folder: Path = current_app.extensions["settings"].instance / "checkpoints"
    return folder
