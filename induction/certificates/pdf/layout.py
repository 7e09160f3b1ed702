"""How large each text of the certificate is set. The boxes are those of the template."""

from dataclasses import dataclass

from induction.certificates.pdf import fonts
from induction.certificates.pdf.printed import Printed
from induction.certificates.pdf.text_fitting import Box, one_line, size_for

_NAME_SIZES = (44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24)  # on one line; smaller wraps
_SMALL_SIZES = (8.5, 8.25, 8, 7.75, 7.5, 7.25, 7)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of type, in points."""

    provider: float
    name: float
    learner: float
    policy: float
    policy_facts: float
    statements: float
    signed: float
    sections: float
    status_url: float


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the mark and the provider's name stand at the head of the page, in millimetres."""

    left: float
    top: float
    width: float
    height: float
    name: float  # the left edge of the name


_MARK = Heading(16.4, 14.8, 13.2, 13.2, 34)  # its picture has air around it
_LOGO_WIDEST, _LOGO_HIGHEST = 48, 14


def heading(logo_shape: float | None) -> Heading:
    """Room for a logo of this shape (width by height) as large as it may be, or for our mark."""
    if logo_shape is None:
        return _MARK
    width = min(_LOGO_WIDEST, _LOGO_HIGHEST * logo_shape)
    height = width / logo_shape
    return Heading(18, 21.4 - height / 2, width, height, 18 + width + 5)


def sizes(words: Printed, head: Heading, scripts: tuple[fonts.ScriptFont, ...] = ()) -> Sizes:
    """The largest sizes at which everything is on the page."""
    serif, italic, sans = (
        fonts.widths(name, scripts) for name in (fonts.SERIF, fonts.ITALIC, fonts.SANS)
    )
    return Sizes(
        provider=size_for([words.provider], serif, Box(189 - head.name, 6, 1.15), 12),
        name=one_line(words.name, serif, 171, _NAME_SIZES)
        or size_for([words.name], serif, Box(171, 20, 1.15), 24),
        learner=_small(words.learner, sans, Box(171, 8, 1.4)),
        policy=size_for([words.policy], serif, Box(171, 11, 1.15), 25),
        policy_facts=_small(words.policy_facts, sans, Box(171, 8, 1.4)),
        statements=size_for(words.statements, sans, Box(171, 28, 1.4), 8, gap=0.3),
        signed=size_for([words.signed_name], italic, Box(171, 6.5, 1.15), 14),
        sections=size_for(words.sections, sans, Box(72, 72, 1.4), 8.5, gap=0.62),
        status_url=size_for(words.status_url.rsplit("/", 1), sans, Box(72, 10, 1.4), 8),
    )


def _small(text: str, widths: fonts.Widths, box: Box) -> float:
    """One line where that is not too small to read, else several."""
    return one_line(text, widths, box.width, _SMALL_SIZES) or size_for([text], widths, box, 7)
