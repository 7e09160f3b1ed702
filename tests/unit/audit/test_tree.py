"""The tree over the entries: the one of RFC 6962, and proofs that nothing else passes."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.audit.tree import NotProven, prove, root_by

DIGESTS = [hashlib.sha256(b"%d" % n).digest() for n in range(70)]


def of_the_rfc(digests: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not digests:
        return hashlib.sha256(b"").digest()
    if len(digests) == 1:
        return hashlib.sha256(b"\0" + digests[0]).digest()
    k = 1
    while k * 2 < len(digests):
        k *= 2
    both = of_the_rfc(digests[:k]) + of_the_rfc(digests[k:])
    return hashlib.sha256(b"\1" + both).digest()


def proven(size: int, chosen: list[int]) -> tuple[list[bytes], bytes]:
    """The proof and the root that its maker ends with."""
    making, proof = prove(size, chosen, iter(DIGESTS[:size])), []
    while True:
        try:
            proof.append(next(making))
        except StopIteration as end:
            return proof, end.value


@st.composite
def some(draw: st.DrawFn) -> tuple[int, list[int]]:
    size = draw(st.integers(1, len(DIGESTS)))
    return size, sorted(draw(st.sets(st.integers(0, size - 1))))


@given(some())
def test_the_root_is_that_of_the_rfc_and_follows_from_the_proof(
    case: tuple[int, list[int]],
) -> None:
    size, chosen = case
    proof, root = proven(size, chosen)
    assert root == of_the_rfc(DIGESTS[:size])
    assert root_by(size, chosen, [DIGESTS[n] for n in chosen], iter(proof)) == root
    assert len(proof) <= max(1, len(chosen) * size.bit_length()), "no more than a path for each"


@given(some().filter(lambda case: bool(case[1])), st.data())
def test_no_other_entry_and_no_other_place_leads_to_the_root(
    case: tuple[int, list[int]], data: st.DataObject
) -> None:
    size, chosen = case
    proof, root = proven(size, chosen)
    one = data.draw(st.integers(0, len(chosen) - 1))
    digests = [DIGESTS[n] for n in chosen]
    digests[one] = hashlib.sha256(b"another").digest()
    assert root_by(size, chosen, digests, iter(proof)) != root
    moved = sorted({*chosen[:one], *chosen[one + 1 :], (chosen[one] + 1) % size})
    if len(moved) == len(chosen) and moved != chosen:
        with suppress(NotProven):
            assert root_by(size, moved, [DIGESTS[n] for n in chosen], iter(proof)) != root


@pytest.mark.parametrize("change", ["shorter", "longer", "later"])
def test_a_proof_of_the_wrong_length_and_a_later_entry_prove_nothing(change: str) -> None:
    proof, _ = proven(20, [3, 11])
    chosen = [3, 20] if change == "later" else [3, 11]
    proof = {"shorter": proof[:-1], "longer": [*proof, proof[0]], "later": proof}[change]
    with pytest.raises(NotProven):
        root_by(20, chosen, [DIGESTS[3], DIGESTS[11]], iter(proof))
