"""Several things in the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(many: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of this in the same moment; what came of each, in order."""
    ready = Barrier(len(many))

    def one(what: Callable[[], T]) -> T:
        ready.wait()
        return what()

    with ThreadPoolExecutor(len(many)) as threads:
        return list(threads.map(one, many))
