"""Reading certificates: by number, by holder, and what each one's status is."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    Revocation,
    Supersession,
)
from induction.certificates.record import CertificateRecord
from induction.database import AnySelect


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate with what decides its status."""

    id: int
    number: str
    account_id: int
    enrolment_id: int
    policy: str
    policy_version: date
    record_sha256: str
    issued_at: datetime
    valid_until: date | None
    record: CertificateRecord | None  # None once its holder has been erased
    file_sha256: str | None
    superseded_at: datetime | None
    revoked_at: datetime | None

    def status(self, today: date) -> str:
        """One of current, superseded, revoked, expired and erased."""
        return status_of(self, erased=self.record is None, today=today)


class HasStatus(Protocol):
    """Whatever carries the dates that a status follows from."""

    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def superseded_at(self) -> datetime | None: ...
    @property
    def valid_until(self) -> date | None: ...


def status_of(dates: HasStatus, *, erased: bool, today: date) -> str:
    """One of revoked, erased, superseded, expired and current: the first that holds."""
    if dates.revoked_at:
        return "revoked"
    if erased:
        return "erased"
    if dates.superseded_at:
        return "superseded"
    if dates.valid_until and dates.valid_until < today:
        return "expired"
    return "current"


def _select() -> AnySelect:
    return (
        select(
            Certificate.id,
            Certificate.number,
            Certificate.account_id,
            Certificate.enrolment_id,
            Certificate.policy,
            Certificate.policy_version,
            Certificate.record_sha256,
            Certificate.issued_at,
            Certificate.valid_until,
            CertificateRecordRow.record,
            CertificateFile.sha256.label("file_sha256"),
            Supersession.at.label("superseded_at"),
            Revocation.at.label("revoked_at"),
        )
        .outerjoin(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .outerjoin(CertificateFile, CertificateFile.certificate_id == Certificate.id)
        .outerjoin(Supersession, Supersession.certificate_id == Certificate.id)
        .outerjoin(Revocation, Revocation.certificate_id == Certificate.id)
    )


def _held(row: Any) -> Held:
    fields = row._asdict()
    text = fields.pop("record")
    record = cast("CertificateRecord", json.loads(text)) if text else None
    return Held(**fields, record=record)


def by_number(session: Session, number: str) -> Held | None:
    """The certificate with this number as printed, or None."""
    row = session.execute(_select().where(Certificate.number == number)).first()
    return _held(row) if row else None


def held_by(session: Session, account_id: int) -> list[Held]:
    """Every certificate of this person, newest first."""
    rows = session.execute(
        _select().where(Certificate.account_id == account_id).order_by(Certificate.id.desc())
    )
    return [_held(row) for row in rows]
