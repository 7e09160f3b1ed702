"""Passwords: how they are hashed, and which ones are refused. Pure."""

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

MINIMUM = 12
MAXIMUM = 256  # hashing a novel would be a way to keep the server busy

# 19 MiB, two passes, one lane: the first recommendation of the OWASP Password Storage Cheat Sheet.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = (  # a hash with these parameters, of a password that no account has
    "$argon2id$v=19$m=19456,t=2,p=1$Smjv9qzu+P0LkNO2CZAR3A"
    "$hk7sjm9Aa+PAVwyxZWrMwPWmEA+ClzXlN/Q9o14yy1A"
)

ENOUGH = 4  # of zxcvbn's 0 to 4: ten thousand million guesses or more
_LOOKED_AT = 24  # characters, the first: variants of endless ones would keep the server busy
# What we, and those who write about passwords, have shown to everybody.
_OURS = ("induction", "learner", "learnerinduction", "correcthorsebattery")


def hash_password(password: str) -> str:
    """An Argon2id hash with its parameters inside."""
    return _hasher.hash(normal(password))


def normal(password: str) -> str:
    """One form of what keyboards write in several: NFKC (NIST SP 800-63B, section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Takes the same time where there is no such account.

    Older hashes are of a password as it was typed.
    """
    forms = dict.fromkeys((normal(password), password))
    right = [_is_right(password_hash or _NOBODY, form) for form in forms]
    return any(right) and password_hash is not None


def _is_right(password_hash: str, form: str) -> bool:
    try:
        return _hasher.verify(password_hash, form)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def weakness(password: str, *, own_words: tuple[str, ...] = ()) -> str | None:
    """Why this password is refused, in words for its owner; None where it is fine.

    ``own_words`` are what anyone could try first: the owner's name and e-mail, and the institute.
    """
    password = normal(password)
    if len(password) < MINIMUM:
        return f"Use at least {MINIMUM} characters. Three or four words together work well."
    if len(password) > MAXIMUM:
        return f"Use at most {MAXIMUM} characters."
    if _strength(password, own_words) < ENOUGH:
        return (
            "That is among the passwords that a stranger would try first: a common one, a name, a "
            "row of keys, or one of these with other signs or numbers added. Choose another. Three "
            "or four words that do not belong together work well."
        )
    return None


def _strength(password: str, own_words: tuple[str, ...]) -> int:
    """How hard it is to guess for who knows lists, names, keyboards and ways to spell: 0 to 4."""
    start = password[:_LOOKED_AT]
    run_together = re.sub(r"[\W_]", "", start)
    words = [*_OURS, *own_words, *_parts(own_words)]
    forms = [form for form in {start, run_together} if form]
    return min(int(zxcvbn(form, user_inputs=words)["score"]) for form in forms)


def _parts(words: tuple[str, ...]) -> list[str]:
    return [part for word in words for part in re.split(r"[\W_]+", word) if len(part) >= 3]
