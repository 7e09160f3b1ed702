"""The file of a certificate: rendered and signed once, on first need; then the stored bytes."""

import hashlib
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Somebody, acting
from induction.audit.actions import Action
from induction.certificates.binding import Unproven
from induction.certificates.models import Certificate, CertificateFile
from induction.certificates.pdf.look import OURS, Look
from induction.certificates.queries import Filed, Held, by_number
from induction.certificates.record import CertificateRecord
from induction.database import table
from induction.extensions import db
from induction.institute import institute
from induction.institute.models import Institute
from induction.signing.signer import Signer

_LOCK = (
    select(Certificate.id).where(Certificate.id == bindparam("certificate_id")).with_for_update()
)
_LOGO = select(table(Institute).c.logo)


def signer() -> Signer:
    """The signing key of the running application."""
    held: Signer = current_app.extensions["signer"]
    return held


def look() -> Look:
    """The institute's colour and logo as they are now: a file keeps those of the day it is made."""
    here = institute()
    logo = db.session.scalar(_LOGO) if here.logo_sha256 else None
    return Look(here.accent or OURS.accent, logo or b"")


def stored_file(session: Session, certificate_id: int) -> bytes | None:
    """The stored bytes, or None where the file has not been needed yet."""
    return session.scalar(
        select(CertificateFile.pdf).where(CertificateFile.certificate_id == certificate_id)
    )


def deliver(session: Session, filed: Filed, *, by: Somebody | str, now: datetime) -> bytes:
    """The certificate's PDF, made now if it has never been needed, and an audit entry.

    Of one person there are ten in an hour at most.

    Two that ask at once get the same bytes: what is stored first is what both are given. Raises
    Unproven where the certificate does not agree with the record of acts.
    """
    if filed.fault:
        raise Unproven(filed.fault)
    pdf = filed.pdf
    if pdf is None:
        held = by_number(session, filed.number)
        if held is None:
            raise LookupError(filed.number)
        pdf = make_file(held, by=by, now=now)
    digest = hashlib.sha256(pdf).hexdigest()
    with acting(by, now) as act:
        subject = f"certificate:{filed.number}"
        if not act.said_enough(Action.CERTIFICATE_DOWNLOADED, subject):
            act.record(Action.CERTIFICATE_DOWNLOADED, subject, sha256=digest)
    return pdf


def row_of(certificate_id: int, pdf: bytes, now: datetime) -> dict[str, Any]:
    """The row that stores a certificate's file, with its digest."""
    return {
        "certificate_id": certificate_id,
        "pdf": pdf,
        "sha256": hashlib.sha256(pdf).hexdigest(),
        "made_at": now,
    }


def drawn(record: CertificateRecord, look: Look, signer: Signer) -> bytes:
    """The signed PDF of this record. Raises as ``render`` does."""
    from induction.certificates.pdf.render import render  # noqa: PLC0415  slow to load, seldom used

    return signer.sign(render(record, look))


def make_file(held: Held, *, by: Somebody | str, now: datetime) -> bytes:
    """Render, sign and store; rendering happens before the transaction begins.

    Raises Unproven where the record is not the one that was issued: we sign no other.
    """
    if held.fault:
        raise Unproven(held.fault)
    if held.record is None:
        raise ValueError("an erased certificate cannot be rendered")
    made = drawn(held.record, look(), signer())
    with acting(by, now) as act:
        act.session.execute(_LOCK, {"certificate_id": held.id})  # of two that made it, one stores
        already = stored_file(act.session, held.id)
        if already is not None:
            return already
        row = row_of(held.id, made, now)
        act.session.execute(insert(CertificateFile), row)
        act.record(Action.CERTIFICATE_RENDERED, f"certificate:{held.number}", sha256=row["sha256"])
    return made
