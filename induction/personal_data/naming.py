"""Finding people in what others wrote, in whatever way they spelt it. Pure.

Letter case, accents and how they are composed, apostrophes and the signs between the words of a
name do not matter, nor whether the last name comes first. Words are whole: Ann is not in Joann.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from induction.folding import APOSTROPHES, fold

LEAST = 4  # characters; what is shorter would be found everywhere
LEAST_DIGITS = 6  # of a number: a shorter one may be a year
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BETWEEN = re.compile(r"[\W_]{1,3}")
_JOINED = re.compile(r"-[^\W_]|@")  # behind a name: it is part of a longer one, or of an address
_JOINED_ADDRESS = re.compile(r"[-.][^\W_]|@")


@dataclass(frozen=True, slots=True)
class _Needle:
    words: tuple[str, ...]
    exactly: str = ""  # the whole, where the signs between its words matter
    hidden: bool = True  # False: somebody else's longer name, which stays


class Naming:
    """What names certain people: ``names``, and what stands for one person ``exactly``.

    ``others`` are names of somebody else that one of the names is a part of.
    """

    def __init__(
        self, names: Iterable[str], exactly: Iterable[str] = (), others: Iterable[str] = ()
    ) -> None:
        needles = {_Needle(words) for name in names for words in _orders(name) if _tells(name)}
        needles |= {_Needle(words_of(text), _plain(text)) for text in exactly if _tells(text)}
        needles |= {_Needle(words_of(name), hidden=False) for name in others}
        self._by_first: dict[str, list[_Needle]] = defaultdict(list)
        for needle in sorted(needles, key=lambda n: (-len(n.words), n.words, n.exactly)):
            if needle.words:
                self._by_first[needle.words[0]].append(needle)
        self.words = frozenset(max(n.words, key=len) for n in needles if n.hidden and n.words)
        """For each name a word of it, folded: a text that has none of them names nobody."""

    def found_in(self, text: str) -> bool:
        """Whether the text names one of the people."""
        return any(True for _ in self._spans(unicodedata.normalize("NFC", text)))

    def taken_out(self, text: str, instead: str) -> str:
        """The text with something else in the place of each name."""
        text = unicodedata.normalize("NFC", text)
        pieces, done = [], 0
        for start, end in self._spans(text):
            pieces += [text[done:start], instead]
            done = end
        return "".join([*pieces, text[done:]])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names stand in a text in its composed form (NFC)."""
        plain, places = _folded(text)
        words, at = list(_WORD.finditer(plain)), 0
        while at < len(words):
            needle, end = self._at(plain, words, at)
            if needle is None:
                at += 1
                continue
            if needle.hidden:
                yield places[words[at].start()], _whole(text, places[end - 1] + 1)
            at += len(needle.words)

    def _at(self, plain: str, words: list[re.Match[str]], at: int) -> tuple[_Needle | None, int]:
        """The longest name that begins with this word, and where it ends."""
        for first in _forms(words[at][0]):
            for needle in self._by_first.get(first, ()):
                here = words[at : at + len(needle.words)]
                end = _end_of(needle, plain, here)
                if end and not _is_part(needle, plain, here[0].start(), end):
                    return needle, end
        return None, 0


def _whole(text: str, end: int) -> int:
    """The end, behind accents that stand by themselves."""
    while end < len(text) and not _letters(text[end]):
        end += 1
    return end


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name as they are compared."""
    return tuple(_forms(word[0])[0] for word in _WORD.finditer(_plain(text)))


def _tells(text: str) -> bool:
    """Whether it is long enough to be looked for."""
    return len(text) >= (LEAST_DIGITS if text.isdigit() else LEAST)


def _orders(name: str) -> list[tuple[str, ...]]:
    """The words of a name, and with the last name first, which may be several of them."""
    words = words_of(name)
    return [(*words[at:], *words[:at]) for at in range(len(words))]


def _forms(word: str) -> tuple[str, ...]:
    """A word without apostrophes; and without the s of “Ann’s”."""
    bare = word.replace("'", "")
    return (bare, word[:-2].replace("'", "")) if word.endswith("'s") else (bare,)


def _end_of(needle: _Needle, plain: str, here: list[re.Match[str]]) -> int:
    """Where the needle ends, if these are its words with nothing else between them; else 0."""
    if len(here) < len(needle.words):
        return 0
    if any(want not in _forms(word[0]) for want, word in zip(needle.words, here, strict=True)):
        return 0
    last = here[-1]
    end = last.end() if _forms(last[0])[0] == needle.words[-1] else last.end() - 2
    if needle.exactly:
        return end if plain[here[0].start() : end] == needle.exactly else 0
    gaps = (plain[a.end() : b.start()] for a, b in pairwise(here))
    return end if all(map(_BETWEEN.fullmatch, gaps)) else 0


def _is_part(needle: _Needle, plain: str, start: int, end: int) -> bool:
    """Whether what stands there is part of a longer name or address."""
    before, signs = plain[max(0, start - 2) : start], ".@%+-" if needle.exactly else "-"
    if len(before) == 2 and before[1] in signs and before[0].isalnum():
        return True
    return bool((_JOINED_ADDRESS if needle.exactly else _JOINED).match(plain, end))


def _folded(text: str) -> tuple[str, list[int]]:
    """A text in its composed form as it is compared; and where each character comes from."""
    letters, places = [], []
    for place, char in enumerate(text):
        for letter in _letters(char):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def _plain(text: str) -> str:
    return _folded(unicodedata.normalize("NFC", text))[0]


@lru_cache(maxsize=4096)
def _letters(char: str) -> str:
    if char in APOSTROPHES:
        return "'"
    return fold(unicodedata.normalize("NFKC", char)) or ""
