"""What the drawing of certificates uses of WeasyPrint's inside (ADR 8), and what would be lost."""

from typing import Any

import pytest
from weasyprint import HTML

from induction.certificates.pdf import fonts
from induction.certificates.pdf import render as drawing
from induction.certificates.pdf.pictures import _HAIRLINES
from tests.support.certificates import a_record
from tests.support.pdf import read, xmp

BENGALI = "রহিমা খাতুন"


def test_weasyprint_still_is_inside_what_the_drawing_relies_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed = []
    pack = drawing._pack

    def watched(stream: Any) -> None:
        packed.append(stream)
        pack(stream)

    monkeypatch.setattr(drawing, "_pack", watched)
    pdf = drawing.render(a_record(BENGALI))
    file, has_font = read(pdf), bool(fonts.fonts_for(BENGALI))
    content = file.pages[0].get_contents().get_data()
    attached, quick, lines = file.trailer["/Root"]["/AF"], len(packed), content.count(b" re\nf\n")
    assert hasattr(HTML, "_ua_stylesheets"), (
        "No longer so: HTML asks `_ua_stylesheets` for the sheet of every page; else theirs "
        "comes before ours, with boxes of other sizes"
    )
    assert len(attached) == 1, (
        "No longer so: write_pdf calls its `finisher` before it writes; else the record is "
        "attached twice"
    )
    assert quick > 3, (
        "No longer so: streams have `compress` and `extra`; else each is compressed twice, slowly"
    )
    assert lines >= len(_HAIRLINES), (
        "No longer so: pages are painted through their attribute `paint`; else there are no "
        "hairlines"
    )
    assert b" 1.02 re" in content, (
        "No longer so: images are looked for in `cache` first; else the QR code is not the one "
        "that we draw"
    )
    assert "<pdfuaid:part>1<" in xmp(pdf), (
        "No longer so: `generate_rdf_metadata` makes the metadata; else the file does not say "
        "that it is PDF/UA"
    )
    assert not has_font or b"/ActualText <feff" in content, (
        "No longer so: `_tags` of a stream knows which box it drew; else a name in Bengali "
        "cannot be copied or read aloud"
    )
