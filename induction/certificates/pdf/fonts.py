"""Which fonts a text needs, and how wide its letters are.

Latin script is drawn with the fonts in ``static/certificate/fonts`` (subsets, so that a
certificate is the same on every machine and quick to make). Any other script is drawn with the
best font that the system has for it, found through fontconfig, and read only when a record needs
it. A character that no font can draw is refused: a wrong name on a certificate helps nobody.
"""

import subprocess
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from induction.config import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "static" / "certificate" / "fonts"
SERIF, ITALIC, SANS = "EBGaramond-Medium.ttf", "EBGaramond-Italic.ttf", "Inter-Regular.ttf"
BUNDLED = (SERIF, ITALIC, SANS)

# Where several fonts know a script: book hands before grotesques, and never an interface variant.
_PREFERRED = (
    "Noto Serif",
    "Noto Naskh",
    "Noto Sans",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
    "PingFang",
    "Songti",
)
_WIDEST = 1.0  # em, for what is not measured: an ideograph's width, and more than any letter's


class MissingGlyphs(ValueError):
    """No font on this machine can draw some characters of the record."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = "".join(sorted(characters))
        named = ", ".join(f"{c} (U+{ord(c):04X})" for c in self.characters)
        super().__init__(
            f"no installed font can draw {named}; install one for that script (on Debian: "
            "fonts-noto-core, and fonts-wqy-microhei for Chinese, Japanese and Korean)"
        )


@dataclass(frozen=True, slots=True)
class ScriptFont:
    """A font of the system that covers a script beyond Latin."""

    family: str
    path: Path
    index: int  # of the face, in a file that holds several

    def data(self) -> bytes:
        """The font as a file of its own."""
        if self.path.suffix.lower() != ".ttc":
            return self.path.read_bytes()
        single = BytesIO()
        # Else the font would say when it was saved, and no two certificates be the same.
        with TTFont(self.path, fontNumber=self.index, recalcTimestamp=False) as font:
            font.save(single)
        return single.getvalue()


def fonts_for(text: str) -> tuple[ScriptFont, ...]:
    """The system's fonts that this text needs, in a fixed order; none for Latin text.

    Raises ``MissingGlyphs``.
    """
    by_script: defaultdict[str, list[str]] = defaultdict(list)
    for character in sorted(set(text)):
        if not _drawn_by_all_bundled(character) and not _invisible(character):
            by_script[_script(character)].append(character)
    found: dict[str, ScriptFont | None] = {}
    for characters in by_script.values():
        whole = _font_of("".join(characters))
        found |= {c: whole or _font_of(c) for c in characters}
    if missing := [character for character, font in found.items() if font is None]:
        raise MissingGlyphs(missing)
    return tuple(sorted({font for font in found.values() if font}, key=lambda font: font.path))


def leads_back(text: str) -> bool:
    """Whether a reader of the file can tell this line's letters from its glyphs.

    In the scripts of India and their kin, a glyph is part of one letter here and of another there.
    """
    return runs_leftwards(text) or all(_drawn_by_all_bundled(c) or _invisible(c) for c in text)


def runs_leftwards(text: str) -> bool:
    """Whether any of this text is written from right to left."""
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)


def _script(character: str) -> str:
    """The first word of the character's name is its script's, near enough to group by."""
    return unicodedata.name(character, "UNKNOWN").split()[0]


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Zs", "Cc")


@lru_cache(maxsize=512)
def _font_of(characters: str) -> ScriptFont | None:
    """The best font of the system that has all of these characters."""
    wanted = " ".join(f"{ord(c):x}" for c in characters)
    pattern = f":charset={wanted}:variable=False:color=False"
    row = "%{family[0]}\t%{style[0]}\t%{index}\t%{file}\n"
    question = ["fc-list", "--format", row, pattern]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    rows = [tuple(line.split("\t")) for line in answer.splitlines()]
    files = [row for row in rows if row[3].lower().endswith((".ttf", ".otf", ".ttc"))]
    if not files:
        return None
    family, _, index, path = min(files, key=_rank)
    return ScriptFont(family, Path(path), int(index))


def _rank(row: tuple[str, ...]) -> tuple[object, ...]:
    family, style, _, path = row
    rank = next((at for at, known in enumerate(_PREFERRED) if family.startswith(known)), 99)
    return (style not in ("Regular", "Book", "Roman"), rank, " UI" in family, len(family), path)


@dataclass(frozen=True, slots=True)
class Widths:
    """The advance of each character, in em."""

    known: dict[int, float]

    def of(self, text: str) -> float:
        """At least the width that the text will have on one line, in em.

        Kerning and the joining of letters only ever make it narrower, near enough; what is not in
        the font is taken at its widest, and marks that stand on a letter at nothing.
        """
        known = self.known
        return sum(known[ord(c)] if ord(c) in known else _unmeasured(c) for c in text)


def _unmeasured(character: str) -> float:
    return 0.0 if unicodedata.category(character) in ("Mn", "Cf") else _WIDEST


@lru_cache(maxsize=64)
def widths(name: str, scripts: tuple[ScriptFont, ...] = ()) -> Widths:
    """The widths of a bundled font, and of the fonts for scripts that stand in behind it."""
    known: dict[int, float] = {}
    for font in reversed(scripts):
        known |= _advances(font.path, font.index)
    return Widths(known | _advances(FOLDER / name))


@lru_cache(maxsize=16)
def _advances(path: Path, index: int = 0) -> dict[int, float]:
    with TTFont(path, fontNumber=index, lazy=True) as font:
        per_em, advances = font["head"].unitsPerEm, font["hmtx"].metrics
        return {c: advances[g][0] / per_em for c, g in font.getBestCmap().items()}


def _drawn_by_all_bundled(character: str) -> bool:
    return all(ord(character) in widths(name).known for name in BUNDLED)
