"""Whether a family name in a text is somebody's for certain, by what stands around it. Pure."""

import re
from dataclasses import dataclass

from induction.personal_data.name_words import Words

MOST_INITIALS = 3
TITLES = frozenset(
    ["dr", "lady", "madam", "miss", "mr", "mrs", "ms", "mx", "prof", "professor", "rev", "sir"]
)
# “Group A. Brown paper”: what stands before a letter that is no initial.
_LABELS = frozenset(
    [
        "block", "class", "group", "level", "option", "part", "plan", "room", "section", "set",
        "team", "unit",
    ]
)  # fmt: skip
LEAST_ALONE = 3  # letters, and as a name is written; “Li” by itself is too many words
_WORDS_TOO = frozenset("ai")  # letters that are words
_BEFORE = re.compile(r"\.\s{0,2}|\s{1,2}")  # between an initial or a title and the name
_BEHIND = re.compile(r",\s?|,?\s{1,2}")  # between the name and what stands behind it in lists
_NEXT_INITIAL = re.compile(r"\.\s?|\s")
_SPACE = re.compile(r"\s{1,2}")


@dataclass(frozen=True, slots=True)
class Family:
    """What goes with a family name: their given names; ``common``: others here have it too."""

    given: frozenset[str]
    common: bool = False

    def begins(self, letter: str) -> bool:
        """Whether it is an initial of theirs."""
        return any(given.startswith(letter) for given in self.given)


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text: its first word, the one behind its last, and where it ends."""

    first: int
    behind: int
    end: int
    sure: bool = True  # it is theirs, for certain


def with_around(words: Words, family: Family, name: Span, *, free: int) -> Span | None:
    """The family name with what belongs to it; None where it says too little by itself.

    Words before ``free`` belong to another name.
    """
    proper = words.is_capital(name.behind - 1)
    start, sure = _before(words, family, name.first, free)
    if start < name.first:
        return Span(start, name.behind, name.end, sure and proper)
    unmarked = name.end == words.found[name.behind - 1].end()  # without the s of “Quoylex’s”
    if unmarked and (listed := _behind(words, family, name.behind)):
        behind, end, sure = listed
        return Span(start, behind, end, sure and proper)
    letters = sum(len(words.bare(one)) for one in range(name.first, name.behind))
    told = letters > LEAST_ALONE or (letters == LEAST_ALONE and proper)
    return Span(start, name.behind, name.end, sure=False) if told else None


def _behind(words: Words, family: Family, at: int) -> tuple[int, int, bool] | None:
    """“Quoylex, M. J.” and “Quoylex, Morwenna”: where it ends, and whether it is theirs."""
    if at >= len(words.found) or not _BEHIND.fullmatch(words.gap(at)):
        return None
    if words.bare(at) in family.given:
        return at + 1, words.found[at].end(), words.is_capital(at)
    if len(words.found[at][0]) > 1 or not words.is_capital(at):
        return None
    if not family.begins(words.bare(at)):
        return None
    last = at
    while last + 1 - at < MOST_INITIALS and _goes_on(words, last + 1):
        last += 1
    end = words.found[last].end()
    dotted = words.plain[end : end + 1] == "."
    if dotted and words.plain[end + 1 :].strip():
        end += 1
    is_word = words.bare(at) in _WORDS_TOO and not dotted
    return last + 1, end, not is_word and not family.common


def _goes_on(words: Words, at: int) -> bool:
    """Whether one more initial follows."""
    return (
        at < len(words.found)
        and len(words.found[at][0]) == 1
        and words.is_capital(at)
        and bool(_NEXT_INITIAL.fullmatch(words.gap(at)))
    )


def _before(words: Words, family: Family, first: int, free: int) -> tuple[int, bool]:
    """“Miss M. Quoylex” and “Morwenna Jane Quoylex”: where it begins, and whether it is theirs."""
    start = first
    while start > free and first - start < MOST_INITIALS and _is_initial(words, start - 1):
        start -= 1
    initials = [words.bare(one) for one in range(start, first)]
    theirs = all(words.is_capital(one) for one in range(start, first)) and (
        not initials or family.begins(initials[0])
    )
    if start > free and words.bare(start - 1) in TITLES and _BEFORE.fullmatch(words.gap(start)):
        return start - 1, theirs and words.is_capital(start - 1) and not family.common
    if (given := _given_before(words, family, start, free)) is not None:
        return given, words.is_capital(given)
    if not initials:
        return first, False
    label = start > 0 and words.bare(start - 1) in _LABELS
    alone = len(initials) == 1 and initials[0] in _WORDS_TOO
    return start, theirs and not label and not alone and not family.common


def _given_before(words: Words, family: Family, start: int, free: int) -> int | None:
    """Where a given name of theirs stands before this word, or before one other name there."""
    for given in (start - 1, start - 2):
        if given < free or not _SPACE.fullmatch(words.gap(given + 1)):
            return None
        if words.bare(given) in family.given:
            return given
        if not words.is_capital(given):
            return None
    return None


def _is_initial(words: Words, at: int) -> bool:
    return len(words.found[at][0]) == 1 and bool(_BEFORE.fullmatch(words.gap(at + 1)))
