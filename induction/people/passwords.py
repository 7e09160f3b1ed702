"""Passwords: how they are hashed, and which ones are refused. Pure."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM = 12
MAXIMUM = 256  # hashing a novel would be a way to keep the server busy

# 19 MiB, two passes, one lane: the first recommendation of the OWASP Password Storage Cheat Sheet.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = (  # a hash with these parameters, of a password that no account has
    "$argon2id$v=19$m=19456,t=2,p=1$Smjv9qzu+P0LkNO2CZAR3A"
    "$hk7sjm9Aa+PAVwyxZWrMwPWmEA+ClzXlN/Q9o14yy1A"
)

_COMMON = (
    "password", "passwort", "qwertyuiop", "qwerty", "asdfghjkl", "zxcvbnm", "letmein", "welcome",
    "iloveyou", "sunshine", "football", "liverpool", "arsenal", "chelsea", "princess", "monkey",
    "dragon", "charlie", "superman", "batman", "master", "shadow", "michael", "jordan", "england",
    "london", "manchester", "college", "student", "learner", "apprentice", "teacher", "tutor",
    "induction", "changeme", "default", "secret", "admin", "administrator", "login", "computer",
    "internet", "summer", "winter", "spring", "autumn", "abc", "qaz", "wsx", "trustno", "hello",
)  # fmt: skip


def hash_password(password: str) -> str:
    """An Argon2id hash with its parameters inside."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Takes the same time where there is no such account."""
    try:
        _hasher.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def weakness(password: str, *, own_words: tuple[str, ...] = ()) -> str | None:
    """Why this password is refused, in words for its owner; None where it is fine.

    ``own_words`` are the owner's name and e-mail, which anyone could try first.
    """
    if len(password) < MINIMUM:
        return f"Use at least {MINIMUM} characters. Three or four words together work well."
    if len(password) > MAXIMUM:
        return f"Use at most {MAXIMUM} characters."
    folded = password.casefold()
    if len(set(folded)) < 5:
        return "Use more different characters. Three or four words together work well."
    rest = folded
    for word in (*_own(own_words), *_COMMON):
        rest = rest.replace(word, "")
    if len(re.sub(r"[\W\d_]", "", rest)) < 4 and len(rest) < MINIMUM:
        return "That is among the first passwords that a stranger would try. Choose another."
    return None


def _own(words: tuple[str, ...]) -> list[str]:
    parts = [p for w in words for p in re.split(r"[\W_]+", w.casefold()) if len(p) >= 3]
    return sorted(parts, key=len, reverse=True)
