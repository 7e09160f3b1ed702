"""Draws a certificate: record in, PDF out; and cards. The only importer of WeasyPrint.

A pure function of the record and the provider's look: the same bytes every time, in every process.
The file is PDF/A-3a and PDF/UA-1 in one, with the record attached. How it is made quickly: every
block is placed (no flex, no grid), fonts and style sheets are parsed once in a process, the
pictures are ready operators, and the user agent's sheet is the few lines that we need.
"""

import ctypes
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import jinja2
from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.ffi import pangoft2
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from induction.certificates.pdf import fonts, pictures
from induction.certificates.pdf.colour import readable
from induction.certificates.pdf.layout import heading, sizes
from induction.certificates.pdf.look import OURS, Look
from induction.certificates.pdf.printed import printed
from induction.certificates.record import CertificateRecord, canonical_bytes
from induction.certificates.record_schema import check
from induction.config import PROJECT_ROOT

_ROOT = PROJECT_ROOT
_MARK, _QR, _LOGO = "bundled:mark", "bundled:qr", "bundled:logo"
_COLOURS = "sRGB"
_TEMPLATE = "certificates/certificate_pdf.html"
_MARK_SAYS = "An open doorway: the mark of the induction"

# Pango's font maps belong to one thread at a time, and there is one for the process.
_lock = threading.Lock()
# Each has a thread of Pango's, which ends in its own time. One reference too many keeps the library
# loaded as Python ends: else the thread returns to where no code is (a segmentation fault).
ctypes.pythonapi.Py_IncRef(ctypes.py_object(pangoft2))
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_ROOT / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
)


def render(record: CertificateRecord, look: Look = OURS) -> bytes:
    """The certificate as an unsigned PDF.

    Raises ``RecordFault`` where the record is not sound, and ``MissingGlyphs`` where no font on
    this machine can draw one of its characters.
    """
    accent = readable(look.accent)
    evidence = canonical_bytes(check(record))
    words = printed(record, hashlib.sha256(evidence).hexdigest())
    scripts = fonts.fonts_for("".join(text for _, text in words.texts()))
    head = heading(look.logo_shape)
    page = _templates.get_template(_TEMPLATE).render(
        words=words,
        head=head,
        size=sizes(words, head, scripts),
        title=f"Certificate of induction: {words.policy}, {words.name}",
        description=f"Certificate {words.number} of {words.provider}, with its record attached",
        issued_at=record["issued_at"],
        mark=_LOGO if look.logo else _MARK,
        mark_says=f"Logo of {words.provider}" if look.logo else _MARK_SAYS,
        qr=_QR,
    )
    with _lock:
        return _pdf(_Page(page, look.logo), record, evidence, _press(accent, scripts))


def draw_sheets(
    template: str,
    style: str,
    *,
    text: str,
    codes: Iterable[str],
    accent: str = OURS.accent,
    **facts: object,
) -> bytes:
    """Other sheets that people print, as a plain PDF: a template of ours in a style sheet of ours.

    ``text`` is whatever they say beyond the template's own words, so that its fonts are at hand,
    and ``codes`` the addresses that they show as QR codes: the template asks ``code_of`` for them.
    Raises ``MissingGlyphs``.
    """
    scripts = fonts.fonts_for(text)
    page = _templates.get_template(template).render(code_of=_code_of, **facts)
    cache = {_code_of(address): pictures.qr_code(address) for address in codes}
    with _lock:
        press = _press(readable(accent), scripts, style)
        document = _Page(page, b"").render(
            font_config=press.font_config, stylesheets=[press.sheet], cache=cache
        )
        pdf: bytes = document.write_pdf()
        return pdf


def _code_of(address: str) -> str:
    return f"{_QR}:{address}"


def _pdf(page: "_Page", record: CertificateRecord, evidence: bytes, press: "_Press") -> bytes:
    document = page.render(
        font_config=press.font_config,
        stylesheets=[press.sheet],
        cache={_MARK: press.mark, _QR: pictures.qr_code(record["status_url"])},
        color_profiles={_COLOURS: press.colours},
        output_intent=_COLOURS,
        pdf_variant="pdf/a-3a",
    )
    _say_accessible(document.metadata)
    sheet = document.pages[0]
    sheet.paint = partial(_paint, sheet.paint, press)
    issued = datetime.fromisoformat(record["issued_at"])
    attachment = Attachment(
        string=evidence,
        name=f"certificate-{record['number']}.json",
        description="The evidence record of this certificate",
        created=issued,
        modified=issued,
        relationship="Data",
    )
    pdf: bytes = document.write_pdf(
        finisher=_finish,
        pdf_variant="pdf/a-3a",
        output_intent=_COLOURS,
        attachments=[attachment],
    )
    return pdf


def _finish(_document: Any, pdf: Any) -> None:
    # WeasyPrint lists each attached file twice.
    pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    for thing in pdf.objects:
        if getattr(thing, "compress", False):  # a stream, as most are
            _pack(thing)


def _pack(stream: Any) -> None:
    """Compress a stream once: each is written twice, into the file and into its identifier."""
    _, packed = stream.data.split(b"\nstream\n", 1)
    stream.stream, stream.compress = [packed.removesuffix(b"\nendstream")], False
    stream.extra["Filter"] = "/FlateDecode"


# ISO 14289-1 asks for its identifier; PDF/A asks that a schema of its own be described.
_UA_IDENTIFIER = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description><rdf:Description rdf:about="" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>\
<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq>\
</pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def _say_accessible(metadata: Any) -> None:
    """WeasyPrint identifies a file as one kind only: add PDF/UA-1 to its PDF/A metadata."""
    plain = metadata.generate_rdf_metadata

    def with_ua(*arguments: Any) -> bytes:
        rdf: bytes = plain(*arguments)
        return rdf.removesuffix(b"</rdf:RDF>") + _UA_IDENTIFIER

    metadata.generate_rdf_metadata = with_ua


def _paint(paint: Any, press: "_Press", stream: Any, scale: float = 1) -> None:
    """The hairlines, as decoration, and then the page."""
    with stream.artifact(), stream.stacked():
        stream.stream.extend(press.hairlines)
    paint(stream, scale)
    if press.scripts:
        _spell_out(stream)


def _spell_out(stream: Any) -> None:
    """Give the letters of each line beside its glyphs where these do not lead back to them.

    For copying and for reading aloud. Not from right to left: glyphs do lead back there, and
    poppler would read the letters backwards.
    """
    # WeasyPrint keeps which box it drew under which number, for the structure tree.
    tags = stream._tags.items()  # noqa: SLF001
    lines = {tag["mcid"]: getattr(box, "text", "") for box, tag in tags}
    if all(fonts.leads_back(text) for text in lines.values()):
        return
    for operand in stream.stream:
        text = lines.get(operand.get("MCID")) if isinstance(operand, dict) else None
        if text and not fonts.runs_leftwards(text):
            operand["ActualText"] = f"<feff{text.encode('utf-16-be').hex()}>"


class _Bundled(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Gives out what it was made with, by the name after `bundled:`, and refuses all else."""

    def __init__(self, assets: dict[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False)
        self._assets = assets

    def fetch(self, url: str, _headers: Any = None) -> URLFetcherResponse:
        name = url.removeprefix("bundled:")
        if name == url or name not in self._assets:
            raise ValueError("only what is bundled with the certificate is ever read")
        return URLFetcherResponse(url, self._assets[name])


class _Page(HTML):  # type: ignore[misc]  # WeasyPrint ships no types
    """A page of ours: well-formed, so that an XML parser can read it; no sheet applies but ours."""

    def __init__(self, page: str, logo: bytes) -> None:
        root = ET.fromstring(page)  # noqa: S314  # our template, its values escaped
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element
        # Our own pictures come from the cache; a logo is all that a page can ever ask for.
        self.url_fetcher = _Bundled({"logo": logo} if logo else {})
        self.base_url, self.media_type = "bundled:", "print"

    def _ua_stylesheets(self, _forms: bool = False) -> list[CSS]:
        return []


@dataclass(frozen=True)
class _Press:
    """Fonts, style sheet, mark and colours, read once."""

    font_config: FontConfiguration
    sheet: CSS
    mark: pictures.PdfImage
    hairlines: list[bytes]
    colours: "_Colours"
    scripts: tuple[fonts.ScriptFont, ...]


@dataclass
class _Colours:
    """The colour profile that PDF/A asks for.

    It is WeasyPrint's own, which by itself it would open, and leave open, for each file.
    """

    content: bytes
    name: str = "sRGB2014"
    components: tuple[str, ...] = ("r", "g", "b")
    pdf_reference: object = None  # set by WeasyPrint for each file


@lru_cache(maxsize=16)
def _press(
    accent: str, scripts: tuple[fonts.ScriptFont, ...], style: str = "certificate.css"
) -> _Press:
    """The press for one accent and one set of scripts: fonts are read when a record needs them."""
    assets = {name: (fonts.FOLDER / name).read_bytes() for name in fonts.BUNDLED}
    assets |= {f"script-{at}": font.data() for at, font in enumerate(scripts)}
    faces = "".join(
        f'@font-face {{ font-family: "Script {at}"; src: url(bundled:script-{at}) }}\n'
        for at in range(len(scripts))
    )
    families = "".join(f', "Script {at}"' for at in range(len(scripts)))
    sheet = (_ROOT / "static" / "certificate" / style).read_text(encoding="utf-8")
    font_config = FontConfiguration()
    return _Press(
        font_config,
        CSS(
            string=faces + sheet.replace("SCRIPTS", families).replace("ACCENT", accent),
            font_config=font_config,
            url_fetcher=_Bundled(assets),
        ),
        pictures.mark(accent),
        pictures.hairlines(accent),
        _Colours((files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()),
        scripts,
    )
