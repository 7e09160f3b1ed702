"""Lists that wait between a dry run and the import, and what their columns are."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
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
    # Where the worker carries it out: see ``under_way``.
    asked: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the moment of the import
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the worker that has it
    done: Mapped[int] = mapped_column(default=0)  # the last row, or how many people
    told: Mapped[str] = mapped_column(Text, default="")  # what came of it
    # It is no list, but the undoing of the import that began then: ``rows`` are its people.
    undoes: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ListLook(Model):
    """What looking at a long list, or at the undoing of one, came to: see ``looks``."""

    __tablename__ = "list_look"

    list_id: Mapped[int] = mapped_column(
        ForeignKey("import_draft.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)  # as whom it is looked at, and at what
    of: Mapped[int]  # rows, or people
    done: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the worker that is at it
    found: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ListPage(Model):
    """The rows of one page of a dry run, as they were understood."""

    __tablename__ = "list_page"

    list_id: Mapped[int] = mapped_column(
        ForeignKey("list_look.list_id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[list[Any]] = mapped_column(JSON)


class NamedColumns(Model):
    """Which column is which under one set of headings, as somebody said; of the file not a word."""

    headings: Mapped[str] = mapped_column(String(64), primary_key=True)  # their SHA-256
    places: Mapped[dict[str, int]] = mapped_column(JSON)  # ours → which of them, in their order
    at: Mapped[datetime] = mapped_column(UtcDateTime)
