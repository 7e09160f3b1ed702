"""What somebody else has changed while a form was open. Pure: values in, names of fields out."""

from collections.abc import Mapping
from hashlib import blake2s
from typing import Any


def mark(values: Mapping[str, Any]) -> str:
    """What a form was filled from, as it carries it along: a short digest for each field."""
    return " ".join(_digest(value) for value in values.values())


def changed(now: Mapping[str, Any], typed: Mapping[str, Any], seen: str) -> dict[str, bool]:
    """The fields that have changed since, to something else than what is typed.

    Each with whether the person changed it too. A mark that is missing or broken fits nothing.
    """
    marks = dict(zip(now, seen.split(), strict=False))
    return {
        name: _digest(typed[name]) != marks.get(name)
        for name, value in now.items()
        if value != typed[name] and _digest(value) != marks.get(name)
    }


def _digest(value: Any) -> str:
    return blake2s(repr(value).encode(), digest_size=6).hexdigest()
