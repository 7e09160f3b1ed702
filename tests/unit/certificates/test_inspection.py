import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfWriter

from induction.certificates.pdf import render as drawing
from induction.certificates.pdf.inspection import inspect
from induction.certificates.pdf.printed import Printed, printed
from induction.certificates.pdf.render import render
from induction.certificates.record import CertificateRecord, canonical_bytes, fingerprint
from induction.signing.pades import validate
from induction.signing.signer import Signer
from tests.support.certificates import a_record


def test_a_genuine_file_has_no_faults_and_says_what_it_carries(
    signer: Signer, signed: bytes
) -> None:
    found = inspect(signed, signer.known())
    assert found.genuine
    assert found.faults == ()
    assert found.record == a_record()
    assert found.sha256 == hashlib.sha256(signed).hexdigest()
    assert found.key_fingerprint == signer.fingerprint
    assert found.signed_at is not None


# ---- t22: one byte ---------------------------------------------------------------------------


def container(pdf: bytes) -> range:
    """Where the signature's container stands: the one part that the signature does not cover."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    return range(start, pdf.index(b">", start))


def flipped(pdf: bytes, at: int, bit: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1 << bit]) + pdf[at + 1 :]


def test_t22_a_byte_changed_anywhere_is_found(signer: Signer, signed: bytes) -> None:
    chance = random.Random(22)
    ends = [0, 1, 7, len(signed) - 1, len(signed) - 6]
    places, known = ends + chance.sample(range(len(signed)), 60), signer.known()
    missed = [
        at for at in places if validate(flipped(signed, at, chance.randrange(8)), known).valid
    ]
    assert missed == []


def test_t22_a_byte_changed_in_the_signature_itself_is_found(signer: Signer, signed: bytes) -> None:
    # Lower case for upper case, padding, the parts of a container that no signature covers: a
    # lenient reader lets all of these pass.
    chance = random.Random(23)
    inside = container(signed)
    places, known = [inside[0], inside[-1], inside[-2], *chance.sample(inside, 250)], signer.known()
    missed = [
        (at, bit)
        for at in places
        for bit in (chance.randrange(8), 5)
        if validate(flipped(signed, at, bit), known).valid
    ]
    assert missed == []


def test_t22_hexadecimal_changed_to_other_hexadecimal_in_the_signature_is_found(
    signer: Signer, signed: bytes
) -> None:
    chance = random.Random(24)
    inside, known = container(signed), signer.known()
    for at in chance.sample(inside, 200):
        other = chance.choice([d for d in b"0123456789ABCDEF" if d != signed[at]])
        changed = signed[:at] + bytes([other]) + signed[at + 1 :]
        assert not validate(changed, known).valid, at


def test_the_inspection_of_a_changed_file_says_so(signer: Signer, signed: bytes) -> None:
    at = signed.index(b"/MediaBox") + 12
    found = inspect(flipped(signed, at, 0), signer.known())
    assert not found.genuine
    assert any(fault.startswith("signature: ") for fault in found.faults)


# ---- print against record --------------------------------------------------------------------


def forged(signer: Signer, monkeypatch: pytest.MonkeyPatch, carried: CertificateRecord) -> bytes:
    """A file signed with our own key whose page does not say what its record says."""
    monkeypatch.setattr(drawing, "canonical_bytes", lambda _: canonical_bytes(carried))
    return signer.sign(render(a_record()))


def rename(record: CertificateRecord) -> None:
    record["learner"]["name"] = "Somebody Else"


def rescore(record: CertificateRecord) -> None:
    record["score"]["per_cent"] = 100


def redate(record: CertificateRecord) -> None:
    record["completed_at"] = "2026-11-22T13:58:40Z"


def another_statement(record: CertificateRecord) -> None:
    record["declaration"]["statements"][0] = "I agree to nothing."


def another_section(record: CertificateRecord) -> None:
    record["sections"][2]["title"] = "Something else"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (rename, "name"),
        (rescore, "score"),
        (redate, "completed"),
        (another_statement, "declaration"),
        (another_section, "sections"),
    ],
)
def test_a_page_that_does_not_say_what_its_record_says_is_found(
    change: Callable[[CertificateRecord], None],
    field: str,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    carried = a_record()
    change(carried)
    found = inspect(forged(signer, monkeypatch, carried), signer.known())
    assert found.faults == (f"print: the {field} is not that of the attached record",)


def test_a_file_of_the_days_when_an_overdue_review_was_printed_stays_genuine(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_then(record: CertificateRecord, digest: str) -> Printed:
        words = printed(record, digest)
        facts = words.policy_facts.replace("owner", "its review was due 30 May 2025  ·  owner")
        return replace(words, policy_facts=facts)

    monkeypatch.setattr(drawing, "printed", as_then)
    assert inspect(signer.sign(render(a_record())), signer.known()).faults == ()


def test_a_changed_answer_shows_in_the_printed_fingerprint(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = a_record()
    carried["answers"][0]["right"] = not carried["answers"][0]["right"]
    monkeypatch.setattr("hashlib.sha256", lambda _: hashlib.new("sha256", b"other"))
    pdf = signer.sign(render(carried))
    monkeypatch.undo()
    assert fingerprint(carried) != fingerprint(a_record())
    assert inspect(pdf, signer.known()).faults == (
        "print: the fingerprint is not that of the attached record",
    )


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"{}", "is a required property"),
        (b"not json", "not JSON"),
        (canonical_bytes(a_record()) + b"\n", "canonical"),
    ],
)
def test_an_attachment_that_is_no_record_is_named(
    data: bytes, fault: str, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "canonical_bytes", lambda _: data)
    found = inspect(signer.sign(render(a_record())), signer.known())
    assert found.record is None
    assert len(found.faults) >= 1
    assert all(line.startswith("attached record: ") for line in found.faults)
    assert any(fault in line for line in found.faults)


def rewritten(pdf: bytes, change: Callable[[Any], object]) -> bytes:
    writer = PdfWriter(clone_from=BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_second_attachment_and_a_second_page_are_named(signer: Signer, unsigned: bytes) -> None:
    two = rewritten(unsigned, lambda writer: writer.add_attachment("more.json", b"{}"))
    assert "attached record: 2 files are attached where there must be one" in (
        inspect(two, signer.known()).faults
    )
    longer = rewritten(unsigned, lambda writer: writer.add_blank_page())
    assert "print: 2 pages where there must be one" in inspect(longer, signer.known()).faults


def test_an_unsigned_but_otherwise_right_file_is_not_genuine(
    signer: Signer, unsigned: bytes
) -> None:
    assert inspect(unsigned, signer.known()).faults == ("signature: not signed",)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04" * 100, bytes(5000)])
def test_t18_anything_else_than_a_pdf_is_named_and_does_not_crash(
    signer: Signer, data: bytes
) -> None:
    found = inspect(data, signer.known())
    assert not found.genuine
    assert found.record is None
    assert len(found.faults) == 2
