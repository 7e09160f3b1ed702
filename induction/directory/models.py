"""Tables of what a directory keeps up to date: who and which groups, and with which token."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class DirectoryConnection(Model):
    """A directory may write here with a token, of which only the digest is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invites: Mapped[bool]  # whoever is new gets an invitation by mail
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to a few minutes
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def actor(self) -> str:
        """How it is named in the audit chain."""
        return f"directory:{self.public_id}"


class DirectoryUser(Model):
    """What the directory says of somebody, and whether it has ended their account."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    user_name: Mapped[str] = mapped_column(String(254), unique=True)  # lower case
    external_id: Mapped[str | None] = mapped_column(String(255), index=True)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)  # of the attributes that we use
    ended: Mapped[bool] = mapped_column(default=False)  # by the directory, which may open it again
    let_go: Mapped[bool] = mapped_column(default=False)  # deleted there; here nothing is deleted
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DirectoryGroup(Model):
    """A group there is a cohort here."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))  # there; the cohort may be called otherwise
    external_id: Mapped[str | None] = mapped_column(String(255), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DirectoryMember(Model):
    """Somebody is in a group there. Here they are in the cohort of the group they joined last."""

    group_id: Mapped[int] = mapped_column(ForeignKey("directory_group.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "account_id"),)
