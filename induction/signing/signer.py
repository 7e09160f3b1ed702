"""The key of the installation: what it signs, and who it says that it is.

Certificates are signed in ``pades``, everything else with a detached signature.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from induction.database import utc_now
from induction.signing import keys


class Signer:
    """Signs with one key, parsed once, and knows every certificate that ever signed here."""

    def __init__(self, held: keys.Keys, folder: Path) -> None:
        self._keys = held
        self._folder = folder

    @classmethod
    def from_settings(
        cls,
        folder: Path,
        p12: str | Path | None = None,
        p12_password: str = "",
        *,
        passphrase: str = "",
        organisation: Callable[[], str] = lambda: "Learner induction",
        now: datetime | None = None,
    ) -> "Signer":
        """The signer of an instance: the provider's PKCS#12, else the folder's own key.

        The folder's key is made where there is none. Raises ``keys.KeyFault``.
        """
        if p12:
            return cls(keys.bring_keys(folder, Path(p12), p12_password), folder)
        return cls(keys.open_keys(folder, organisation, now or utc_now(), passphrase), folder)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the public key in DER, in lower-case hex."""
        return keys.fingerprint(self._keys.certificate)

    @cached_property
    def public_key_pem(self) -> bytes:
        """For ``openssl dgst -verify``."""
        return self._keys.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @cached_property
    def certificate_pem(self) -> bytes:
        return self._keys.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def valid_until(self) -> datetime:
        """When the certificate of the key ends."""
        return self._keys.certificate.not_valid_after_utc

    def known(self) -> tuple[x509.Certificate, ...]:
        """Every certificate that ever signed here: what ``validate`` is to be given."""
        return keys.known(self._folder)

    def sign(self, pdf: bytes) -> bytes:
        """The PDF with a signature over all of it, dated as the file is."""
        return self._stamp(pdf)

    @cached_property
    def _stamp(self) -> Callable[[bytes], bytes]:
        from induction.signing.pades import Stamp  # noqa: PLC0415  slow to load, seldom used

        return Stamp(self._keys).sign

    def sign_bytes(self, data: bytes) -> bytes:
        """A detached signature (RSA, PKCS#1 v1.5, SHA-256), which openssl checks as well."""
        return self._keys.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def sign_digest(self, digest: bytes) -> bytes:
        """The same signature, from the SHA-256 of data too long to hold in memory."""
        return self._keys.private.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def verify_bytes(data: bytes, signature: bytes, trusted: Sequence[x509.Certificate]) -> str | None:
    """The fingerprint of the trusted key that made this detached signature, or None."""
    for certificate in trusted:
        public = certificate.public_key()
        if isinstance(public, rsa.RSAPublicKey) and keys.may_sign(certificate):
            try:
                public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            except InvalidSignature:
                continue
            return keys.fingerprint(certificate)
    return None
