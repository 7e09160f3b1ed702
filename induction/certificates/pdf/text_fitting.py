"""How large a text can be set in a box: shrink first, then wrap, never cut.

Widths are measured as if no letters were kerned and lines broken only at spaces, so a line on paper
is never longer than its measure; a word wider than the box is broken anywhere, as the sheet says
(`overflow-wrap: anywhere`). Below the smallest size of a ladder the text goes on shrinking, so
that even absurd input is all there, if small.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from induction.certificates.pdf.fonts import Widths

_POINTS_PER_MM = 72 / 25.4
_SLACK = 0.985  # of the box: rounding, and letters that lean over their advance
_STEP = 0.94


@dataclass(frozen=True, slots=True)
class Box:
    """A place for text, in millimetres. ``leading`` is a line's height in em."""

    width: float
    height: float
    leading: float


def one_line(text: str, widths: Widths, width: float, sizes: Sequence[float]) -> float | None:
    """The largest of these sizes (points, falling) at which the text stands on one line."""
    room = width * _POINTS_PER_MM * _SLACK
    return next((size for size in sizes if widths.of(text) * size <= room), None)


def size_for(
    texts: Iterable[str], widths: Widths, box: Box, largest: float, gap: float = 0
) -> float:
    """The largest size (points) up to ``largest`` at which all the paragraphs fit the box.

    ``gap`` is the space between two paragraphs, in em.
    """
    paragraphs = list(texts)
    size = largest
    while not _fits(paragraphs, widths, box, size, gap):
        size *= _STEP
    return round(size - 0.005, 2)


def _fits(paragraphs: list[str], widths: Widths, box: Box, size: float, gap: float) -> bool:
    em_wide = box.width * _POINTS_PER_MM * _SLACK / size
    high = sum(lines(text, widths, em_wide) for text in paragraphs) * box.leading
    high += (len(paragraphs) - 1) * gap
    return high * size <= box.height * _POINTS_PER_MM and em_wide >= 1


def lines(text: str, widths: Widths, em_wide: float) -> int:
    """How many lines of this width the text needs."""
    space = widths.of(" ")
    count, used = 1, 0.0
    for word in text.split():
        wide = widths.of(word)
        if used and used + space + wide > em_wide:
            count, used = count + 1, 0.0
        elif used:
            used += space
        if wide > em_wide:
            # Broken anywhere: the last letter of a full line may have to move on.
            full = math.ceil(wide / max(em_wide - 1, 0.5))
            count, used = count + full - 1, em_wide
        else:
            used += wide
    return count
