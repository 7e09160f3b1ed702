import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from induction.certificates.pdf.colour import readable
from induction.certificates.pdf.layout import heading
from induction.certificates.pdf.look import OURS, Look
from induction.certificates.pdf.printed import printed
from induction.certificates.pdf.render import render
from induction.certificates.record import canonical_bytes, fingerprint
from induction.certificates.record_schema import RecordFault
from tests.support.certificates import a_record
from tests.support.pdf import elements, read, run, squeezed, text_of, xmp

PROJECT = Path(__file__).resolve().parents[3]


# ---- what kind of file it is -----------------------------------------------------------------


def test_it_is_one_page_of_a4_across(unsigned: bytes) -> None:
    pages = read(unsigned).pages
    assert len(pages) == 1
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [842, 595]


def test_it_says_that_it_is_pdf_a_3a_and_pdf_ua_1(unsigned: bytes) -> None:
    metadata = xmp(unsigned)
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in metadata
    assert metadata.count("<rdf:RDF") == metadata.count("</rdf:RDF>") == 1


def test_metadata_say_what_whose_and_when(unsigned: bytes) -> None:
    about = read(unsigned).metadata
    assert (
        about.title
        == "Certificate of induction: Social Media Policy, " + (a_record()["learner"]["name"])
    )
    assert about.author == "MELIORATE INSTITUTE EDUCATION & TRAINING LTD"
    assert about["/CreationDate"] == about["/ModDate"] == "D:20261123140731Z"


def test_it_is_tagged_in_british_english_and_shows_its_title(unsigned: bytes) -> None:
    root = read(unsigned).trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/Pages"]["/Kids"][0]["/Tabs"] == "/S"


def test_headings_lists_and_pictures_are_real(unsigned: bytes) -> None:
    kinds = [element["/S"] for element in elements(unsigned)]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 3
    assert kinds.index("/H1") < kinds.index("/H2")
    record = a_record()
    statements, sections = record["declaration"]["statements"], record["sections"]
    assert kinds.count("/LI") == len(statements) + len(sections)
    pictures = [element for element in elements(unsigned) if element["/S"] == "/Figure"]
    assert len(pictures) == 2
    assert "doorway" in pictures[0]["/Alt"]
    assert record["status_url"] in pictures[1]["/Alt"]


def test_the_link_says_where_it_leads(unsigned: bytes) -> None:
    links = [link.get_object() for link in read(unsigned).pages[0]["/Annots"]]
    url = a_record()["status_url"]
    assert {link["/A"]["/URI"] for link in links} == {url}
    assert all(link["/Contents"] == url and link["/F"] == 4 for link in links)


def test_all_that_is_drawn_is_tagged_or_marked_as_decoration(unsigned: bytes) -> None:
    page = read(unsigned).pages[0]
    depth, loose, numbers = 0, [], set()
    for operands, operator in page.get_contents().operations:
        if operator in (b"BDC", b"BMC"):
            depth += 1
            if operator == b"BDC":
                numbers.add(int(operands[1]["/MCID"]))
        elif operator == b"EMC":
            depth -= 1
        elif operator in (b"f", b"f*", b"F", b"S", b"s", b"B", b"Tj", b"TJ", b"Do") and not depth:
            loose.append(operator)
    assert loose == []
    assert depth == 0
    in_tree = [kid for element in elements(unsigned) for kid in element.get("/K", [])]
    assert {int(kid) for kid in in_tree if isinstance(kid, int)} == numbers


def test_the_structure_tree_leads_back_from_every_part_of_the_page(unsigned: bytes) -> None:
    reader = read(unsigned)
    (_, parts, *links) = reader.trailer["/Root"]["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    assert len(links) == 2 * len(reader.pages[0]["/Annots"])
    for number, element in enumerate(parts):
        kids = element.get_object()["/K"]
        assert number in [kid for kid in kids if isinstance(kid, int)]


def test_every_font_is_embedded_and_cut_to_what_is_used(unsigned: bytes) -> None:
    fonts = read(unsigned).pages[0]["/Resources"]["/Font"].values()
    assert len(fonts) == 3
    for font in fonts:
        inside = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert re.match(r"/[A-Z]{6}\+Certificate", inside["/FontName"])
        assert len(inside["/FontFile2"].get_data()) < 40_000
        assert "/ToUnicode" in font


def test_the_record_is_attached_once_with_fixed_dates(unsigned: bytes) -> None:
    reader, record = read(unsigned), a_record()
    assert reader.attachments == {"certificate-MY2M-VEGA-JKAY-RTJ9.json": [canonical_bytes(record)]}
    (attached,) = reader.trailer["/Root"]["/AF"]
    assert attached["/AFRelationship"] == "/Data"
    stream = attached["/EF"]["/F"]
    assert stream["/Subtype"] == "/application/json"
    assert (
        stream["/Params"]["/CreationDate"] == stream["/Params"]["/ModDate"] == ("D:20261123140731Z")
    )


def test_a_pdf_tool_finds_no_fault(unsigned: bytes, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(unsigned)
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", path)


# ---- what it prints --------------------------------------------------------------------------


def test_every_field_is_printed(unsigned: bytes) -> None:
    text, record = squeezed(text_of(unsigned)), a_record()
    for words in (
        record["provider"]["name"],
        "UKPRN 10012345",
        record["number"],
        record["learner"]["name"],
        "Learner reference L-20418",
        "Apprentice",
        "Business Administrator Level 3, September 2026",
        "Social Media Policy",
        "MERUK-145",
        "version of 13 March 2025",
        "owner Risk Management & Compliance",
        "23 October 2026, 09:12 BST",
        "23 November 2026, 13:58 GMT",
        "9 of 10 (90%)",
        "Pass mark 80%",
        "Tries 2",
        *record["declaration"]["statements"],
        "Signed 23 November 2026, 14:07 GMT",
        *(section["title"] for section in record["sections"]),
        record["status_url"],
        "Issued 23 November 2026, 14:07 GMT",
        fingerprint(record),
    ):
        assert squeezed(words) in text


def test_it_prints_no_answers_and_no_minutes(unsigned: bytes) -> None:
    text = text_of(unsigned)
    assert "canteen-video" not in text
    assert "minutes" not in text


def test_what_it_replaces_and_how_long_it_is_valid_is_printed_where_there_is_such() -> None:
    record = a_record()
    record["supersedes"], record["valid_until"] = "0000-0000-0000-0000", "2027-11-22"
    record["provider"]["ukprn"] = record["learner"]["cohort"] = None
    record["policy"]["review_due"] = None
    text = text_of(render(record))
    assert "replaces 0000-0000-0000-0000" in text
    assert "valid until 22 November 2027" in text
    assert "UKPRN" not in text
    assert "review" not in text
    assert "None" not in text


def test_what_was_right_at_first_sight_is_printed_where_the_record_has_it(
    unsigned: bytes,
) -> None:
    assert "first sight" not in text_of(unsigned)
    record = a_record()
    record["first_sight"] = {"right": 31, "of": 36}
    text = text_of(render(record))
    assert squeezed("Answers right at first sight 31 of 36") in squeezed(text)


def test_a_review_is_printed_while_it_is_to_come_and_is_no_debt_of_the_learner() -> None:
    record = a_record()
    record["policy"]["review_due"] = "2025-09-30"
    assert "review" not in text_of(render(record))
    record["policy"]["review_due"] = "2027-09-30"
    assert "next review due 30 September 2027" in text_of(render(record))


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-03-29T00:59:59Z", "29 March 2026, 00:59 GMT"),
        ("2026-03-29T01:00:00Z", "29 March 2026, 02:00 BST"),
        ("2026-10-25T00:30:00Z", "25 October 2026, 01:30 BST"),
        ("2026-10-25T01:30:00Z", "25 October 2026, 01:30 GMT"),
        ("2028-02-29T23:59:59Z", "29 February 2028, 23:59 GMT"),
        ("2026-06-30T23:30:00Z", "1 July 2026, 00:30 BST"),
    ],
)
def test_t14_times_are_uk_time_on_any_night(instant: str, words: str) -> None:
    record = a_record()
    record["completed_at"] = instant
    assert ("Completed", words) in printed(record, "").milestones


def test_the_qr_code_is_that_of_the_status_address(unsigned: bytes, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(unsigned)
    run("pdftoppm", "-png", "-r", "400", "-gray", "-singlefile", path, path.with_suffix(""))
    page = Image.open(path.with_suffix(".png")).convert("1")
    mm = 400 / 25.4
    for mask in range(8):  # any mask is right
        wanted = segno.make_qr(a_record()["status_url"], error="m", mask=mask, boost_error=False)
        rows = [[bool(dark) for dark in row] for row in wanted.matrix]
        side = 31 * mm / len(rows)
        drawn = [
            [
                not page.getpixel(
                    (int(207 * mm + (x + 0.5) * side), int(127 * mm + (y + 0.5) * side))
                )
                for x in range(len(rows))
            ]
            for y in range(len(rows))
        ]
        if drawn == rows:
            return
    pytest.fail("the squares on the page are not those of the address")


# ---- the same every time ---------------------------------------------------------------------

_PRINT_DIGEST = """
import hashlib
from induction.certificates.pdf.layout import heading
from induction.certificates.pdf.look import OURS, Look
from induction.certificates.pdf.render import render
from tests.support.certificates import a_record
for name in ("Agnieszka", "欧阳梦雪"):
    print(hashlib.sha256(render(a_record(name))).hexdigest())
"""


def test_the_same_record_gives_the_same_bytes_in_any_process(unsigned: bytes) -> None:
    assert render(a_record()) == unsigned
    here = [
        hashlib.sha256(render(a_record(name))).hexdigest() for name in ("Agnieszka", "欧阳梦雪")
    ]
    elsewhere = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "pl_PL"}
    there = subprocess.run(
        [sys.executable, "-c", _PRINT_DIGEST],
        cwd=PROJECT,
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here


def test_pangos_library_stays_until_its_threads_have_ended(tmp_path: Path) -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("only the GNU C library tells what it unloads")
    told = {"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(tmp_path / "loader")}
    subprocess.run(
        [sys.executable, "-c", "import induction.certificates.pdf.render"],
        cwd=PROJECT, env={**os.environ, **told}, check=True,
    )  # fmt: skip
    loader = "".join(path.read_text() for path in tmp_path.glob("loader.*"))
    assert re.search(r"libpangoft2\S* \[0\];", loader), "it was not loaded at all"
    assert not re.search(r"libpangoft2\S* \[0\];\s+destroying", loader)


def test_a_certificate_in_another_script_between_does_not_change_the_next(unsigned: bytes) -> None:
    render(a_record("محمد"))
    assert render(a_record()) == unsigned


# ---- colours ---------------------------------------------------------------------------------


def test_the_accent_is_the_provider_s(unsigned: bytes) -> None:
    violet = render(a_record(), Look("#5b2a86"))
    assert text_of(violet) == text_of(unsigned)
    content = read(violet).pages[0].get_contents().get_data()
    assert b"0.3569 0.1647 0.5255 rg" in content


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "url(x)", ""])
def test_t17_an_accent_that_is_no_colour_is_refused(accent: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        render(a_record(), Look(accent))


@pytest.mark.parametrize("light", ["#ffff00", "#ffffff", "#ffc83d", "#00ff88", "#8899ff"])
def test_a_light_accent_is_darkened_until_it_reads_on_paper(light: str) -> None:
    dark = readable(light)
    # A scan in grey keeps apart what has half the lightness of paper.
    red, green, blue = (int(dark[at : at + 2], 16) for at in (1, 3, 5))
    assert 0.299 * red + 0.587 * green + 0.114 * blue < 140
    assert readable(dark) == dark


def test_a_dark_accent_is_kept() -> None:
    assert readable(OURS.accent) == OURS.accent
    assert readable("#5B2A86") == "#5b2a86"


def picture(width: int, height: int) -> bytes:
    made = BytesIO()
    Image.new("RGBA", (width, height), (91, 42, 134, 200)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(("width", "height"), [(640, 60), (200, 200), (60, 240), (1, 1)])
def test_a_logo_takes_the_place_of_our_mark_and_the_name_makes_room(
    unsigned: bytes, width: int, height: int
) -> None:
    pdf = render(a_record(), Look(logo=picture(width, height)))
    assert text_of(pdf) == text_of(unsigned)
    drawn, _ = [element for element in elements(pdf) if element["/S"] == "/Figure"]
    assert drawn["/Alt"] == "Logo of MELIORATE INSTITUTE EDUCATION & TRAINING LTD"
    (image,) = read(pdf).pages[0]["/Resources"]["/XObject"].values()
    assert (image["/Width"], image["/Height"]) == (width, height)
    place = heading(width / height)
    assert place.width / place.height == pytest.approx(width / height)
    assert place.left == 18
    assert place.left + place.width < place.name < 75
    assert 14 < place.top < place.top + place.height < 29  # the title begins at 35


def test_an_unsound_record_is_not_rendered() -> None:
    record = a_record()
    record["number"] = "0000-0000-0000-0001"
    with pytest.raises(RecordFault):
        render(record)


def test_the_attachment_is_json_that_any_reader_reads(unsigned: bytes) -> None:
    ((data,),) = PdfReader(BytesIO(unsigned)).attachments.values()
    assert json.loads(data) == a_record()
