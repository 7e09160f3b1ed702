"""Signs certificates (PAdES-B-B, RSA) and says whether a signature holds. The only user of pyHanko.

The signing time is the file's own date, which is when the certificate was issued, and RSA with
PKCS#1 padding uses no random numbers: the same file signed again with the same key is the same,
byte for byte. The signature certifies the file: no later change is allowed, and viewers say so.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import x509 as asn1  # type: ignore[import-untyped]
from asn1crypto.keys import PrivateKeyInfo  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject, parse_pdf_date
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import cms_embedder, pdf_byterange
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from induction.signing import keys
from induction.signing.container import ContainerFault, assemble, read_strictly

_FIELD = SigFieldSpec(
    "Signature",
    readable_field_name="Signature of the provider",
    # PDF/A wants the field printable and PDF/UA wants it tagged or off the page: off the page.
    invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
)
_CERTIFIES = cms_embedder.SigMDPSetup(
    md_algorithm="sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES
)
# Stands for a file's digest where the signed attributes are made once for all files.
_DIGEST = hashlib.sha256(b"the digest of a file").digest()


class Stamp:
    """Signs with one key: all that depends on the key alone is made once."""

    def __init__(self, held: keys.Keys) -> None:
        self._keys = held
        self._certificates = [_asn1(certificate) for certificate in (held.certificate, *held.chain)]
        attributes = asyncio.run(
            _pades_signer(held).signed_attrs(_DIGEST, "sha256", use_pades=True)
        )
        self._before, self._after = attributes.dump().split(_DIGEST)
        self._room = -(-2 * len(self.container(bytes(32))) // 256) * 256

    def sign(self, pdf: bytes) -> bytes:
        """The PDF with a signature over all of it, dated as the file is."""
        writer = _Appending(pdf)
        steps = cms_embedder.PdfCMSEmbedder(_FIELD).write_cms(_FIELD.sig_field_name, writer)
        next(steps)
        placeholder = pdf_byterange.SignatureObject(
            timestamp=writer.created, subfilter=SigSeedSubFilter.PADES, bytes_reserved=self._room
        )
        steps.send(cms_embedder.SigObjSetup(sig_placeholder=placeholder, mdp_setup=_CERTIFIES))
        prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm="sha256"))
        steps.send(self.container(prepared.document_digest))
        signed: bytes = output.getvalue()
        return signed

    def container(self, digest: bytes) -> bytes:
        """The container for a file with this SHA-256, in DER."""
        attributes = self._before + digest + self._after
        signature = self._keys.private.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        return assemble(self._certificates, self._certificates[0], attributes, signature)


def _pades_signer(held: keys.Keys) -> signers.SimpleSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple([_asn1(certificate) for certificate in held.chain])
    pkcs8 = held.private.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signers.SimpleSigner(
        _asn1(held.certificate), PrivateKeyInfo.load(pkcs8), store, embed_roots=True
    )


class _Appending(IncrementalPdfFileWriter):
    """Appends to a file and to nothing else: same metadata, and an identifier that is no random."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(BytesIO(pdf))
        identifier = ByteStringObject(hashlib.sha256(pdf).digest()[:16])
        self._document_id = ArrayObject([self._document_id[0], identifier])

    @property
    def created(self) -> datetime:
        return parse_pdf_date(self.prev.trailer["/Info"]["/CreationDate"])

    def _update_meta(self) -> None:
        """Metadata stay as they are, with the date of issue."""


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What a file's signature is worth. Without faults it is whole and by one of our keys."""

    faults: tuple[str, ...]
    fingerprint: str | None = None  # of the public key that signed
    signed_at: datetime | None = None

    @property
    def valid(self) -> bool:
        return not self.faults


def validate(pdf: bytes, trusted: Sequence[x509.Certificate]) -> SignatureReport:
    """Whether the file is signed by the key of a trusted certificate and not altered since.

    One byte changed anywhere in the file is found: the signature covers all but the container
    that holds it, and that is read strictly.
    """
    try:
        return _validated(pdf, trusted)
    except ContainerFault as fault:
        return SignatureReport((str(fault),))
    except Exception as error:  # noqa: BLE001  # a damaged file can fail in any way at all
        return SignatureReport((f"not a readable signed PDF ({type(error).__name__})",))


def _validated(pdf: bytes, trusted: Sequence[x509.Certificate]) -> SignatureReport:
    found = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if len(found) != 1:
        return SignatureReport(("not signed",) if not found else ("signed more than once",))
    signature: Any = found[0]
    _, start, end, rest = (int(offset) for offset in signature.byte_range)
    hex_text = pdf[start + 1 : end - 1]
    if (pdf[start : start + 1], pdf[end - 1 : end], end + rest) != (b"<", b">", len(pdf)):
        return SignatureReport(("the signature does not cover the whole file",))
    signer = read_strictly(hex_text, trusted)
    status = validate_pdf_signature(
        signature,
        ValidationContext(trust_roots=[_asn1(signer)], allow_fetching=False),
        skip_diff=True,
    )
    sound = (
        keys.may_sign(signer)
        and status.intact
        and status.valid
        and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    )
    return SignatureReport(
        () if sound else ("the file was changed after it was signed",),
        keys.fingerprint(signer),
        signature.self_reported_timestamp,
    )
