"""Passages of a page that only some audiences read: kept in its one text, and left out of it."""

import re
from collections.abc import Iterable, Iterator

_PASSAGE = re.compile(r'<div data-for="([a-z0-9 -]+)">(.*?)</div>\n?', re.DOTALL)


def passage(audiences: Iterable[str], html: str) -> str:
    """What only these audiences read. ``html`` is rendered, so no ``div`` is in it."""
    return f'<div data-for="{" ".join(audiences)}">{html}</div>'


def passages_in(html: str) -> Iterator[tuple[frozenset[str], str]]:
    """Who reads each passage, and what it says."""
    return ((frozenset(names.split()), said) for names, said in _PASSAGE.findall(html))


def as_read_by(audience: str, html: str) -> str:
    """The text as this audience reads it."""
    return _PASSAGE.sub(lambda found: found[2] if audience in found[1].split() else "", html)
