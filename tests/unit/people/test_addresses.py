"""An address is what email_validator says, also where that is not asked about the whole of it."""

import pytest
from email_validator import EmailNotValidError, validate_email

from induction.people.accounts import NotAnAccount, clean_email

BEFORE = ["ann", "Ann.Lee", "a_b-c+d", "a..b", ".a", "a.", "o'neil", '"a b"', "ä", "a" * 65, ""]
BEHIND = [
    "x.example", "X.Example", "localhost", "a.local", "x", "x..y", "-x.com", "xn--mnchen-3ya.de",
    "münchen.de", "x.com.", "a" * 64 + ".com", "1.2.3.4", "x.invalid", "x_y.com", "x.c",
]  # fmt: skip


def told(address: str) -> str:
    """The address as it is compared, or why it is none."""
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return f"“{address}” is not an email address: {error}"
    return checked.normalized.lower()


def ours(address: str) -> str:
    try:
        return clean_email(address)
    except NotAnAccount as error:
        return str(error)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("behind", BEHIND)
def test_what_is_plain_before_the_at_is_taken_as_the_whole_would_be(
    before: str, behind: str
) -> None:
    address = f"{before}@{behind}"
    assert ours(address) == told(address)
