"""The rules of the chain, for any entries and any change to them."""

from hashlib import sha256
from typing import Any

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from induction.audit.chain import FIELDS, GENESIS, Link, canonical, commit_to, digest, first_break

words = st.text(max_size=20)


def chain_of(contents: list[tuple[str, str]]) -> list[Link]:
    links: list[Link] = []
    previous = GENESIS
    for seq, (actor, details) in enumerate(contents, start=1):
        fields = (seq, "2026-11-23T12:00:00+00:00", actor, "act", "subject", details, "", previous)
        previous = digest(*fields)
        links.append(Link(*fields, previous))
    return links


chains = st.lists(st.tuples(words, words), min_size=1, max_size=30).map(chain_of)


@given(chains)
def test_a_chain_as_written_holds(links: list[Link]) -> None:
    assert first_break(links) is None


@given(chains, st.data())
def test_an_edited_entry_is_named(links: list[Link], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(links) - 1))
    field = data.draw(st.sampled_from(["actor", "details", "action", "subject", "at"]))
    links[at] = links[at]._replace(**{field: getattr(links[at], field) + "x"})
    found = first_break(links)
    assert found is not None
    assert found.seq == links[at].seq


@given(chains, st.data())
def test_a_missing_entry_is_named_unless_it_was_the_last(
    links: list[Link], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(links) - 1))
    gone = links.pop(at)
    found = first_break(links)
    assert (found is None) == (at == len(links))
    assert found is None or found.seq == gone.seq


@given(chains.filter(lambda links: len(links) > 1), st.data())
def test_swapped_entries_are_named(links: list[Link], data: st.DataObject) -> None:
    one, other = sorted(
        data.draw(st.lists(st.integers(0, len(links) - 1), min_size=2, max_size=2, unique=True))
    )
    links[one], links[other] = links[other], links[one]
    found = first_break(links)
    assert found is not None
    assert found.seq == one + 1


@settings(max_examples=30)
@given(st.text(min_size=1), st.text(), st.text())
def test_a_commitment_binds_data_and_salt(salt: str, data: str, other: str) -> None:
    committed = commit_to(salt, data)
    assert (commit_to(salt, other) == committed) == (other == data)
    assert commit_to(salt + "x", data) != committed


@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, st.text()) | {"seq": st.integers(1, 2**53 - 1)}))
def test_an_entry_is_digested_as_rfc_8785_writes_it(fields: dict[str, Any]) -> None:
    assert digest(*(fields[name] for name in FIELDS)) == sha256(rfc8785.dumps(fields)).hexdigest()


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.floats(0, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_what_is_digested_is_rfc_8785(value: dict[str, object]) -> None:
    assert canonical(value) == rfc8785.dumps(value).decode()  # type: ignore[arg-type]
