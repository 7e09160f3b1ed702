"""Certificate numbers: 75 random bits that can be read over a telephone.

Sixteen characters of Crockford's base 32 in four groups, the last a check character. The alphabet
has no I, L, O or U, so nothing that people write for something else is ambiguous.

The check is a Reed-Solomon digit over the field of 32 elements: each place has a weight of its own,
so that one wrong character, two characters swapped (neighbours or not) and a doubled character
mistyped (``AA`` for ``BB``) are always found, before any look-up.
"""

import re
import secrets
import unicodedata
from urllib.parse import unquote

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1"})
_APART = re.compile(r"[\s-]+")
_IN_TEXT = re.compile(  # wherever a word begins, as words of four letters may stand before it
    rf"(?<![0-9A-Z])(?=([0-9A-Z](?:[\s-]*[0-9A-Z]){{{LENGTH - 1}}})(?![0-9A-Z]))"
)
_WRAPPED = 3  # times that an address may stand inside another, as mail programs put it there
_FIELD = 0b100101  # x^5 + x^2 + 1: primitive, so the first 31 powers of x are all different


def new_number() -> str:
    """A number that nobody can guess, from the operating system's random source."""
    return number_of(secrets.randbits(5 * (LENGTH - 1)))


def number_of(bits: int) -> str:
    """The number that these 75 bits are written as."""
    digits = [bits >> 5 * place & 31 for place in range(LENGTH - 1)]
    letters = "".join(ALPHABET[digit] for digit in [*digits, _times_x(_sum(digits))])
    return _grouped(letters)


def normalise(text: str) -> str | None:
    """The number as printed, whatever the case, spaces and hyphens; None where it cannot be one.

    Forgives O for 0 and I or L for 1, full-width letters, any dash, and what stands around a
    number in a letter, in brackets, or in the status address, also where a mail program has put
    that into one of its own. Of several that could be numbers, that of our address goes first, then
    one divided alike throughout, then the later: a word of four letters that stands before a number
    passes the check once in 32 times.
    """
    opened = [text]
    while len(opened) <= _WRAPPED and (inner := unquote(opened[-1])) != opened[-1]:
        opened.append(inner)
    return next((number for layer in reversed(opened) if (number := _found_in(layer))), None)


def _found_in(text: str) -> str | None:
    seen = (
        "-" if unicodedata.category(c) == "Pd" else c
        for c in unicodedata.normalize("NFKC", text)
        if unicodedata.category(c) != "Cf"
    )
    sound = []
    for found in _IN_TEXT.finditer(plain := "".join(seen).upper()):
        letters = _APART.sub("", found[1]).translate(_FORGIVEN)
        if all(c in _VALUES for c in letters) and not _sum([_VALUES[c] for c in letters]):
            alike = len(set(_APART.findall(found[1]))) <= 1
            ours = plain.endswith("/VERIFY/", 0, found.start())
            sound.append((ours, alike, found.start(), letters))
    return _grouped(max(sound)[3]) if sound else None


def _sum(digits: list[int]) -> int:
    """The digits as a polynomial's value at x; zero for a whole and sound number."""
    total = 0
    for digit in digits:
        total = _times_x(total) ^ digit
    return total


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ _FIELD if doubled & 32 else doubled


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + 4] for at in range(0, LENGTH, 4))
