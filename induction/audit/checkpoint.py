"""Signed checkpoints: where the chain stood at a time. Pure but for reading and writing files.

A checkpoint is kept in the database, in the instance folder, and in every audit pack that leaves
the building. Whoever holds one can show that the chain was cut or rewritten after it.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from email import policy
from email.parser import BytesParser
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate

from induction.audit.chain import canonical


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Entry ``seq`` had this digest at this time, says the holder of this key."""

    seq: int
    digest: str
    at: str  # ISO 8601 UTC
    key_fingerprint: str  # SHA-256 of the signer's public key in DER, hex
    signature: str = ""  # base64, RSA PKCS #1 v1.5 with SHA-256 over ``signed_bytes``
    root: str = ""  # of the tree over the entries (see ``tree``), in hex; in packs only

    def signed_bytes(self) -> bytes:
        """What the signature is over: canonical JSON of all the other fields that it has."""
        fields = asdict(self)
        del fields["signature"]
        if not self.root:
            del fields["root"]
        return canonical(fields).encode()

    def signed_by(self, sign: Callable[[bytes], bytes]) -> "Checkpoint":
        """The same checkpoint with its signature."""
        text = base64.b64encode(sign(self.signed_bytes())).decode()
        return replace(self, signature=text)

    def is_genuine(self, certificates: Iterable[Certificate]) -> bool:
        """Whether one of these certificates' keys made the signature."""
        for certificate in certificates:
            key = certificate.public_key()
            if fingerprint_of(certificate) != self.key_fingerprint:
                continue
            if isinstance(key, RSAPublicKey) and _verifies(key, self):
                return True
        return False


def fingerprint_of(certificate: Certificate) -> str:
    """SHA-256 of the public key in DER (SubjectPublicKeyInfo), in hex."""
    key = certificate.public_key()
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def _verifies(key: RSAPublicKey, checkpoint: Checkpoint) -> bool:
    try:
        signature = base64.b64decode(checkpoint.signature, validate=True)
        key.verify(signature, checkpoint.signed_bytes(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def from_fields(fields: Mapping[str, object]) -> Checkpoint:
    """A checkpoint from its JSON. Raises ValueError where it is not one."""
    try:
        return Checkpoint(
            seq=int(str(fields["seq"])),
            digest=str(fields["digest"]),
            at=str(fields["at"]),
            key_fingerprint=str(fields["key_fingerprint"]),
            signature=str(fields["signature"]),
            root=str(fields.get("root", "")),
        )
    except KeyError as error:
        raise ValueError(f"not a checkpoint: it has no {error}") from error


def write(folder: Path, checkpoint: Checkpoint) -> Path:
    """Keep a checkpoint as a file of its own; an earlier one is never written over."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{checkpoint.seq:012d}.json"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(checkpoint), indent=1) + "\n")
        partial.replace(path)
    return path


def read_one(path: Path) -> Checkpoint:
    """The checkpoint in a file, which may be the mail that it came with.

    Raises ValueError naming the file.
    """
    try:
        return from_fields(json.loads(_json_in(path.read_bytes())))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _json_in(data: bytes) -> str:
    """What a file says from the first brace to the last; of a mail, its text."""
    text = data.decode()
    if not text.lstrip().startswith("{"):
        body = BytesParser(policy=policy.default).parsebytes(data).get_body(("plain",))
        text = body.get_content() if body else ""
    return text[text.find("{") : text.rfind("}") + 1]


def read_all(folder: Path) -> list[Checkpoint]:
    """The checkpoints kept in a folder, oldest first. Raises ValueError naming a faulty file."""
    return [read_one(path) for path in sorted(folder.glob("*.json"))]
