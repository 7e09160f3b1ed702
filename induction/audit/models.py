"""Tables of the audit chain. Rows are only ever added; triggers in the database refuse the rest."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class AuditEntry(Model):
    """One act. ``digest`` covers every other column, ``previous`` among them: that is the chain."""

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))  # ISO 8601 UTC, exactly as it was digested
    actor: Mapped[str] = mapped_column(String(64))  # account:<public id>, visitor, or system
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(96))  # kind:<id>
    details: Mapped[str] = mapped_column(Text)  # canonical JSON; never personal data
    commitment: Mapped[str] = mapped_column(String(64))  # SHA-256(salt + personal data), or ""
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (
        Index(None, "subject"),
        Index(None, "actor"),
        Index(None, "action", "seq"),
        Index(None, "at"),
        CheckConstraint("seq > 0", name="seq_positive"),
    )


class AuditPersonal(Model):
    """Personal data that belongs to an entry, beside the chain so that it can be erased."""

    seq: Mapped[int] = mapped_column(ForeignKey("audit_entry.seq"), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(index=True)  # whose data it is
    salt: Mapped[str] = mapped_column(String(64))
    data: Mapped[str] = mapped_column(Text)  # canonical JSON


class AuditHead(Model):
    """Where the chain ends. One row; locking it puts writers in a queue."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class AuditCheckpoint(Model):
    """A signed statement of where the chain stood; copies leave the building in every pack."""

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(Text)  # base64, RSA PKCS#1 v1.5 over SHA-256
    key_fingerprint: Mapped[str] = mapped_column(String(64))
