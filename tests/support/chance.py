"""The system's random source, as tests meet it: the same numbers whenever the same test runs.

Ids, tokens, card numbers and the seeds of questions are drawn from it. What a test finds may
depend on them where the application is at fault; then it is found in every run or in none. With
THOROUGH=2 or more, each run meets others.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.thorough import FACTOR

_source = random.Random()


def take_over() -> None:
    """From now on ``secrets`` and ``random.SystemRandom`` draw from what is begun here."""
    if FACTOR == 1:
        vars(random)["_urandom"] = _source.randbytes


def begin(name: str) -> None:
    """Draw what whoever has this name draws."""
    if FACTOR == 1:
        _source.seed(name)
        random.seed(name)


@contextmanager
def of(name: str) -> Iterator[None]:
    """Draw what whoever has this name draws, and then go on as if they had drawn nothing."""
    before = _source.getstate(), random.getstate()
    begin(name)
    try:
        yield
    finally:
        _source.setstate(before[0])
        random.setstate(before[1])
