"""The signing key and every certificate that ever signed here.

A folder holds one private key, readable by the service alone, and the X.509 certificates of this
key and of all before it: a file signed with an older key validates for as long as its certificate
is kept. The key is made on first need; a provider may bring their own in a PKCS#12 file instead.

    signing-key.pem          the private key (mode 0600), encrypted where there is a passphrase
    certificates/<fp>.pem    every certificate ever used, by the fingerprint of its public key
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM
PRIVATE = "signing-key.pem"
BITS = 3072  # of a new key: a certificate is to last for 25 years (NIST SP 800-57)
_VALID_FOR = timedelta(days=25 * 366)
# Certificates of last year's inductions may be signed for the first time today.
_BACKDATED = timedelta(days=2 * 366)


class KeyFault(ValueError):
    """The key material cannot be used. Says why in one line."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A private key, its certificate, and the certificates between it and a root, if any."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the public key (SubjectPublicKeyInfo in DER), in lower-case hex."""
    der = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def open_keys(
    folder: Path, organisation: Callable[[], str], now: datetime, passphrase: str = ""
) -> Keys:
    """The key in this folder, made now where there is none. Raises ``KeyFault``.

    With a passphrase it is kept encrypted; one that was not is so from now on.
    """
    path = folder / PRIVATE
    if not path.exists():
        keys = _new_keys(organisation(), now)
        keep(folder, [keys.certificate])
        with contextlib.suppress(FileExistsError):  # another process was first: use its key
            _write_private(path, keys.private, passphrase, replace=False)
    private = _private(path, passphrase)
    public = private.public_key()
    for certificate in known(folder):
        if certificate.public_key() == public:
            return Keys(private, certificate)
    raise KeyFault(f"no certificate for the signing key in {folder / 'certificates'}")


def _private(path: Path, passphrase: str) -> rsa.RSAPrivateKey:
    """The private key in a file; encrypts the file where there is a passphrase and it was plain."""
    pem = path.read_bytes()
    plain = b"ENCRYPTED" not in pem
    if not (plain or passphrase):
        raise KeyFault(f"INDUCTION_KEY_PASSPHRASE: {path.name} is encrypted; set its passphrase")
    secret = None if plain else passphrase.encode()
    try:
        private = _rsa(_opened(pem, secret), path.name)
    except (ValueError, TypeError) as error:
        raise KeyFault(f"INDUCTION_KEY_PASSPHRASE: it does not open {path.name}") from error
    if plain and passphrase:
        _write_private(path, private, passphrase, replace=True)
    return private


def _opened(pem: bytes, secret: bytes | None) -> object:
    """The key in one of our own files. Raises ValueError or TypeError, also where it was damaged.

    That its numbers fit each other is tried here. That two of them are primes was so when the key
    was made: to try that again takes each start and command longer than all else about keys.
    """
    key = serialization.load_pem_private_key(pem, secret, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, rsa.RSAPrivateKey) and not _fits(key.private_numbers()):
        raise ValueError("the numbers of the key do not fit each other")
    return key


def _fits(key: rsa.RSAPrivateNumbers) -> bool:
    public = key.public_numbers
    return (
        key.p * key.q == public.n
        and key.d * public.e % (key.p - 1) == key.d * public.e % (key.q - 1) == 1
        and key.dmp1 == key.d % (key.p - 1)
        and key.dmq1 == key.d % (key.q - 1)
        and key.iqmp * key.q % key.p == 1
    )


def rotate(folder: Path, organisation: str, now: datetime, passphrase: str = "") -> Keys:
    """Replace the key by a new one. The old private key is gone; its certificate stays."""
    keys = _new_keys(organisation, now)
    keep(folder, [keys.certificate])
    _write_private(folder / PRIVATE, keys.private, passphrase, replace=True)
    return keys


def bring_keys(folder: Path, p12: Path, password: str) -> Keys:
    """A provider's own key from a PKCS#12 file; its certificates are kept in the folder.

    Raises ``KeyFault`` where the file cannot be read or does not hold an RSA key of 2048 bits.
    """
    try:
        held = pkcs12.load_pkcs12(p12.read_bytes(), password.encode() or None)
    except (OSError, ValueError) as error:
        why = "wrong password, or not a PKCS#12 file"
        raise KeyFault(f"INDUCTION_SIGNING_P12: cannot read {p12.name}: {why}") from error
    if held.cert is None:
        raise KeyFault(f"INDUCTION_SIGNING_P12: {p12.name} holds no certificate for its key")
    chain = tuple(extra.certificate for extra in held.additional_certs)
    keys = Keys(_rsa(held.key, "INDUCTION_SIGNING_P12"), held.cert.certificate, chain)
    keep(folder, [keys.certificate, *chain])
    return keys


def has_private(folder: Path) -> bool:
    """Whether this machine has a key of its own."""
    return (folder / PRIVATE).exists()


def replace(
    folder: Path, pem: bytes, certificates: Iterable[x509.Certificate], passphrase: str
) -> None:
    """Put another encrypted key and its certificate in place of the folder's own.

    Raises ``KeyFault`` where the passphrase does not open it.
    """
    try:
        _opened(pem, passphrase.encode())
    except (ValueError, TypeError) as error:
        fault = "INDUCTION_KEY_PASSPHRASE: it does not open the key that other machines sign with"
        raise KeyFault(fault) from error
    keep(folder, certificates)
    _write(folder / PRIVATE, pem, replace=True)


def private_pem(folder: Path) -> bytes:
    """The private key as it lies in the folder; encrypted where there is a passphrase."""
    return (folder / PRIVATE).read_bytes()


def name_of(certificate: x509.Certificate) -> str:
    """What the file of a certificate is called."""
    serial = f"{certificate.serial_number:x}"[:16]
    return f"{fingerprint(certificate)[:32]}-{serial}.pem"


def keep(folder: Path, certificates: Iterable[x509.Certificate]) -> None:
    """Keep certificates in the folder, each in a file of its own."""
    kept = folder / "certificates"
    kept.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for certificate in certificates:
        _write(kept / name_of(certificate), certificate.public_bytes(_PEM), replace=True)


def known(folder: Path) -> tuple[x509.Certificate, ...]:
    """Every certificate that ever signed here, and those between them and their roots."""
    paths = sorted((folder / "certificates").glob("*.pem"))
    return tuple(x509.load_pem_x509_certificate(path.read_bytes()) for path in paths)


def may_sign(certificate: x509.Certificate) -> bool:
    """Whether this is a signer's certificate and not an authority's."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return True
    return not constraints.value.ca


def _rsa(key: object, where: str) -> rsa.RSAPrivateKey:
    # Other kinds of key would raise the file to PDF 2.0, which PDF/A-3 is not.
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise KeyFault(f"{where}: the signing key must be RSA with 2048 bits or more")
    return key


def _new_keys(organisation: str, now: datetime) -> Keys:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Induction certificates"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
        ]
    )
    start = (now.astimezone(UTC) - _BACKDATED).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_FOR_SIGNING, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False)
        .sign(private, hashes.SHA256())
    )
    return Keys(private, certificate)


_FOR_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _write_private(
    path: Path, private: rsa.RSAPrivateKey, passphrase: str, *, replace: bool
) -> None:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase.encode())
    pem = private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, lock)
    _write(path, pem, replace=replace)


def _write(path: Path, pem: bytes, *, replace: bool) -> None:
    """Write it whole or not at all, since others read meanwhile, and for the owner's eyes only.

    Raises FileExistsError where it must not replace what is there.
    """
    handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600 from the start
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(name).replace(path)
        else:
            os.link(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
