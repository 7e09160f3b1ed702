"""A provider's colour, made dark enough to be read: on paper, in grey and by everyone."""

import re

_LEAST_CONTRAST = 4.5  # against white; WCAG 2.2, 1.4.3


def readable(colour: str) -> str:
    """The colour (``#rrggbb``), darkened where text in it would not stand out from white paper.

    Raises ``ValueError`` for anything but a colour written so.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"not a colour as #rrggbb: {colour!r}")
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    while 1.05 / (_luminance(channels) + 0.05) < _LEAST_CONTRAST:
        channels = [channel * 19 // 20 for channel in channels]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _luminance(channels: list[int]) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
