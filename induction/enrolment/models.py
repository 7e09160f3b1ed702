"""Lists that wait between a dry run and the import, and what their columns are."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class StagedList(Model):
    """A list that was sent for a dry run, kept for a day so that it can be imported as seen."""

    __tablename__ = "import_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))  # of the file, which is not kept
    rows: Mapped[dict[str, Any]] = mapped_column(JSON)  # the cells of the columns that we use
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class NamedColumns(Model):
    """Which column is which under one set of headings, as somebody said; of the file not a word."""

    headings: Mapped[str] = mapped_column(String(64), primary_key=True)  # their SHA-256
    places: Mapped[dict[str, int]] = mapped_column(JSON)  # ours → which of them, in their order
    at: Mapped[datetime] = mapped_column(UtcDateTime)
