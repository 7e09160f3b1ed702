"""t07: which passwords are refused, and that one password is one, however a keyboard writes it."""

import time

import pytest

from induction.people import passwords

OWN = ("bronwen@college.example", "Bronwen Price", "Meliorate Learning")
GUESSED = """
123456789012 1234567890123 987654321098 1q2w3e4r5t6y zaq12wsxcde3 passw0rd1234 P@ssword1234
123qweasdzxc abcdefghijkl a1b2c3d4e5f6 administrator Administrator1 manchesterunited Meliorate2026
socialmediapolicy apprenticeship minecraft123 starwars1234 !@#$%^&*()_+ correcthorsebatterystaple
bronwenprice1 bronwen@college.example Bronwen.Price.2026 aaaaaaaaaaaaaaaa iloveyou12345
liverpoolfc2024 Summer2025!! l3tm31nl3tm31n letmein-welcome p.a.s.s.w.o.r.d learnerinduction1
drowssap4321 Meliorate-Learning
"""
GOOD = ["orchard lantern copper", "seven purple otters dance", "kX9#mv2LpQ7w", "tulip wagon frost"]


@pytest.mark.parametrize("password", GUESSED.split())
def test_t07_what_a_stranger_would_try_is_refused(password: str) -> None:
    assert "stranger" in (passwords.weakness(password, own_words=OWN) or "")


@pytest.mark.parametrize("password", GOOD)
def test_t07_words_that_do_not_belong_together_are_fine(password: str) -> None:
    assert passwords.weakness(password, own_words=OWN) is None


def test_t07_a_password_is_the_same_however_a_keyboard_writes_it() -> None:
    composed, apart, wide = (
        "caf\u00e9 orchard lantern",
        "cafe\u0301 orchard lantern",
        "ｃａｆé orchard lantern",
    )
    kept = passwords.hash_password(composed)
    assert passwords.verify(kept, apart)
    assert passwords.verify(kept, wide)
    assert not passwords.verify(kept, "cafe orchard lantern")


def test_t07_a_hash_from_before_is_of_what_was_typed() -> None:
    apart = "cafe\u0301 orchard lantern"
    assert passwords.verify(passwords._hasher.hash(apart), apart)


def test_t07_no_password_keeps_the_server_busy() -> None:
    begun = time.process_time()
    for worst in ("4@8({[<369&#!1/|0$5+7%2/" * 10, "1" * 256, "p@$$w0rd" * 32):
        passwords.weakness(worst, own_words=OWN)
    assert time.process_time() - begun < 10


def test_an_unknown_address_takes_as_long_as_a_known_one() -> None:
    assert not passwords.is_outdated(passwords._NOBODY), "a hash with today's parameters"
    assert not passwords.verify(None, "a password that no account has")
