import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.certificates.number import ALPHABET, LENGTH, new_number, normalise, number_of

# As those in a SafeLink, with a part that passes the check of a number.
GUID = next(
    guid
    for digit in ALPHABET[:16]
    for end in ALPHABET[:16]
    if normalise((guid := f"1a2b3c4d-5e6f-4a{digit}{end}-9c8d-0123456789ab")[:18])
)
numbers = st.builds(number_of, st.integers(0, 2 ** (5 * (LENGTH - 1)) - 1))


def mistyped(number: str, at: int, letter: str) -> str:
    letters = list(number.replace("-", ""))
    letters[at] = letter
    return "".join(letters)


def test_numbers_are_four_groups_of_four_and_never_the_same() -> None:
    made = {new_number() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", n) for n in made)


def test_every_place_but_the_check_is_random() -> None:
    # 75 bits: each of 15 places takes every one of 32 letters.
    made = [new_number().replace("-", "") for _ in range(2000)]
    assert all(len({number[at] for number in made}) == len(ALPHABET) for at in range(LENGTH - 1))


@given(numbers)
def test_a_number_is_its_own_normal_form(number: str) -> None:
    assert normalise(number) == number


@given(numbers, st.sampled_from([" ", "", "-", " - ", "–", "\u00a0", "\u200b", "  "]))
def test_case_spaces_and_dashes_are_forgiven(number: str, between: str) -> None:
    assert normalise(f"  {number.lower().replace('-', between)}\n") == number


@given(numbers)
def test_letters_that_look_like_digits_are_forgiven(number: str) -> None:
    for digit, letters in {"0": "Oo", "1": "IiLl"}.items():
        for letter in letters:
            assert normalise(number.replace(digit, letter)) == number


@given(numbers)
def test_the_status_address_pasted_whole_is_understood(number: str) -> None:
    assert normalise(f"https://induction.example/verify/{number}/") == number


@given(
    numbers,
    st.sampled_from(
        [
            "Certificate no. {}.", "“{}”", "<{}>", "({})", "{}, please", "Their number: {}\nThanks",
            "https://induction.example/verify/{}?utm_source=mail", "verify/{}#top", "Cert {} Lee",
        ]
    ),
)  # fmt: skip
def test_f14_what_stands_around_a_number_is_forgiven(number: str, around: str) -> None:
    assert normalise(around.format(number)) == number


@given(numbers, st.integers(0, 2))
def test_an_address_inside_another_is_understood(number: str, again: int) -> None:
    inner = f"https://induction.example/verify/{number}"
    for _ in range(again):
        inner = quote(inner, safe="")
    wrapped = (
        f"https://eur03.safelinks.protection.outlook.com/?url={quote(inner, safe='')}&data=05%7C02"
        f"%7Cann%40x.example%7C{GUID}%7C0%7C0%7C638&sdata={quote(GUID)}%3D&reserved=0"
    )
    assert normalise(wrapped) == number
    assert normalise(f"100% sure: {number}") == number
    assert normalise(f"%{number}") == number


@pytest.mark.parametrize(
    "text",
    [
        "Cert WTHP-Z4NX-66PR-08B1 Lee",
        "cert-WTHP-Z4NX-66PR-08B1.pdf",
        "Cert WTHP Z4NX 66PR 08B1",
        "CERT-WTHP-Z4NX-66PR-08B1",
    ],
)
def test_a_word_that_passes_the_check_with_twelve_of_its_characters_is_no_part(text: str) -> None:
    assert normalise("CERT-WTHP-Z4NX-66PR") == "CERT-WTHP-Z4NX-66PR"
    assert normalise(text) == "WTHP-Z4NX-66PR-08B1"


@given(numbers, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_t20_every_single_wrong_character_is_found(number: str, at: int, letter: str) -> None:
    if number.replace("-", "")[at] != letter:
        assert normalise(mistyped(number, at, letter)) is None


@given(numbers, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_t20_every_swap_of_two_characters_is_found(number: str, one: int, other: int) -> None:
    letters = list(number.replace("-", ""))
    if letters[one] != letters[other]:
        letters[one], letters[other] = letters[other], letters[one]
        assert normalise("".join(letters)) is None


@given(numbers, st.integers(0, LENGTH - 2), st.sampled_from(ALPHABET), st.sampled_from(ALPHABET))
def test_t20_every_doubled_character_mistyped_is_found(
    number: str, at: int, meant: str, typed: str
) -> None:
    one = mistyped(number, at, meant)
    doubled = mistyped(one, at + 1, meant)
    whole = next(n for c in ALPHABET if (n := normalise(doubled[:-1] + c)) or at == LENGTH - 2)
    if at < LENGTH - 2 and meant != typed and whole is not None:
        assert normalise(mistyped(mistyped(whole, at, typed), at + 1, typed)) is None


@given(st.text(max_size=40))
def test_anything_else_is_no_number(text: str) -> None:
    found = normalise(text)
    assert found is None or normalise(found) == found


def test_what_is_too_short_or_too_long_or_holds_another_letter_is_no_number() -> None:
    number = new_number()
    assert normalise(number[:-1]) is None
    assert normalise(number + "0") is None
    assert normalise("U" + number[1:]) is None
    assert normalise("") is None
