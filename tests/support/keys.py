"""A signing key that has been looked through once is not looked through again in this process.

That its numbers are primes takes the sixth part of a second, and every application opens its own
copy of one and the same key.
"""

from functools import lru_cache

from cryptography.hazmat.primitives import serialization


def look_once() -> None:
    """From now on, a file with the same bytes, opened with the same words, is the same key."""
    remembered = lru_cache(maxsize=64)(serialization.load_pem_private_key)
    vars(serialization)["load_pem_private_key"] = remembered
