"""The HTML part is the text part, told apart into what it is made of."""

import pytest

from induction.mail.html_part import blocks

HOME = "https://induction.example"


def kinds(body: str) -> list[str]:
    return [block.kind for block in blocks(body, HOME)]


def test_the_first_address_of_ours_that_stands_alone_is_the_button() -> None:
    body = f"Hello Ann,\n\nBegin here:\n\n{HOME}/link/a-b_c\n\nAlso:\n\n{HOME}/help\n\nBye"
    assert kinds(body) == ["words", "words", "button", "words", "words", "words"]
    (button,) = [block for block in blocks(body, HOME) if block.kind == "button"]
    assert button.lines == [[(f"{HOME}/link/a-b_c", f"{HOME}/link/a-b_c")]]


def test_an_address_that_has_a_line_to_itself_is_the_button_too() -> None:
    assert kinds(f"You are at: Section 3.\n{HOME}/induction\nBye") == ["words", "button", "words"]


def test_an_address_within_a_sentence_is_a_link_without_the_full_stop() -> None:
    (block,) = blocks(f"Look at {HOME}/verify. It is free.", HOME)
    assert block.lines == [
        [("Look at ", ""), (f"{HOME}/verify", f"{HOME}/verify"), (". It is free.", "")]
    ]


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/x", f"{HOME}.evil.example/x", f"{HOME}@evil.example/", "javascript:x"],
)
def test_addresses_of_others_are_words(address: str) -> None:
    (block,) = blocks(address, HOME)
    assert block.kind == "words"
    assert not any(href for line in block.lines for _, href in line)


def test_a_list_is_a_list_with_what_goes_on_below_its_points() -> None:
    body = "What has changed:\n- One\n  Why: because\n- Two\nAnd so on."
    found = blocks(body, HOME)
    assert [block.kind for block in found] == ["words", "list", "words"]
    assert found[1].lines == [[("One\n  Why: because\n", "")], [("Two", "")]]


def test_a_command_and_json_are_kept_as_they_stand_and_turning_off_is_quiet() -> None:
    body = '    flask audit verify\n\n{\n "seq": 1\n}\n\nYou can turn these messages off at x'
    assert kinds(body) == ["kept", "kept", "quiet"]
