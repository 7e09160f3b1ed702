import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.names import likeness, plainly_another

WHO = "Samantha Jane O’Neill"


@pytest.mark.parametrize(
    "typed",
    [WHO, "samantha oneill", "O'Neill, Samantha", "Sam O’Neill", "S. J. O’Neill", "Samantha-Jane",
     "SÁMANTHA  JANE  ONEILL"],
)  # fmt: skip
def test_the_same_name_in_another_form_is_not_asked_about(typed: str) -> None:
    assert not plainly_another(typed, WHO)


@pytest.mark.parametrize("typed", ["Robin Hood", "Samantha Brown", "সামান্থা", "Jane Hood O’Neill"])
def test_another_name_is_asked_about(typed: str) -> None:
    assert plainly_another(typed, WHO)


def test_letters_that_have_no_accent_to_take_off_are_folded_too() -> None:
    assert likeness("Łukasz Żak") == likeness("zak LUKASZ") != likeness("Lukas Zak")


@given(st.lists(st.sampled_from(["Ana", "Maria", "Żak", "de", "Ó", "Briain"]), min_size=1))
def test_a_name_is_never_another_than_itself_whatever_its_order(parts: list[str]) -> None:
    assert not plainly_another(" ".join(parts), " ".join(reversed(parts)))
