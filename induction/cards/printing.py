"""Cards on paper: eight to a sheet, to be cut out."""

from collections.abc import Sequence
from urllib.parse import quote

from induction.cards.making import NewCard
from induction.cards.rules import in_groups
from induction.certificates.pdf.fonts import MissingGlyphs, fonts_for
from induction.institute import institute

ON_A_SHEET = 8


def drawn(cards: Sequence[NewCard], address: str) -> bytes:
    """The cards as a PDF; the code on each leads to ``address`` with the reference filled in."""
    from induction.certificates.pdf.render import draw_sheets  # noqa: PLC0415  slow to load

    found = [_words(card, address) for card in cards]
    sheets = [found[at : at + ON_A_SHEET] for at in range(0, len(found), ON_A_SHEET)]
    here = institute().name
    text = "".join([here, address, *(one["name"] + one["reference"] for one in found)])
    return draw_sheets(
        "cards/cards_pdf.html",
        "cards.css",
        text=text,
        codes=[one["code"] for one in found],
        sheets=sheets,
        institute=here,
        address=address.split("://", 1)[-1],
    )


def _words(card: NewCard, address: str) -> dict[str, str]:
    reference = card.account.learner_ref or ""
    return {
        "name": _drawable(card.account.full_name),
        "reference": reference,
        "pin": in_groups(card.pin),
        "code": f"{address}?reference={quote(reference)}",
    }


def _drawable(name: str) -> str:
    """The name where this machine has a font for it: a card without one can still be used."""
    try:
        fonts_for(name)
    except MissingGlyphs:
        return ""
    return name
