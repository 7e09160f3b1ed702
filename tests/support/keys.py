"""Keys are made once in each process: to find their primes takes a fifth of a second each.

Most tests make one in passing. Within a test no two are alike, and none is like one that several
tests share.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

_make = rsa.generate_private_key
_made: defaultdict[tuple[Any, ...], list[rsa.RSAPrivateKey]] = defaultdict(list)
_given: Counter[tuple[Any, ...]] = Counter()
_one_by_one = Lock()
_shared = [True]  # until the first test begins


def make_once() -> None:
    """From now on, each test is given the keys that the test before it was given, in order."""
    vars(rsa)["generate_private_key"] = _generate


def begin() -> None:
    """A test begins."""
    _given.clear()
    _shared.clear()


@contextmanager
def of_several() -> Iterator[None]:
    """What is made here is for several tests, and has keys of its own."""
    _shared.append(True)
    try:
        yield
    finally:
        _shared.pop()


def _generate(public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
    if _shared:
        return _make(public_exponent, key_size)
    kind = public_exponent, key_size
    with _one_by_one:
        so_far, place = _made[kind], _given[kind]
        if place == len(so_far):
            so_far.append(_make(public_exponent, key_size))
        _given[kind] += 1
        return so_far[place]
