"""Drawings by authors: SVG files beside a quiz or a page, shown as pictures; some with numbers.

A drawing is shown as a data address in an ``img``, where a browser runs no script and loads
nothing. So it belongs to the content version, and an old try shows the drawing of that day.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.parsers import expat

from induction.curriculum.faults import Ledger, Source, asking, nearest
from induction.curriculum.fields import Fields

_LARGEST = 20_000  # characters; it travels with every page that shows it
_SHAPES = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "title",
        "desc",
    ]
)
_BOX = re.compile(r"0 0 ([1-9][0-9]{1,3}) ([1-9][0-9]{1,3})")
_SPOT = re.compile(r"([0-9]{1,4}) ([0-9]{1,4})")
_RADIUS = 15  # of a number's circle, in a drawing as wide as a phone (320)


@dataclass(frozen=True, slots=True)
class NumberedDrawing:
    """The text of an SVG file that can be shown, and its size."""

    svg: str
    width: int
    height: int

    def holds(self, spot: tuple[int, int]) -> bool:
        """Whether this place is in it."""
        return spot[0] <= self.width and spot[1] <= self.height

    def figure(self, alt: str, spots: Sequence[tuple[int, int]] = ()) -> str:
        """The picture as HTML, with a number drawn at each of the spots."""
        radius = round(_RADIUS * self.width / 320)
        numbers = "".join(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#ffc83d" stroke="#0a3b3a" '
            f'stroke-width="2"/><text x="{x}" y="{y}" dy=".36em" text-anchor="middle" '
            f'font-family="sans-serif" font-weight="700" font-size="{round(radius * 1.2)}" '
            f'fill="#0a3b3a">{number}</text>'
            for number, (x, y) in enumerate(spots, 1)
        )
        before, end, after = self.svg.rpartition("</svg>")
        data = b64encode(f"{before}{numbers}{end}{after}".encode()).decode("ascii")
        return (
            f'<figure class="drawing"><img src="data:image/svg+xml;base64,{data}" '
            f'alt="{escape(alt)}" width="{self.width}" height="{self.height}"></figure>'
        )


def read_drawing(fields: Fields, key: str) -> NumberedDrawing | None:
    """The drawing that a key names; None, with a fault, where it cannot be shown."""
    name = fields.text(key)
    if not name:
        return None
    folder, drawings = fields.source.path.rpartition("/")[0], fields.source.ledger.drawings
    text = drawings.get(f"{folder}/{name}")
    if text is None:
        here = [path.removeprefix(f"{folder}/") for path in drawings]
        message = f"there is no drawing `{name}` beside this file{asking(nearest(name, here))}"
        fields.source.error(fields.line_of(key), message)
        return None
    return drawn(fields.source.ledger, f"{folder}/{name}")


def drawn(ledger: Ledger, path: str) -> NumberedDrawing | None:
    """The drawing at this path, which is there; None, with its faults, where it cannot be shown."""
    ledger.shown.add(path)
    source, text = Source(path, ledger), ledger.drawings[path]
    faults = list(_faults(text))
    for line, message in faults:
        if not source.is_noted(line, message):
            source.error(line, message)
    box = _BOX.search(text)
    return NumberedDrawing(text, int(box[1]), int(box[2])) if box and not faults else None


def read_spot(fields: Fields, key: str) -> tuple[int, int] | None:
    """A place in a drawing, such as ``120 80``: from its left and from its top; None for none."""
    written = fields.text(key)
    if found := _SPOT.fullmatch(written):
        return int(found[1]), int(found[2])
    if written:
        message = f"`{key}` is a place in the drawing, from its left and top, such as `120 80`"
        fields.source.error(fields.line_of(key), message)
    return None


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Why a text is no drawing that can be shown: lines and messages."""
    if len(text) > _LARGEST:
        yield 1, f"this drawing has {len(text)} characters; {_LARGEST} at most"
    found: list[tuple[int, str]] = []
    parser = expat.ParserCreate()

    def begin(tag: str, attributes: dict[str, str]) -> None:
        found.extend((parser.CurrentLineNumber, words) for words in _faults_of(tag, attributes))

    def refuse(*_: object) -> None:
        found.append((parser.CurrentLineNumber, "a drawing has no `<!DOCTYPE`; delete it"))

    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        found.append((error.lineno, "this is no SVG drawing: a tag is not closed, or not begun"))
    if not found and not text.rstrip().endswith("</svg>"):
        found.append((1, "a drawing begins with `<svg` and ends with `</svg>`"))
    yield from found


def _faults_of(tag: str, attributes: Mapping[str, str]) -> Iterator[str]:
    """What of an element is not used, since it could run, load something or look otherwise."""
    if tag not in _SHAPES:
        yield f"`<{tag}>` is not used in drawings; draw with plain shapes"
    if tag == "svg" and not _BOX.fullmatch(attributes.get("viewBox", "")):
        yield "give the drawing a `viewBox`, such as `0 0 320 200`"
    for name, value in attributes.items():
        if name.startswith("on") or name == "style" or "url(" in value or "href" in name:
            yield f"`{name}` is not used in drawings; leave it out"
