"""Tables of certificates.

A certificate's own row holds nothing personal and stays for ever. The record (with the name) and
the file can be erased with the person. Whether a certificate is current follows from the rows that
supersede or revoke it; their reasons are emptied when their person is erased.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model

WITHDRAWAL = "withdrawal"  # what may be asked for of one: see ``approvals``


class Certificate(Model):
    """A certificate that was issued. Never changed, never removed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    policy: Mapped[str] = mapped_column(String(60))
    policy_version: Mapped[date]
    record_sha256: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[date | None]

    __table_args__ = (
        Index(None, "account_id", "policy"),
        Index(None, "issued_at"),
        Index(None, "policy_version", "issued_at"),
        Index(None, "valid_until"),
    )


class CertificateRecordRow(Model):
    """The frozen record in canonical JSON, byte for byte as it was digested."""

    __tablename__ = "certificate_record"
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)  # as in the record, for searching
    record: Mapped[str] = mapped_column(Text)


class CertificateFile(Model):
    """The signed PDF as it was first made; it is never made again."""

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CurrentCertificate(Model):
    """Which certificate is current. Its key lets a learner hold one for each policy version."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    policy: Mapped[str] = mapped_column(String(60), primary_key=True)
    policy_version: Mapped[date] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)


class Supersession(Model):
    """One certificate took another's place."""

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Revocation(Model):
    """A certificate was revoked, by whom and why."""

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
