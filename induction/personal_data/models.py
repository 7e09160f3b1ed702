"""How long each class of record is kept, and what can be asked for about personal data."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class RequestKind(StrEnum):
    """What is asked: kinds of ``approvals``, which keeps what was asked and decided."""

    ACCESS = "access"  # a copy of everything we hold on a person
    ERASURE = "erasure"  # one person's details go
    RETENTION = "retention"  # everything goes whose time is over


class RetentionRule(Model):
    """A period that differs from the one that we suggest."""

    record_class: Mapped[str] = mapped_column(String(20), primary_key=True)
    months: Mapped[int]
    basis: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
