"""Whether a PDF is a certificate as we made it: its signature, its record, its print. Off-line.

Needs the file and the certificates of our keys, nothing else. What the register says of the
certificate (superseded, revoked) is another question, for whoever has the register.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from cryptography import x509
from pypdf import PdfReader

from induction.certificates.pdf.fonts import runs_leftwards
from induction.certificates.pdf.printed import printed
from induction.certificates.record import CertificateRecord, fingerprint
from induction.certificates.record_schema import RecordFault, parse
from induction.signing.pades import validate


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. ``faults`` names everything that is wrong, one line each."""

    sha256: str  # of the file, for comparing with the register
    faults: tuple[str, ...]
    record: CertificateRecord | None  # what the file carries; believe it only where genuine
    key_fingerprint: str | None
    signed_at: datetime | None

    @property
    def genuine(self) -> bool:
        return not self.faults


def inspect(pdf: bytes, trusted: Sequence[x509.Certificate]) -> Inspection:
    """Inspect a file against the certificates of every key that ever signed here."""
    signature = validate(pdf, trusted)
    faults = [f"signature: {fault}" for fault in signature.faults]
    record = None
    try:
        reader = PdfReader(BytesIO(pdf))
        record = _attached(reader)
        faults += _misprints(reader, record)
    except RecordFault as error:
        faults += [f"attached record: {fault}" for fault in error.faults]
    except Exception as error:  # noqa: BLE001  # a damaged file can fail in any way at all
        faults.append(f"cannot be read as a PDF ({type(error).__name__})")
    return Inspection(
        hashlib.sha256(pdf).hexdigest(),
        tuple(faults),
        record,
        signature.fingerprint,
        signature.signed_at,
    )


def _attached(reader: PdfReader) -> CertificateRecord:
    """The record that the file carries. Raises RecordFault."""
    files = [(name, data) for name, several in reader.attachments.items() for data in several]
    if len(files) != 1:
        raise RecordFault([f"{len(files)} files are attached where there must be one"])
    name, data = files[0]
    record = parse(data)
    if name != f"certificate-{record['number']}.json":
        raise RecordFault([f"is called {name}, which does not fit its number"])
    return record


def _misprints(reader: PdfReader, record: CertificateRecord) -> Iterator[str]:
    """Each field whose words on the page are not those of the record."""
    if len(reader.pages) != 1:
        yield f"print: {len(reader.pages)} pages where there must be one"
    page = reader.pages[0]
    contents = page.get_contents()
    spelled_out = [] if contents is None else _spelled_out(contents.get_data())
    texts = [_plain(page.extract_text()), _plain("".join(spelled_out))]
    for field, words in printed(record, fingerprint(record)).texts():
        if not any(_stands(_plain(words), text) for text in texts):
            yield f"print: the {field} is not that of the attached record"


_ACTUAL_TEXT = re.compile(rb"/ActualText <feff([0-9a-f]*)>")


def _spelled_out(content: bytes) -> Iterator[str]:
    """The letters given beside glyphs that do not lead back to them."""
    for letters in _ACTUAL_TEXT.findall(content):
        yield bytes.fromhex(letters.decode()).decode("utf-16-be")


def _plain(text: str) -> str:
    """The letters alone: how lines are broken and spaced is no part of what is said."""
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for c in composed if not c.isspace() and unicodedata.category(c) != "Cf")


def _stands(words: str, text: str) -> bool:
    """Whether the words are in the text.

    Readers differ in how they order letters written from right to left, so of those only which
    letters there are is compared, run by run.
    """
    if words in text:
        return True
    return runs_leftwards(words) and _unordered(words) in _unordered(text)


_LETTER = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]"
_LEFTWARDS = re.compile(rf"{_LETTER}(?:[-'’.,()]*{_LETTER})*")  # a name may be hyphenated


def _unordered(text: str) -> str:
    return _LEFTWARDS.sub(lambda run: "".join(sorted(run.group())), text)
