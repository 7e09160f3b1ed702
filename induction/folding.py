"""Letter case, accents and apostrophes taken off, so that texts can be compared. Pure."""

import re
import unicodedata

# Letters from which no accent can be taken.
LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"}


PAIRS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}


APOSTROPHES = "'`´‘’‛ʹʻʼˈ′＇"


ACCENTS = r"[\u0300-\u036f]"  # a pattern for Python and PostgreSQL alike


_DROPPED = re.compile(f"{ACCENTS}|[{APOSTROPHES}]")


PLAIN_LETTERS = str.maketrans(LETTERS | PAIRS)


def fold(text: str | None) -> str | None:
    """The text in the form in which it is looked for; nothing stays nothing, as in SQL."""
    if text is None:
        return None
    text = text.lower()
    if text.isascii():  # most are, and every row of a list is asked
        return text.replace("'", "").replace("`", "")
    return _DROPPED.sub("", unicodedata.normalize("NFD", text)).translate(PLAIN_LETTERS)


def folded(text: str) -> str:
    """The line without case and doubled spaces: what is the same so is one cohort’s name."""
    return " ".join(text.split()).casefold()
