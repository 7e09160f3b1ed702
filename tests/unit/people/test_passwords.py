from induction.people import passwords


def test_an_unknown_address_takes_as_long_as_a_known_one() -> None:
    assert not passwords.is_outdated(passwords._NOBODY), "a hash with today's parameters"
    assert not passwords.verify(None, "a password that no account has")
