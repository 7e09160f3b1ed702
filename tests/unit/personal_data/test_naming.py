"""People are found however they are spelt, and nobody else is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.names import NotAName, clean_name
from induction.personal_data.naming import LEAST, Naming

X = "Details erased"
NAMING = Naming(
    ["Zoë O’Kell-Ünal", "Anna Brzght", "Li Wu"],
    ["ann@college.example", "L7001", "20261234"],
    ["Anna Brzght Jones"],
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ZOË O'KELL-ÜNAL came", f"{X} came"),
        (unicodedata.normalize("NFD", "With Zoë O’Kell-Ünal."), f"With {X}."),
        ("O’Kell-Ünal, Zoë", X),
        ("Zoe\u00a0OKell Unal’s book, Anna Brzght's", f"{X}’s book, {X}'s"),
        ('{"name":"Li Wu","ref":"l7001"}', f'{{"name":"{X}","ref":"{X}"}}'),
        ("Wrote to ANN@college.example. Number 20261234?", f"Wrote to {X}. Number {X}?"),
    ],
)
def test_every_spelling_is_taken_out(text: str, left: str) -> None:
    assert NAMING.taken_out(text, X) == left
    assert NAMING.found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Anna Brzght Jones, Anna Brzght-Lee and Joanna Brzght",
        "joann@college.example, ann@college.example.org, ann college example",
        "XL7001 L7001a L700 1, 202612345",
        "Li wurde krank; Zoë and Ünal came with O’Kell",
        "anna.brzght@other.example",
    ],
)
def test_nobody_else_is(text: str) -> None:
    assert not NAMING.found_in(text)
    assert NAMING.taken_out(text, X) == text


def test_a_year_and_a_short_word_are_looked_for_by_nobody() -> None:
    naming = Naming(["Bo"], ["2026", "A1"])
    assert not naming.words
    assert naming.taken_out("Bo, in 2026, on the A1", X) == "Bo, in 2026, on the A1"


@st.composite
def names(draw: st.DrawFn) -> str:
    letters = st.characters(
        categories=["Lu", "Ll"], max_codepoint=0x24F, exclude_characters="ŉ"
    )  # whose capital is an apostrophe and an N
    words = draw(st.lists(st.text(letters, min_size=2, max_size=9), min_size=1, max_size=3))
    try:
        return clean_name(" ".join(words))
    except NotAName:  # not one of these letters
        return "Ann Example"


@given(names())
def test_any_name_is_found_in_any_case_and_composition(name: str) -> None:
    for typed in (name, name.upper(), name.lower(), unicodedata.normalize("NFD", name)):
        left = Naming([name]).taken_out(f"I saw {typed}, twice.", X)
        assert len(name) < LEAST or left == f"I saw {X}, twice."
