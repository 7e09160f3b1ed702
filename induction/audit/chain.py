"""The rules of the chain: how an entry is digested and how a chain is checked. Pure.

Canonical JSON is RFC 8785; digests are SHA-256 in hex. The first entry's ``previous`` is 64 zeros.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import rfc8785

GENESIS = "0" * 64
FIELDS = ("seq", "at", "actor", "action", "subject", "details", "commitment", "previous")


class Link(NamedTuple):
    """One entry as it is digested and exported. A tuple, since a chain is long."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: str
    commitment: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    seq: int
    reason: str


def canonical(value: Mapping[str, Any]) -> str:
    """RFC 8785 canonical JSON as text."""
    plain = dict(value)
    return _quickly(plain) if _is_simple(plain) else rfc8785.dumps(plain).decode()


_EXACT = frozenset({str, bool, type(None)})


def _is_simple(value: object) -> bool:
    """Whether the standard encoder writes this exactly as RFC 8785 does.

    Texts, truth values, small whole numbers and lists are written alike; keys sort alike where
    they are ASCII. Other numbers and keys are not simple.
    """
    if type(value) in _EXACT:
        return True
    if type(value) is int:
        return -(2**53) < value < 2**53
    if type(value) is dict:
        return "".join(value).isascii() and _all_simple(value.values())
    return (type(value) is list or type(value) is tuple) and _all_simple(value)


def _all_simple(values: Iterable[object]) -> bool:
    return _EXACT.issuperset(map(type, values)) or all(map(_is_simple, values))


_quickly = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def text_of(*fields: Any) -> str:
    """An entry's FIELDS in canonical form: what its digest is of."""
    return canonical(dict(zip(FIELDS, fields, strict=True)))


def digest(*fields: Any) -> str:
    """The digest that binds an entry to all before it, from its FIELDS."""
    return hashlib.sha256(text_of(*fields).encode()).hexdigest()


def commit_to(salt: str, data: str) -> str:
    """Binds personal data to an entry without revealing it: SHA-256 keyed by a random salt."""
    return hmac.new(salt.encode(), data.encode(), hashlib.sha256).hexdigest()


def first_break(links: Iterable[Link], *, previous: str = GENESIS, after: int = 0) -> Break | None:
    """Walk the chain; the first entry that does not hold, or None.

    A walk that was interrupted goes on from the digest of entry ``after``.
    """
    expected = after + 1
    for link in links:
        if link.seq != expected:
            return Break(expected, f"entry {expected} is missing or out of order")
        if link.previous != previous:
            return Break(link.seq, f"entry {link.seq} does not follow the entry before it")
        if digest(*link[:-1]) != link.digest:
            return Break(link.seq, f"entry {link.seq} has been changed since it was written")
        previous, expected = link.digest, expected + 1
    return None
