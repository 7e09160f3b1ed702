"""What a certificate is today: one rule, in Python for one and as a condition for the database."""

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, and_, exists, or_, select

from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    Revocation,
    Supersession,
)

UNKNOWN = "unknown"  # said of a number that no certificate has


class CertificateStatus(StrEnum):
    """What a certificate is today; the values stand in addresses and files."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ERASED = "erased"  # its holder's details are gone

    @property
    def label(self) -> str:
        """In words, wherever it is shown."""
        return _LABELS[self]

    @property
    def stands(self) -> bool:
        """Whether nothing took its place and nobody took it back; it may have run out."""
        return self in (CertificateStatus.CURRENT, CertificateStatus.EXPIRED)


_LABELS = {
    CertificateStatus.CURRENT: "Current",
    CertificateStatus.SUPERSEDED: "Replaced by a newer one",
    CertificateStatus.EXPIRED: "Out of date",
    CertificateStatus.REVOKED: "Withdrawn",
    CertificateStatus.ERASED: "Details erased",
}


class HasStatus(Protocol):
    """Whatever carries the dates that a status follows from."""

    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def superseded_at(self) -> datetime | None: ...
    @property
    def valid_until(self) -> date | None: ...


def status_of(dates: HasStatus, *, erased: bool, today: date) -> CertificateStatus:
    """The first of revoked, erased, superseded and expired that holds; else it is current."""
    if dates.revoked_at:
        return CertificateStatus.REVOKED
    if erased:
        return CertificateStatus.ERASED
    if dates.superseded_at:
        return CertificateStatus.SUPERSEDED
    if dates.valid_until and dates.valid_until < today:
        return CertificateStatus.EXPIRED
    return CertificateStatus.CURRENT


def has_status(status: CertificateStatus, today: date) -> ColumnElement[bool]:
    """A condition on Certificate: the same rule as ``status_of``."""
    revoked = exists().where(Revocation.certificate_id == Certificate.id)
    recorded = exists().where(CertificateRecordRow.certificate_id == Certificate.id)
    superseded = exists().where(Supersession.certificate_id == Certificate.id)
    in_time = or_(Certificate.valid_until.is_(None), Certificate.valid_until >= today)
    match status:
        case CertificateStatus.REVOKED:  # few: found from the revocations, not by reading all
            return Certificate.id.in_(select(Revocation.certificate_id))
        case CertificateStatus.ERASED:
            return and_(~recorded, ~revoked)
        case CertificateStatus.SUPERSEDED:
            replaced = Certificate.id.in_(select(Supersession.certificate_id))
            return and_(replaced, recorded, ~revoked)
        case CertificateStatus.EXPIRED:
            return and_(~in_time, ~superseded, recorded, ~revoked)
        case CertificateStatus.CURRENT:
            return and_(in_time, ~superseded, recorded, ~revoked)
