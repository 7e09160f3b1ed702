"""The chain as lines: each is the text that the next one's digest is of."""

import pytest

from induction.audit.chain import GENESIS, digest, text_of
from induction.audit_pack.chain_file import EntryReader


def chain(length: int) -> list[bytes]:
    previous, lines = GENESIS, []
    for seq in range(1, length + 1):
        fields = (seq, "2026-11-23T12:00:00+00:00", "system", "x:y", f"s:{seq}", "{}", "", previous)
        previous = digest(*fields)
        lines.append(text_of(*fields).encode())
    return lines


def test_a_whole_chain_holds() -> None:
    reader = EntryReader()
    assert reader.walk(chain(20)) is None
    assert reader.seqs == [20]


@pytest.mark.parametrize("at", [0, 7, 17])
def test_an_edited_a_missing_and_a_moved_entry_are_named(at: int) -> None:
    edited, missing, moved = chain(20), chain(20), chain(20)
    edited[at] = edited[at].replace(b'"system"', b'"nobody"')
    del missing[at]
    moved[at], moved[at + 1] = moved[at + 1], moved[at]
    for lines in (edited, missing, moved):
        broken = EntryReader().walk(lines)
        assert broken is not None
        assert broken.seq == at + 1
