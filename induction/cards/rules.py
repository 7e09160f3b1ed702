"""What a PIN and a class code look like, and how long a class is open. Pure."""

import secrets
from datetime import timedelta
from itertools import pairwise

PIN_DIGITS = 6
CODE_LETTERS = 6
OPEN_FOR = timedelta(hours=1)  # a class code
AT_ONCE = 60  # cards that are made in one go: each PIN takes a moment to hash
# Neither vowels nor what looks like another sign: no code spells a word, and none is misread.
_LETTERS = "BCDFGHJKMNPQRTVWXYZ2346789"


def new_pin() -> str:
    """A PIN that is not among those that a stranger would try first."""
    while True:
        pin = f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"
        if not _likely(pin):
            return pin


def _likely(pin: str) -> bool:
    """Whether it has only two digits, repeats itself, or counts up or down."""
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    half = len(pin) // 2
    return len(set(pin)) < 3 or pin[:half] == pin[half:] or steps in ({1}, {-1})


def new_code() -> str:
    """A class code, to be written on a board."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LETTERS))


def typed_pin(text: str) -> str:
    """A PIN as it was printed, however it was typed: cards show it in two groups."""
    return "".join(text.split()).replace("-", "")


def typed_code(text: str) -> str:
    """A class code as we keep it, however it was typed."""
    return typed_pin(text).upper()


def in_groups(text: str) -> str:
    """A PIN or a code in two groups, as people read and type it."""
    half = len(text) // 2
    return f"{text[:half]} {text[half:]}"
