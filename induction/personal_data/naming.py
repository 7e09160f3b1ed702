"""Finding people in what others wrote, in whatever way they spelt it. Pure.

Letter case, accents and how they are composed, apostrophes and the signs between the words of a
name do not matter, nor whether the last name comes first. Words are whole: Ann is not in Joann.
A family name is theirs with a title, an initial or a given name (``family_names``); by itself it
may be somebody else's, or a word, and whoever erases decides.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from induction import names as known_names
from induction.personal_data.family_names import Family, Span, with_around
from induction.personal_data.name_words import Words, forms, is_part, plain_of, whole, words_of

LEAST = 4  # characters; what is shorter would be found everywhere
LEAST_DIGITS = 6  # of a number: a shorter one may be a year
AROUND = 60  # characters on either side of what may be a name, where it is shown


@dataclass(frozen=True, slots=True)
class _Needle:
    words: tuple[str, ...]
    exactly: str = ""  # the whole, where the signs between its words matter
    hidden: bool = True  # False: somebody else's longer name, which stays
    family: Family | None = None  # a family name, which is looked at with what is around it


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What may be a name, and the words around it."""

    before: str
    found: str
    after: str


class Naming:
    """What names certain people: ``names``, and what stands for one person ``exactly``.

    ``families`` are family names where they are not the last word of a name. ``others`` are names
    of somebody else with one of the names or family names in them: they stay, and what might be
    theirs is not certain.
    """

    def __init__(
        self,
        names: Iterable[str],
        exactly: Iterable[str] = (),
        others: Iterable[str] = (),
        *,
        families: Iterable[str] = (),
    ) -> None:
        self._given = names, exactly, families = set(names), set(exactly), set(families)
        theirs, apart = _families(names, families), {words_of(name) for name in others}
        alone = [name for name in names if _tells(name) and words_of(name) not in apart]
        needles = {_Needle(words) for name in alone for words in _orders(name)}
        needles |= {_Needle(words_of(text), plain_of(text)) for text in exactly if _tells(text)}
        needles |= {
            _Needle(words, family=Family(frozenset(given), any(_has(o, words) for o in apart)))
            for words, given in theirs.items()
        }
        known = {word for words in theirs for word in words}
        self.words = frozenset(_told_by(n.words, known) for n in needles if n.words)
        """For each name a word of it, folded: a text that has none of them names nobody."""
        self._families = frozenset(theirs)
        needles |= {_Needle(words, hidden=False) for words in apart if words not in theirs}
        self._by_first: dict[str, list[_Needle]] = defaultdict(list)
        for needle in sorted(needles, key=_longest_first):
            if needle.words:
                self._by_first[needle.words[0]].append(needle)

    def beside(self, others: Iterable[str]) -> "Naming":
        """The same, where these ``others`` are here."""
        names, exactly, families = self._given
        return Naming(names, exactly, others, families=families)

    def is_like(self, name: str) -> bool:
        """Whether a name of somebody else has one of the names in it, or a family name."""
        words = words_of(name)
        return any(_has(words, family) for family in self._families) or self.found_in(name)

    def found_in(self, text: str) -> bool:
        """Whether the text names one of the people, for certain."""
        return any(one.sure for one in self._spans(unicodedata.normalize("NFC", text)))

    def unsure_in(self, text: str) -> list[Excerpt]:
        """What in the text may name one of the people, or may be a word or somebody else."""
        text = unicodedata.normalize("NFC", text)
        return [
            Excerpt(
                _cut(text, one.start - AROUND, one.start),
                text[one.start : one.end],
                _cut(text, one.end, one.end + AROUND),
            )
            for one in self._spans(text)
            if not one.sure
        ]

    def taken_out(self, text: str, instead: str, *, unsure: bool = False) -> str:
        """The text with something else in the place of each name; of what is ``unsure`` too."""
        text = unicodedata.normalize("NFC", text)
        pieces, done = [], 0
        for one in self._spans(text):
            if one.sure or unsure:
                pieces += [text[done : one.start], instead]
                done = one.end
        return "".join([*pieces, text[done:]])

    def _spans(self, text: str) -> Iterator[_Found]:
        """Where names stand in a text in its composed form (NFC), one after the other."""
        words = Words(text)
        at = free = 0  # the first word that is looked at; and the first that is in no name yet
        while at < len(words.found):
            needle, end = self._at(words, at)
            if needle is None:
                at += 1
                continue
            span: Span | None = Span(at, at + len(needle.words), end)
            if needle.family and span:
                span = with_around(words, needle.family, span, free=free)
            if span is None:
                at += 1
                continue
            if needle.hidden:
                start = words.places[words.found[span.first].start()]
                behind = whole(text, words.places[span.end - 1] + 1)
                yield _Found(start, behind, span.sure)
            at = free = span.behind

    def _at(self, words: Words, at: int) -> tuple[_Needle | None, int]:
        """The longest name that begins with this word, and where it ends."""
        for first in forms(words.found[at][0]):
            for needle in self._by_first.get(first, ()):
                end = words.end_of(needle.words, at, exactly=needle.exactly)
                if end and not is_part(words, at, end, exactly=bool(needle.exactly)):
                    return needle, end
        return None, 0


def _cut(text: str, start: int, end: int) -> str:
    return text[max(0, start) : end]


def _has(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Whether a part stands among the words."""
    return any(words[at : at + len(part)] == part for at in range(len(words)))


def _longest_first(needle: _Needle) -> tuple[int, bool, tuple[str, ...], str]:
    return -len(needle.words), needle.family is not None, needle.words, needle.exactly


def _tells(text: str) -> bool:
    """Whether it is long enough to be looked for."""
    return len(text) >= (LEAST_DIGITS if text.isdigit() else LEAST)


def _orders(name: str) -> list[tuple[str, ...]]:
    """The words of a name, and with the last name first, which may be several of them."""
    words = words_of(name)
    return [(*words[at:], *words[:at]) for at in range(len(words))]


def _told_by(words: tuple[str, ...], known: Collection[str]) -> str:
    """The word of a name by which texts are searched: one of a family name serves several."""
    return max(words, key=lambda word: (word in known and len(word) >= LEAST, len(word), word))


def _families(names: Iterable[str], families: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
    """The words of each family name, with the given names that stand beside it."""
    found: dict[tuple[str, ...], set[str]] = {}
    told = [one for one in families if one]
    for name in names:
        whole_name = words_of(name)
        theirs = [one for one in told if known_names.is_part(one, name)]
        for family in theirs or [known_names.family_name(name)]:
            words = words_of(family)
            given = [word for word in whole_name if word not in words]
            if words and given and len("".join(words)) > 1:
                found.setdefault(words, set()).update(given)
    return found
