"""How hard a text is to read: words, sentences, syllables and the Flesch–Kincaid grade."""

import re
from functools import lru_cache

import pyphen

from induction.curriculum.markdown import plain_blocks

HARDEST_GRADE = 7  # a reading age of 11 to 12

_WORD = re.compile(r"[A-Za-z0-9]+(?:['\u2019-][A-Za-z0-9]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
# A last e is not spoken, nor the e of -es and -ed, save in "little", "pages", "wanted" and such.
_SILENT = re.compile(r"(?<![^aeiouy]l)e$|(?<![^aeiouy]l)(?<![cghsxz])es$|(?<![dt])ed$")
_SENTENCE_END = re.compile(r"[.!?…]+(?=[\s\"')\u2019\u201d]|$)")


@lru_cache(maxsize=2048)
def word_count(html: str) -> int:
    """Words of a rendered text, headings included."""
    return sum(len(_WORD.findall(block)) for block in plain_blocks(html, headings=True))


def grade(html: str) -> float:
    """The Flesch–Kincaid grade of a rendered text: US school year, so 7 is an age of about 12.

    Headings are left out, since such short lines would flatter the text. A paragraph or list entry
    ends a sentence whether or not it has a full stop. Zero for a text without words.
    """
    sentences = _sentences(html)
    words = sum(map(len, sentences))
    if not words:
        return 0.0
    syllables = sum(syllables_of(word) for sentence in sentences for word in sentence)
    return 0.39 * words / len(sentences) + 11.8 * syllables / words - 15.59


def sentence_count(html: str) -> int:
    """Sentences of a rendered text, headings left out."""
    return len(_sentences(html))


def _sentences(html: str) -> list[list[str]]:
    """The words of each sentence."""
    found = [
        _WORD.findall(sentence)
        for block in plain_blocks(html, headings=False)
        for sentence in _SENTENCE_END.split(block)
    ]
    return [words for words in found if words]


@lru_cache(maxsize=10_000)
def syllables_of(word: str) -> int:
    """About how many syllables: the more of what hyphenation and the vowels suggest, at least one.

    Neither does alone. British hyphenation keeps short parts together ("any", "idea", "video" are
    one piece), so by itself it would call any text easy; vowels miss breaks such as in "cre-ate".
    """
    spoken = _SILENT.sub("", word.lower())
    return max(1, len(_VOWELS.findall(spoken)), len(_hyphenation().positions(word.lower())) + 1)


@lru_cache(maxsize=1)
def _hyphenation() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")
