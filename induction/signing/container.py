"""The signature's container (CMS SignedData), put together and read strictly.

A PDF signature covers the whole file except the container that holds it. Validators read that
container leniently, since not all of it is signed; a byte changed there can pass them. Ours has
one possible form for given attributes, signature and certificates, so anything else is a change.
"""

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_INTEGER, _OCTETS, _SEQUENCE, _SET, _CONTEXT_0 = 0x02, 0x04, 0x30, 0x31, 0xA0
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_VERSION_1 = bytes.fromhex("020101")


class ContainerFault(Exception):
    """The container is not one that we made. Says why."""


def assemble(
    certificates: Sequence[bytes], signer: x509.Certificate, attributes: bytes, signature: bytes
) -> bytes:
    """The container in DER. ``attributes`` are the signed ones, without the set around them."""
    signer_info = (
        _VERSION_1
        + _identifier(signer)
        + _SHA256
        + _der(_CONTEXT_0, attributes)
        + _SHA256_WITH_RSA
        + _der(_OCTETS, signature)
    )
    signed_data = (
        _VERSION_1
        + _der(_SET, _SHA256)
        + _der(_SEQUENCE, _DATA)
        + _der(_CONTEXT_0, b"".join(sorted(certificates)))
        + _der(_SET, _der(_SEQUENCE, signer_info))
    )
    explicit = _der(_CONTEXT_0, _der(_SEQUENCE, signed_data))
    return _der(_SEQUENCE, _SIGNED_DATA + explicit)


def read_strictly(hex_text: bytes, known: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the container was signed with, which is one of the known ones.

    ``hex_text`` is the container as it stands in the file. Raises ``ContainerFault`` for anything
    but what ``assemble`` makes, followed by nothing but zeros.
    """
    try:
        text = hex_text.decode("ascii")
        signed_data = _inside(bytes.fromhex(text), 0, 1, 0)
        certificates = [whole for whole, _ in _parts(_inside(signed_data, 3))]
        signer_info = [value for _, value in _parts(_inside(signed_data, 4, 0))]
        signer = _one_of(known, certificates, signer_info[1])
        only_form = assemble(certificates, signer, signer_info[3], signer_info[5])
    except (ValueError, IndexError) as error:
        raise ContainerFault("the signature's container cannot be read") from error
    if only_form.hex().upper().ljust(len(text), "0") != text:
        raise ContainerFault("the signature's container was changed")
    return signer


def _one_of(
    known: Sequence[x509.Certificate], carried: Sequence[bytes], identifier: bytes
) -> x509.Certificate:
    ours = {certificate.public_bytes(Encoding.DER): certificate for certificate in known}
    if all(certificate in ours for certificate in carried):
        for certificate in carried:
            if _identifier(ours[certificate]) == _der(_SEQUENCE, identifier):
                return ours[certificate]
    raise ContainerFault("signed with a certificate that is not one of ours")


def _identifier(certificate: x509.Certificate) -> bytes:
    number = certificate.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return _der(_SEQUENCE, certificate.issuer.public_bytes() + _der(_INTEGER, serial))


def _der(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + value


def _inside(der: bytes, *path: int) -> bytes:
    """The value of the part at this path, counting parts from 0 at each level."""
    for step in path:
        der = list(_parts(der))[step][1]
    return der


def _parts(der: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts that stand one after the other: each whole, and its value alone."""
    at = 0
    while at < len(der) and der[at]:  # zeros are padding
        start, size = at + 2, der[at + 1]
        if size >= 128:
            start += size - 128
            size = int.from_bytes(der[at + 2 : start], "big")
        if start + size > len(der):
            raise ValueError("a part that ends behind the end")
        yield der[at : start + size], der[start : start + size]
        at = start + size
