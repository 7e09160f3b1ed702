"""Tables of second factors. What is kept of a secret opens nothing by itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class Authenticator(Model):
    """An app that shows a new code every half minute (TOTP, RFC 6238)."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(300))  # opened with the key of the settings
    last_step: Mapped[int] = mapped_column(default=0)  # of the clock: a code counts once
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Model):
    """One of the codes that somebody keeps on paper. It goes when it is used."""

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
