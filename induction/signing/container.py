"""The signature's container (CMS SignedData), put together and read strictly.

A PDF signature covers the whole file except the container that holds it. Validators read that
container leniently, since not all of it is signed; a byte changed there can pass them. Ours has
one possible form for given attributes, signature and certificates, so anything else is a change.
"""

from collections.abc import Sequence

from asn1crypto import cms, core  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_SHA256 = {"algorithm": "sha256", "parameters": core.Null()}


class ContainerFault(Exception):
    """The container is not one that we made. Says why."""


def assemble(
    certificates: Sequence[asn1.Certificate],
    signer: asn1.Certificate,
    attributes: bytes,
    signature: bytes,
) -> bytes:
    """The container in DER. ``attributes`` are the signed ones as a set, in DER."""
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": _identifier(signer)}),
        "digest_algorithm": _SHA256,
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": {"algorithm": "sha256_rsa", "parameters": core.Null()},
        "signature": signature,
    }
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [_SHA256],
            "encap_content_info": {"content_type": "data"},
            "certificates": list(certificates),
            "signer_infos": [info],
        }
    )
    whole: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump()
    return whole


def read_strictly(hex_text: bytes, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the container was signed with, which is one of the known ones.

    ``hex_text`` is the container as it stands in the file. Raises ``ContainerFault`` for anything
    but what ``assemble`` makes, followed by nothing but zeros.
    """
    try:
        text = hex_text.decode("ascii")
        signed_data = cms.ContentInfo.load(bytes.fromhex(text))["content"]
        carried = [choice.chosen for choice in signed_data["certificates"]]
        (info,) = signed_data["signer_infos"]
        signer, ours = _one_of(known, carried, info["sid"].chosen)
        attributes = info["signed_attrs"].untag().dump()
        only_form = assemble(carried, ours, attributes, info["signature"].native)
    except (ValueError, TypeError, KeyError) as error:
        raise ContainerFault("the signature's container cannot be read") from error
    if only_form.hex().upper().ljust(len(text), "0") != text:
        raise ContainerFault("the signature's container was changed")
    return signer


def _one_of(
    known: Sequence[x509.Certificate],
    carried: Sequence[asn1.Certificate],
    identifier: cms.IssuerAndSerialNumber,
) -> tuple[x509.Certificate, asn1.Certificate]:
    ours = {certificate.public_bytes(Encoding.DER): certificate for certificate in known}
    if all(certificate.dump() in ours for certificate in carried):
        for certificate in carried:
            if _identifier(certificate).dump() == identifier.dump():
                return ours[certificate.dump()], certificate
    raise ContainerFault("signed with a certificate that is not one of ours")


def _identifier(certificate: asn1.Certificate) -> cms.IssuerAndSerialNumber:
    return cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    )
