"""The two pictures on a certificate, as ready drawing operators of PDF.

WeasyPrint takes an image from its cache by address; these objects have the two methods that it
calls on one. Drawing a QR code through SVG would cost more than all the text of the page.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol
from xml.etree import ElementTree as ET

import segno

from induction.config import PROJECT_ROOT

_MARK = PROJECT_ROOT / "static" / "img" / "mark.svg"
_MASK = 2  # any mask is valid; letting the library weigh all eight takes longer than the page


class PdfImage(Protocol):
    """What WeasyPrint asks of an image."""

    def get_intrinsic_size(
        self, _resolution: float, _font_size: float
    ) -> tuple[float, float, float]:
        """Width, height and their ratio."""

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        """Draw into the content stream, from the top left corner, downwards."""


class Drawing:
    """A square picture of one path in one colour."""

    def __init__(self, size: float, colour: str, path: Sequence[bytes]) -> None:
        self._size = size
        self._operators = [_fill(colour), *path, b"f*"]

    def get_intrinsic_size(
        self, _resolution: float, _font_size: float
    ) -> tuple[float, float, float]:
        return self._size, self._size, 1

    def draw(self, stream: Any, width: float, height: float, _style: Any) -> None:
        stream.transform(a=width / self._size, d=height / self._size)
        stream.stream.extend(self._operators)


def qr_code(address: str) -> PdfImage:
    """The address as a QR code, medium error correction, without its quiet zone."""
    rows = segno.make_qr(address, error="m", mask=_MASK, boost_error=False).matrix
    return Drawing(
        len(rows), "#000000", [run for y, row in enumerate(rows) for run in _runs(row, y)]
    )


def _runs(row: Sequence[int], y: int) -> list[bytes]:
    """One rectangle a run of dark modules; a hair taller, so that no gap shows between rows."""
    runs, start = [], None
    for x, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            runs.append(b"%d %d %d 1.02 re" % (start, y, x - start))
            start = None
    return runs


# Left, top, width and height in millimetres; the first in the accent, the others in grey.
_HAIRLINES = (
    (18, 79, 171, 0.6),
    (18, 120, 171, 0.2),
    (18, 133.8, 171, 0.2),
    (198, 37, 0.2, 154),
    (18, 186.2, 110, 0.2),
    (18, 193.6, 261, 0.2),
)
_GREY = "#b9c2bf"


def hairlines(accent: str) -> list[bytes]:
    """The lines of the page, in points from its top left corner. Borders would cost ten times."""
    operators = []
    for at, line in enumerate(_HAIRLINES):
        place = " ".join(f"{side * 72 / 25.4:.2f}" for side in line)
        operators += [_fill(_GREY if at else accent), place.encode() + b" re", b"f"]
    return operators


def _fill(colour: str) -> bytes:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"{red:.4f} {green:.4f} {blue:.4f} rg".encode()


_OPERATORS = {"M": "m", "L": "l", "C": "c", "Z": "h"}


@lru_cache(maxsize=8)
def mark(colour: str) -> PdfImage:
    """Our mark in this colour. Its SVG keeps to absolute M, L, C and Z, which PDF draws as well."""
    drawing = ET.parse(_MARK).getroot()  # noqa: S314  # a file of ours
    path = drawing[0].attrib["d"]
    steps = re.findall(r"([MLCZ])([^MLCZ]*)", path)
    operators = [f"{points.strip()} {_OPERATORS[letter]}".encode() for letter, points in steps]
    return Drawing(float(drawing.attrib["viewBox"].split()[2]), colour, operators)
