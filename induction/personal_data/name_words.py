"""The words of a text as names are compared, and where they stand in it. Pure."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from induction.folding import APOSTROPHES, fold

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BETWEEN = re.compile(r"(?:[^\w;!?]|_){1,3}")
LONGEST_SHORTENED = 3  # letters of what a full stop may shorten, such as “St. John”
_JOINED = re.compile(r"-[^\W_]|@")  # behind a name: it is part of a longer one, or of an address
_JOINED_ADDRESS = re.compile(r"[-.][^\W_]|@")


class Words:
    """A text in its composed form (NFC), folded, in words; and where each character comes from."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain, self.places = _folded(text)
        self.found = list(_WORD.finditer(self.plain))

    def bare(self, at: int) -> str:
        """A word without apostrophes; "" where there is none."""
        return forms(self.found[at][0])[0] if 0 <= at < len(self.found) else ""

    def gap(self, at: int) -> str:
        """What stands between this word and the one before."""
        return self.plain[self.found[at - 1].end() : self.found[at].start()]

    def is_capital(self, at: int) -> bool:
        """Whether a word begins as names do; where a script has no capitals, it does."""
        return not self.text[self.places[self.found[at].start()]].islower()

    def end_of(self, wanted: tuple[str, ...], at: int, *, exactly: str = "") -> int:
        """Where these words end if they stand here with little between them; else 0."""
        here = self.found[at : at + len(wanted)]
        if len(here) < len(wanted):
            return 0
        if any(want not in forms(word[0]) for want, word in zip(wanted, here, strict=True)):
            return 0
        last = here[-1]
        end = last.end() if forms(last[0])[0] == wanted[-1] else last.end() - 2
        if exactly:
            return end if self.plain[here[0].start() : end] == exactly else 0
        return end if all(self._goes_on(*two) for two in pairwise(here)) else 0

    def _goes_on(self, one: re.Match[str], other: re.Match[str]) -> bool:
        """Whether a name goes on from one word to the other: no sentence ends between them."""
        gap = self.plain[one.end() : other.start()]
        ends = gap.startswith(".") and not gap[1:].strip() and gap != "."
        return bool(_BETWEEN.fullmatch(gap)) and not (ends and len(one[0]) > LONGEST_SHORTENED)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name as they are compared."""
    return tuple(forms(word[0])[0] for word in _WORD.finditer(plain_of(text)))


def plain_of(text: str) -> str:
    """A text as it is compared."""
    return _folded(unicodedata.normalize("NFC", text))[0]


def forms(word: str) -> tuple[str, ...]:
    """A word without apostrophes; and without the s of “Ann’s”."""
    bare = word.replace("'", "")
    return (bare, word[:-2].replace("'", "")) if word.endswith("'s") else (bare,)


def is_part(words: Words, at: int, end: int, *, exactly: bool) -> bool:
    """Whether what begins with this word is part of a longer name or address."""
    start, signs = words.found[at].start(), ".@%+-" if exactly else "-"
    before = words.plain[max(0, start - 2) : start]
    if len(before) == 2 and before[1] in signs and before[0].isalnum():
        return True
    return bool((_JOINED_ADDRESS if exactly else _JOINED).match(words.plain, end))


def whole(text: str, end: int) -> int:
    """The end, behind accents that stand by themselves."""
    while end < len(text) and not _letters(text[end]):
        end += 1
    return end


def _folded(text: str) -> tuple[str, list[int]]:
    letters, places = [], []
    for place, char in enumerate(text):
        for letter in _letters(char):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _letters(char: str) -> str:
    if char in APOSTROPHES:
        return "'"
    return fold(unicodedata.normalize("NFKC", char)) or ""
