"""What several machines on one database know of the key that all of them sign with."""

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.extensions import Model


class SharedKey(Model):
    """One row: the key of the installation.

    Where INDUCTION_KEY_PASSPHRASE is set, the key itself is here, encrypted with it: another
    machine that knows the passphrase takes it from here.
    """

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(String(64))
    pem: Mapped[str] = mapped_column(Text, default="")  # encrypted PKCS#8, or ""
    secret_check: Mapped[str] = mapped_column(String(16))  # tells one SECRET_KEY from another

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class SharedCertificate(Model):
    """A certificate that signed here, vouched for by a key: whoever holds that key believes it.

    So nothing that is written to the database past the application is believed.
    """

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    vouched_by: Mapped[str] = mapped_column(String(64), primary_key=True)  # fingerprint of a key
    pem: Mapped[str] = mapped_column(Text)
    signature: Mapped[str] = mapped_column(Text)  # base64, RSA PKCS #1 v1.5 with SHA-256 over pem
