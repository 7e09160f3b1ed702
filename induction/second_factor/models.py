"""Tables of second factors. What is kept of a secret opens nothing by itself."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime, new_public_id
from induction.extensions import Model


class Authenticator(Model):
    """An app that shows a new code every half minute (TOTP, RFC 6238)."""

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(300))  # opened with the key of the settings
    last_step: Mapped[int] = mapped_column(default=0)  # of the clock: a code counts once
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Passkey(Model):
    """A key on somebody's device (WebAuthn): we hold its public half."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=new_public_id)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)  # both in base64url
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)  # rises where the device counts
    name: Mapped[str] = mapped_column(String(60), default="")  # of the device: "Edge on Windows"
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PasskeyChallenge(Model):
    """What a device was asked to sign a moment ago; it goes when it is answered."""

    challenge: Mapped[str] = mapped_column(String(100), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Model):
    """One of the codes that somebody keeps on paper. It goes when it is used."""

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
