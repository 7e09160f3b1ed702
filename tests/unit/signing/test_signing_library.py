"""What signing uses of pyHanko's inside (ADR 9), and what a signature would lose without it."""

from io import BytesIO

from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.reader import PdfFileReader

from induction.signing.signer import Signer
from tests.support.pdf import read, xmp


def test_pyhanko_still_is_inside_what_signing_relies_on(
    signer: Signer, unsigned: bytes, signed: bytes
) -> None:
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    first, second = (read(file).trailer["/ID"] for file in (unsigned, signed))
    dated = parse_pdf_date(PdfFileReader(BytesIO(unsigned)).trailer["/Info"]["/CreationDate"])
    attributes = signature.signer_info["signed_attrs"].dump()
    alike = first[0] == second[0] and signer.sign(unsigned) == signed
    certified = signature.docmdp_level is not None
    assert alike, (
        "No longer so: the writer keeps the file's identifier in `_document_id`; else it is "
        "random, and no two signings of one file are alike"
    )
    assert xmp(signed) == xmp(unsigned), (
        "No longer so: the writer asks `_update_meta` before it writes; else a signed file was "
        "changed on the day of signing, and no longer says that it is PDF/UA"
    )
    assert (signature.self_reported_timestamp, certified) == (dated, True), (
        "No longer so: PdfCMSEmbedder.write_cms asks for a placeholder and then for the "
        "container; else the signature is not dated as the file is, or does not certify it"
    )
    assert attributes.count(signature.compute_digest()) == 1, (
        "No longer so: the signed attributes hold the file's digest exactly once; else Stamp "
        "cannot put another one in its place"
    )
