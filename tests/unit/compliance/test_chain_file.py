"""The chain as lines: each is the text that the next one's digest is of."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.audit.chain import GENESIS, Link, digest
from induction.compliance.chain_file import ChainReader, text_of

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@given(TEXT, TEXT, TEXT, TEXT, st.integers(1, 10**9))
def test_a_line_is_the_text_that_was_digested(
    actor: str, action: str, subject: str, details: str, seq: int
) -> None:
    fields = (seq, "2026-11-23T12:00:00.000000+00:00", actor, action, subject, details, "", GENESIS)
    link = Link(*fields, digest=digest(*fields))
    assert hashlib.sha256(text_of(link)).hexdigest() == link.digest


def chain(length: int) -> list[bytes]:
    previous, lines = GENESIS, []
    for seq in range(1, length + 1):
        fields = (seq, "2026-11-23T12:00:00+00:00", "system", "x:y", f"s:{seq}", "{}", "", previous)
        previous = digest(*fields)
        lines.append(text_of(Link(*fields, digest=previous)))
    return lines


def test_a_whole_chain_holds() -> None:
    reader = ChainReader()
    assert reader.walk(chain(20)) is None
    assert reader.seq == 20


@pytest.mark.parametrize("at", [0, 7, 17])
def test_an_edited_a_missing_and_a_moved_entry_are_named(at: int) -> None:
    edited, missing, moved = chain(20), chain(20), chain(20)
    edited[at] = edited[at].replace(b'"system"', b'"nobody"')
    del missing[at]
    moved[at], moved[at + 1] = moved[at + 1], moved[at]
    for lines in (edited, missing, moved):
        broken = ChainReader().walk(lines)
        assert broken is not None
        assert broken.seq == at + 1
