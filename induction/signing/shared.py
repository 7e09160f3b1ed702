"""Several machines on one database sign with one key, and know the same certificates."""

import base64
import binascii
import hashlib
import hmac
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from induction.signing import keys
from induction.signing.models import SharedCertificate, SharedKey
from induction.signing.signer import Signer, verify_bytes

ELSEWHERE = (
    "INDUCTION_SIGNING_P12: this installation signs with the key {known}…, and this machine has"
    " another; give all machines the same INDUCTION_SIGNING_P12 or INDUCTION_KEY_PASSPHRASE, or"
    " copy the folder keys from the other; where that key is lost, run: flask --app app"
    " certificates rotate-key"
)


def secret_check(secret_key: str) -> str:
    """Eight signs that tell one SECRET_KEY from another, and nothing more of it."""
    name = b"learner-induction/secret-check"
    return hmac.new(secret_key.encode(), name, hashlib.sha256).hexdigest()[:8]


def is_another(session: Session, signer: Signer) -> bool:
    """Whether the installation signs with another key than this machine does."""
    known = session.get(SharedKey, 1, populate_existing=True)
    return known is not None and known.fingerprint != signer.fingerprint


def is_shared(session: Session) -> bool:
    """Whether the installation has a key that another machine can take."""
    known = session.get(SharedKey, 1)
    return known is not None and bool(known.pem)


def take_key(session: Session, folder: Path, passphrase: str) -> None:
    """Put the installation's key in place of this machine's own, whose certificate stays.

    Raises KeyFault where the key is not shared, or the passphrase does not open it.
    """
    known = session.get_one(SharedKey, 1)
    if not (known.pem and passphrase):
        raise keys.KeyFault(ELSEWHERE.format(known=known.fingerprint[:16]))
    rows = session.scalars(_vouched_by(known.fingerprint)).all()
    found = [x509.load_pem_x509_certificate(row.pem.encode()) for row in rows]
    own = [one for one in found if keys.fingerprint(one) == known.fingerprint]
    keys.replace(folder, known.pem.encode(), own, passphrase)


def offer(session: Session, signer: Signer, *, pem: str, secret_key: str) -> None:
    """Tell the other machines which key it is, and vouch for every certificate known here.

    ``pem`` is the key itself where it is encrypted and ours, otherwise "".
    """
    of, known = signer.fingerprint, session.get(SharedKey, 1)
    if known is not None and known.fingerprint == of:
        pem = pem or known.pem  # a machine without the passphrase takes nothing back
    session.merge(SharedKey(id=1, fingerprint=of, pem=pem, secret_check=secret_check(secret_key)))
    there = {row.name for row in session.scalars(_vouched_by(of))}
    for certificate in signer.known():
        if (name := keys.name_of(certificate)) not in there:
            text = certificate.public_bytes(Encoding.PEM)
            signature = base64.b64encode(signer.sign_bytes(text)).decode()
            row = SharedCertificate(name=name, vouched_by=of, signature=signature)
            row.pem = text.decode()
            session.add(row)


def _vouched_by(fingerprint: str) -> Select[SharedCertificate]:
    return select(SharedCertificate).where(SharedCertificate.vouched_by == fingerprint)


def take_certificates(session: Session, signer: Signer, folder: Path) -> int:
    """Keep here what other machines know, if our own key vouches for it; returns how many."""
    here = {keys.name_of(certificate) for certificate in signer.known()}
    rows = session.scalars(_vouched_by(signer.fingerprint))
    new = [row for row in rows if row.name not in here]
    ours = [c for c in signer.known() if keys.fingerprint(c) == signer.fingerprint]
    vouched = [row for row in new if _is_vouched(row, ours)]
    keys.keep(folder, [x509.load_pem_x509_certificate(row.pem.encode()) for row in vouched])
    return len(vouched)


def _is_vouched(row: SharedCertificate, ours: list[x509.Certificate]) -> bool:
    try:
        signature = base64.b64decode(row.signature, validate=True)
    except binascii.Error:
        return False
    return verify_bytes(row.pem.encode(), signature, ours) is not None
