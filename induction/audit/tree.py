"""The hash tree (Merkle tree) over the entries, and the proof that some of them are in it. Pure.

The tree is that of RFC 6962, as certificate transparency logs have it. Its leaves are the digests
of the entries in their order: a leaf is SHA-256 of a zero byte and the digest, a node SHA-256 of a
one byte and the two below it; of n leaves, as many stand on the left as the largest power of two
below n. A proof is what the inclusion proofs of all chosen entries have together, each hash once:
the roots of the largest parts without a chosen entry, from left to right.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Generator, Iterator, Sequence
from itertools import islice


class NotProven(ValueError):
    """The proof does not fit the entries that it is of."""


def prove(
    size: int, chosen: Sequence[int], digests: Iterator[bytes]
) -> Generator[bytes, None, bytes]:
    """The proof for the entries at these places, and at the end the root. Memory stays flat.

    ``size`` is how many entries there are, ``chosen`` are places from 0, rising.
    """
    return (yield from _proof_of(0, size, chosen, digests))


def _proof_of(
    first: int, end: int, chosen: Sequence[int], digests: Iterator[bytes]
) -> Generator[bytes, None, bytes]:
    within = bisect_left(chosen, end) - bisect_left(chosen, first)
    if within in (0, end - first):  # none, or all, which is no news to whoever has them
        whole = _root(islice(digests, end - first))
        if not within:
            yield whole
        return whole
    middle = _middle(first, end)
    left = yield from _proof_of(first, middle, chosen, digests)
    right = yield from _proof_of(middle, end, chosen, digests)
    return _node(left, right)


def root_by(
    size: int, chosen: Sequence[int], digests: Sequence[bytes], proof: Iterator[bytes]
) -> bytes:
    """The root that follows from these entries at these places and the proof.

    Raises NotProven where the proof is too short or too long, or a place is not in the tree.
    """
    if any(not 0 <= place < size for place in chosen):
        raise NotProven("an entry that came later")
    by_place = dict(zip(chosen, digests, strict=True))
    try:
        root = _root_by(0, size, chosen, by_place, proof)
    except StopIteration as error:
        raise NotProven("it is cut short") from error
    if next(proof, None) is not None:
        raise NotProven("it is too long")
    return root


def _root_by(
    first: int, end: int, chosen: Sequence[int], digests: dict[int, bytes], proof: Iterator[bytes]
) -> bytes:
    if bisect_left(chosen, first) == bisect_left(chosen, end):
        return next(proof)
    if end - first == 1:
        return _leaf(digests[first])
    middle = _middle(first, end)
    left = _root_by(first, middle, chosen, digests, proof)
    return _node(left, _root_by(middle, end, chosen, digests, proof))


def _middle(first: int, end: int) -> int:
    """Where the right part begins."""
    return first + (1 << (end - first - 1).bit_length() - 1)


def _root(digests: Iterator[bytes]) -> bytes:
    """The root over these entries; of none, the hash of nothing."""
    waiting: list[bytes] = []  # roots of full parts, the largest first
    for count, digest in enumerate(digests, 1):
        waiting.append(_leaf(digest))
        for _ in range((count & -count).bit_length() - 1):  # as often as two divides the count
            right = waiting.pop()
            waiting.append(_node(waiting.pop(), right))
    if not waiting:
        return hashlib.sha256(b"").digest()
    root = waiting.pop()
    while waiting:
        root = _node(waiting.pop(), root)
    return root


def _leaf(digest: bytes) -> bytes:
    return hashlib.sha256(b"\0" + digest).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
