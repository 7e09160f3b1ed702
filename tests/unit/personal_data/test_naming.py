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


MORWENNA = Naming(["Morwenna Quoylex"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask Miss Quoylex.", f"Ask {X}."),
        ("ASK MISS QUOYLEX", f"ASK {X}"),
        ("Quoylex, M. was late", f"{X} was late"),
        ("With M Quoylex, Quoylex M and M. J. Quoylex’s bag", f"With {X}, {X} and {X}’s bag"),
        ("Dr. M.Quoylex and Quoylex M.J. too", f"{X} and {X} too"),
        ("Morwenna Jane Quoylex; Morwenna J. Quoylex. Morwenna!", f"{X}; {X}. Morwenna!"),
    ],
)
def test_what_else_is_this_name_for_certain_is_taken_out_too(text: str, left: str) -> None:
    assert MORWENNA.found_in(text)
    assert MORWENNA.taken_out(text, X) == left
    assert not MORWENNA.unsure_in(text)


def test_a_name_with_particles_or_two_letters_is_found_by_its_title() -> None:
    naming = Naming(["Jan Peter van der Berg", "Ang Li", "Chen Wei Ming"], families=["Chen"])
    text = "Mr van der Berg, Jan van der Berg, Ms Li, A. Lin, C. Li, Miss Chen, Chen W. M."
    assert naming.taken_out(text, X) == f"{X}, {X}, {X}, A. Lin, C. Li, {X}, {X}."


ANNA = Naming(["Anna Brown"])


@pytest.mark.parametrize(
    "text",
    [
        "A Brown coat, a brown coat and brown bread",
        "Brown, I think, and Brown A",
        "P. Brown of Group A. Brown paper",
        "miss brown",
        "Miss P. Brown",
        "anna may brown",
    ],
)
def test_where_a_family_name_may_be_a_word_somebody_decides(text: str) -> None:
    assert not ANNA.found_in(text)
    assert ANNA.taken_out(text, X) == text
    assert ANNA.unsure_in(text)
    assert "brown" not in ANNA.taken_out(text, X, unsure=True).lower()


def test_a_family_name_that_others_have_too_is_decided_by_somebody() -> None:
    naming = Naming(["Anna Brzght"], others=["Kim Brzght"])
    text = "Ms Brzght and A. M. Brzght"
    assert not naming.found_in(text)
    assert [(part.before, part.found, part.after) for part in naming.unsure_in(text)] == [
        ("", "Ms Brzght", " and A. M. Brzght"),
        ("Ms Brzght and ", "A. M. Brzght", ""),
    ]
    assert naming.taken_out("Anna May Brzght, Kim Brzght", X) == f"{X}, Kim Brzght"


def test_nobody_elses_longer_name_is_a_family_name() -> None:
    assert not ANNA.unsure_in("Browne, Anna-Brown, Brown-Lee and brown@college.example")


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
