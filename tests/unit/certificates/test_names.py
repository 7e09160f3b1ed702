"""Names in any script and of any length, and texts that try to be something else than text."""

from typing import Any

import pytest

from induction.certificates.pdf import fonts
from induction.certificates.pdf.inspection import inspect
from induction.certificates.pdf.layout import heading, sizes
from induction.certificates.pdf.printed import printed
from induction.certificates.pdf.render import _Bundled, render
from induction.certificates.pdf.text_fitting import lines
from induction.signing.signer import Signer
from tests.support.certificates import a_record
from tests.support.pdf import read, run, squeezed, text_of

NAMES = {
    "Polish": "Zażółć Gęślą-Jaźń",
    "Welsh": "Siân Llŷr ap Gwilym-Ŵyn",
    "Vietnamese": "Nguyễn Thị Ánh",
    "Arabic": "محمد عبد الرحمن الخطيب",
    "Hebrew": "שרה כהן-לוי",
    "Bengali": "শ্রীময়ী চট্টোপাধ্যায়",
    "Chinese": "欧阳梦雪",
    "Greek": "Νίκος Παπαδόπουλος",
    "Ukrainian": "Олександр Шевченко",
    "Punjabi": "ਹਰਪ੍ਰੀਤ ਕੌਰ",
    "Tamil": "மீனாட்சி சுந்தரம்",
    "Amharic": "ተስፋዬ በቀለ",
    "two scripts": "Fatima Al-Sayed (فاطمة السيد)",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_in_any_script_is_drawn_with_real_glyphs_and_read_back(
    name: str, signer: Signer
) -> None:
    pdf = render(a_record(name))
    reader = read(pdf)
    assert len(reader.pages) == 1
    assert inspect(signer.sign(pdf), signer.known()).faults == ()
    drawn = {font["/BaseFont"][8:] for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert any(family.startswith("Script") for family in drawn) == bool(fonts.fonts_for(name))


@pytest.mark.parametrize("script", ["Arabic", "Bengali", "Chinese", "Welsh"])
def test_another_reader_reads_the_same_name(script: str, tmp_path: Any) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(render(a_record(NAMES[script])))
    assert squeezed(NAMES[script]) in squeezed(run("pdftotext", path, "-"))


def test_arabic_letters_are_joined() -> None:
    # Joined, each letter has a glyph of its own form; apart, the three would share one.
    reader = read(render(a_record("ببب")))
    (script,) = [
        font
        for font in reader.pages[0]["/Resources"]["/Font"].values()
        if "Script" in font["/BaseFont"]
    ]
    assert script["/ToUnicode"].get_data().count(b"<0628>") >= 3


def test_latin_names_need_no_font_of_the_system() -> None:
    assert fonts.fonts_for("Zażółć Ŵyn Đặng O’Brien–Smith") == ()


def test_a_name_that_no_font_can_draw_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(fonts.MissingGlyphs, match=r"U\+E000.*fonts-noto-core") as refused:
        render(a_record("A \ue000"))
    assert refused.value.characters == "\ue000"


def test_without_fontconfig_other_scripts_are_refused_and_latin_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    fonts._font_of.cache_clear()
    try:
        assert fonts.fonts_for("Zażółć") == ()
        with pytest.raises(fonts.MissingGlyphs):
            fonts.fonts_for("欧")
    finally:
        fonts._font_of.cache_clear()


# ---- length ----------------------------------------------------------------------------------

LONG = {
    "one word": "W" * 200,
    "words": "Maximiliana Wolfeschlegelsteinhausenbergerdorff " * 4,
    "Arabic": "محمد " * 40,
    "Chinese": "欧阳梦雪" * 50,
    "Bengali": "শ্রীময়ী চট্টোপাধ্যায় " * 9,
}


def boxes(pdf: bytes) -> list[tuple[float, float, str]]:
    """Where each piece of text begins, in points from the bottom left, and the piece."""
    found: list[tuple[float, float, str]] = []

    def visit(text: str, matrix: list[float], text_matrix: list[float], *_: Any) -> None:
        if text.strip():
            x = text_matrix[4] * matrix[0] + matrix[4]
            y = text_matrix[5] * matrix[3] + matrix[5]
            found.append((x, y, text))

    read(pdf).pages[0].extract_text(visitor_text=visit)
    return found


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_t16_a_very_long_name_shrinks_then_wraps_and_is_never_cut(
    name: str, signer: Signer
) -> None:
    pdf = render(a_record(name.strip()))
    assert len(read(pdf).pages) == 1
    assert inspect(signer.sign(pdf), signer.known()).faults == ()
    assert above_the_name(pdf) == above_the_name(render(a_record()))


def above_the_name(pdf: bytes) -> str:
    """What stands on the left above the place of the name, which is 12 points lower."""
    found = boxes(pdf)
    (awarded,) = [y for _, y, text in found if "is awarded to" in text]
    return "".join(text for x, y, text in found if x < 540 and y > awarded - 12)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("محمد عبد الرحمن الخطيب", 44),
        ("শ্রীমতী ঋতুপর্ণা চট্টোপাধ্যায়", 42),
        ("欧阳梦雪上官婉儿", 44),
        ("欧阳梦雪" * 4, 28),
    ],
)
def test_letters_of_every_script_are_measured(name: str, size: float) -> None:
    words = printed(a_record(name), "0" * 64)
    assert sizes(words, heading(None), fonts.fonts_for(name)).name == pytest.approx(size, abs=6)


def test_every_field_long_at_once_still_fits_the_page() -> None:
    record = a_record("Ngô Bảo Châu Wolfeschlegelsteinhausenbergerdorff " * 4)
    long = "An unusually long text that somebody typed into this field, " * 4
    record["provider"]["name"] = record["policy"]["title"] = record["policy"]["owner"] = long
    record["learner"]["cohort"] = record["learner"]["reference"] = long
    record["status_url"] = f"https://{'long-name.' * 15}example/verify/{record['number']}"
    record["declaration"]["statements"] = [long] * 12
    record["sections"] = [{**section, "title": long} for section in record["sections"] * 3]
    pdf = render(record)
    assert len(read(pdf).pages) == 1
    assert squeezed(text_of(pdf)).count(squeezed(long)) >= 12 + 24
    assert all(0 < x < 842 and 20 < y < 580 for x, y, _ in boxes(pdf))


def test_a_short_name_is_large_and_a_long_one_smaller() -> None:
    large, small, smallest = (
        sizes(printed(a_record(name), "0" * 64), heading(None)).name
        for name in ("Ada Li", "W" * 20, "W" * 200)
    )
    assert large == 44 > small > smallest > 5


@pytest.mark.parametrize("em_wide", [3.0, 7.5, 12.0, 40.0])
def test_lines_are_never_fewer_than_the_words_need(em_wide: float) -> None:
    sans = fonts.widths(fonts.SANS)
    for text in ("a bb ccc", "W" * 50, "one " + "x" * 90 + " two", "word " * 30):
        assert lines(text, sans, em_wide) * em_wide >= sans.of(text.replace(" ", ""))


# ---- text that tries to be something else ----------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src="file:///etc/passwd">',
    "<link rel=attachment href='file:///etc/passwd'>",
    '"><style>@import url(http://127.0.0.1:9/x.css)</style>',
    "{{ 7 * 7 }} {% raw %}",
    "url(file:///etc/passwd)",
    "&lt;b&gt; &amp; &#60;i&#62; ]]> <!-- x -->",
    "</p></body></html><h1>Forged</h1>",
    "(unbalanced \\( ) /ActualText <feff0041>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_t17_markup_in_every_field_is_only_text(text: str, signer: Signer) -> None:
    record: Any = a_record(text)
    record["provider"]["name"] = record["provider"]["ukprn"] = text
    for field in ("reference", "audience", "cohort"):
        record["learner"][field] = text
    for field in ("reference", "title", "owner", "organisation"):
        record["policy"][field] = text
    record["declaration"]["statements"] = [text] * 3
    record["sections"][0]["title"] = text
    pdf = render(record)
    assert inspect(signer.sign(pdf), signer.known()).faults == ()
    assert squeezed(text_of(pdf)).count(squeezed(text)) >= 9
    assert b"root:" not in pdf
    reader = read(pdf)
    assert len(reader.attachments) == 1
    assert len(reader.pages) == 1
    assert list(reader.pages[0]["/Resources"]["/XObject"]) == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/",
        "ftp://x/",
        "data:text/plain,x",
        "bundled:../x",
        "x",
    ],
)
def test_t17_the_renderer_fetches_nothing(url: str) -> None:
    with pytest.raises(ValueError, match="only what is bundled"):
        _Bundled({}).fetch(url)
