"""Finding people and cohorts by what somebody types.

Letter case, accents, apostrophes, spaces and the order of the words do not matter. ``fold`` is
that rule. SQLite calls it; PostgreSQL has the same rule in words of its own. Where there are many
to look through, an index of ``words_of`` what they are called says first who may be meant: then a
word that was typed has to begin a word there, or a part of one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, String, and_, func
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from induction.folding import ACCENTS, APOSTROPHES, LETTERS, PAIRS, fold


def patterns(typed: str) -> list[str]:
    """For each word that was typed, a pattern for ``matching``; wildcards are plain signs."""
    plain = re.sub("([/%_])", r"/\1", fold(typed) or "")
    return [f"%{word}%" for word in dict.fromkeys(plain.split())]


LONGEST_WORD = 40  # characters of it that the index has


def beginnings(typed: str) -> list[tuple[str, str]]:
    """For each of ``patterns``, the range of the index in which words begin so."""
    words = dict.fromkeys((fold(typed) or "").split())
    return [(begin, _beyond(begin)) for begin in (_bare(word)[:LONGEST_WORD] for word in words)]


def begin_plainly(typed: str) -> bool:
    """Whether whoever has a word that begins with one of these, has it as it was typed."""
    words = (fold(typed) or "").split()
    return all(word == _bare(word) and len(word) <= LONGEST_WORD for word in words)


def _bare(word: str) -> str:
    """Without signs before the first letter or digit: no word of the index begins with one."""
    return next((word[at:] for at, sign in enumerate(word) if sign.isalnum()), word)


def _beyond(begin: str) -> str:
    """What comes after every text that begins so: no character of a name is the last there is."""
    last = ord(begin[-1]) + 1
    return begin[:-1] + chr(0xE000 if last == 0xD800 else min(last, 0x10FFFF))


def words_of(text: str) -> set[str]:
    """The beginnings by which a text is found: of its words, and of the parts of these.

    O’Brien is found by “obrien” and “brien”, Smith-Jones by “jones”, L7004 by “7004”, a name in a
    script without capitals from each of its letters on, an address not by what is behind the @.
    """
    apart = re.sub(f"[{APOSTROPHES}]", " ", text)
    return {
        word[at : at + LONGEST_WORD]
        for one in {text, apart}
        for word in (fold(one) or "").split()
        for at in _begins(word.partition("@")[0])
    }


def _begins(word: str) -> Iterator[int]:
    """Where a word and its parts begin."""
    before = ""
    for at, sign in enumerate(word):
        if sign.isalnum() and (
            not before.isalnum()
            or sign.isdigit() != before.isdigit()
            or unicodedata.category(sign) == "Lo"
        ):
            yield at
        before = sign


def matching(
    wanted: Iterable[str | BindParameter[str]], *columns: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """Whether each pattern fits somewhere in these columns."""
    texts: list[ColumnElement[str]] = [func.coalesce(column, "") for column in columns]
    text = reduce(lambda one, other: one + " " + other, texts)
    return and_(True, *(Folded(text).like(pattern, escape="/") for pattern in wanted))


class Folded(GenericFunction[str]):
    """A text of the database, folded. ``prepare_engine`` makes the function known to SQLite."""

    name = "folded"
    type = String()
    inherit_cache = True


# PostgreSQL may know the cases of A to Z alone (LC_CTYPE C), so it is told those of the letters of
# Europe. Each costs a little with every name that is not plain ASCII.
_CAPITALS = {
    c: c.lower()
    for c in [*map(chr, [*range(0x80, 0x180), *range(0x370, 0x430)]), *"ƏҐẞ"]
    if c.lower() != c == unicodedata.normalize("NFD", c)
}
_SINGLE = {c: LETTERS.get(small, small) for c, small in _CAPITALS.items()} | LETTERS


@compiles(Folded, "postgresql")
def _on_postgresql(element: Folded, compiler: SQLCompiler, **given: Any) -> str:
    text = compiler.process(element.clauses, **given)
    dropped, letters = APOSTROPHES.replace("'", "''"), "".join(_SINGLE)
    bare = f"regexp_replace(normalize({text}, NFD), '{ACCENTS}', '', 'g')"
    folded = f"lower(translate({bare}, '{letters}{dropped}', '{''.join(_SINGLE.values())}'))"
    for pair, instead in PAIRS.items():
        folded = f"replace({folded}, '{pair}', '{instead}')"
    plain = f"translate(lower({text}), '''`', '')"
    return f"CASE WHEN octet_length({text}) = char_length({text}) THEN {plain} ELSE {folded} END"
