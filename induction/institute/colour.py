"""The institute's colour on our pages, where it can be read. Pure.

Contrast is that of WCAG 2.2 (relative luminance, SC 1.4.3): text needs 4.5 : 1.
"""

import re
from functools import lru_cache

from induction.refusals import InvalidInput

ENOUGH = 4.5
LIGHT_PAPERS = (
    "#ffffff",
    "#f6f4ee",
    "#f6ebcf",
    "#dcebe8",
)  # of static/site.css: card, paper, cream
DARK_PAPERS = ("#1b2625", "#121a19", "#253230")


class NotReadable(InvalidInput):
    """The colour cannot be used. The message says why, for whoever chose it."""


def parse(text: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``. Raises NotReadable."""
    found = re.fullmatch(r"#?([0-9a-fA-F]{6})", text.strip())
    if not found:
        raise NotReadable("Write the colour as # and six digits, for example #0d5c5a.")
    digits = found.group(1)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(text: str) -> float:
    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(v) for v in parse(text))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def checked(text: str) -> str:
    """The colour as #rrggbb, if text in it can be read on our papers. Raises NotReadable."""
    colour = "#{:02x}{:02x}{:02x}".format(*parse(text))
    worst = min(contrast(colour, paper) for paper in LIGHT_PAPERS)
    if worst < ENOUGH:
        raise NotReadable(
            f"Words in {colour} would be hard to read on our pages: the contrast is "
            f"{worst:.1f} to 1, and 4.5 to 1 is needed. Choose a darker one."
        )
    return colour


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two, ``share`` of the way to the other."""
    values = (round(a + (b - a) * share) for a, b in zip(parse(one), parse(other), strict=True))
    return "#{:02x}{:02x}{:02x}".format(*values)


@lru_cache(64)  # each letter has it
def lightened(colour: str) -> str:
    """The same hue, light enough to be read on the dark papers."""
    for step in range(21):
        lighter = mixed(colour, "#ffffff", step / 20)
        if min(contrast(lighter, paper) for paper in DARK_PAPERS) >= ENOUGH + 1:
            return lighter
    return "#ffffff"


def theme(colour: str) -> str:
    """The style sheet that puts this accent in the place of ours, in every scheme."""
    deep = mixed(colour, "#000000", 0.35)
    light = lightened(colour)
    bright = (
        f"--accent: {light}; --accent-deep: {mixed(light, '#ffffff', 0.4)}; "
        f"--on-accent: #101716; --wash: {mixed('#1b2625', colour, 0.3)};"
    )
    plain = (
        f"--accent: {colour}; --accent-deep: {deep}; --on-accent: #ffffff; "
        f"--wash: {mixed('#ffffff', colour, 0.12)};"
    )
    cream = plain.replace("#ffffff; --wash", "#fffaf0; --wash")
    return (
        f"\n:root {{ {plain} }}\n"
        f'[data-scheme="cream"] {{ {cream} }}\n'
        f'[data-scheme="dark"] {{ {bright} }}\n'
        f'@media (prefers-color-scheme: dark) {{ [data-scheme="system"] {{ {bright} }} }}\n'
    )
