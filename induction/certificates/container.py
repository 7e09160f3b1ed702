"""The signature's container, read strictly: not one byte in it may be other than it must be.

A PDF signature covers the whole file except the container that holds it. Validators read that
container leniently, since not all of it is signed; a byte changed there can pass them. Ours has
one possible form for a given signature, so anything else is a change.
"""

from collections.abc import Sequence

from asn1crypto import algos, cms, x509  # type: ignore[import-untyped]


def container_faults(hex_text: bytes, known: Sequence[bytes]) -> list[str]:
    """What is wrong with a container as it stands in the file, between ``<`` and ``>``.

    ``known`` are the certificates that it may carry, in DER.
    """
    try:
        container = cms.ContentInfo.load(bytes.fromhex(hex_text.decode("ascii")))
        if container.dump().hex().upper().encode().ljust(len(hex_text), b"0") != hex_text:
            return ["the signature's container is followed by something else than padding"]
        container.native  # noqa: B018  # parse all of it: asn1crypto is lazy
        return _deviations(container, known)
    except (ValueError, TypeError, KeyError, AttributeError):
        return ["the signature's container cannot be read"]


def signer_of(hex_text: bytes) -> bytes:
    """The certificate (DER) that the container says it was signed with. Raises ValueError."""
    signed = cms.ContentInfo.load(bytes.fromhex(hex_text.decode("ascii")))["content"]
    signer = signed["signer_infos"][0]["sid"].chosen
    for choice in signed["certificates"]:
        held = choice.chosen
        if isinstance(held, x509.Certificate) and _identifier(held).dump() == signer.dump():
            return bytes(held.dump())
    raise ValueError("the signer's certificate is not in the container")


def _deviations(container: cms.ContentInfo, known: Sequence[bytes]) -> list[str]:
    signed, info = container["content"], container["content"]["signer_infos"][0]
    carried = [choice.chosen.dump() for choice in signed["certificates"]]
    signer = next((c for c in signed["certificates"] if _signed_by(c.chosen, info)), None)
    if signer is None or any(certificate not in known for certificate in carried):
        return ["signed with a certificate that is not one of ours"]
    if _rebuilt(signed, info, signer.chosen).dump() != container.dump():
        return ["the signature's container was changed"]
    return []


def _rebuilt(
    signed: cms.SignedData, info: cms.SignerInfo, signer: x509.Certificate
) -> cms.ContentInfo:
    """The container as it must be, given its attributes, its signature and its certificates."""
    sha256 = {"algorithm": "sha256"}
    attributes = cms.CMSAttributes.load(info["signed_attrs"].untag().dump())
    signer_info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(name="issuer_and_serial_number", value=_identifier(signer)),
        "digest_algorithm": algos.DigestAlgorithm(sha256),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        "signed_attrs": attributes,
        "signature": info["signature"].native,
    }
    content = {
        "version": "v1",
        "digest_algorithms": cms.DigestAlgorithms([algos.DigestAlgorithm(sha256)]),
        "encap_content_info": {"content_type": "data"},
        "certificates": [
            cms.CertificateChoices(name="certificate", value=choice.chosen)
            for choice in signed["certificates"]
        ],
        "signer_infos": [signer_info],
    }
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)})


def _identifier(certificate: x509.Certificate) -> cms.IssuerAndSerialNumber:
    return cms.IssuerAndSerialNumber(
        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    )


def _signed_by(certificate: x509.Certificate, info: cms.SignerInfo) -> bool:
    return bool(_identifier(certificate).dump() == info["sid"].chosen.dump())
