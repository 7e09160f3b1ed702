"""Finding people and cohorts by what somebody types.

Letter case, accents, apostrophes, spaces and the order of the words do not matter. ``fold`` is
that rule. SQLite calls it; PostgreSQL has the same rule in words of its own.
"""

import re
import unicodedata
from collections.abc import Iterable
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
