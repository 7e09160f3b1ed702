"""A password that was tried on a hash once is not worked out again in this process.

That takes a fortieth of a second by design, and everybody in the tests has one and the same. What
threads do at once takes them as long as ever: whoever races waits where people's requests do.
"""

from threading import current_thread, main_thread
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


def look_once() -> None:
    """From now on, the same hash and the same password have the same answer as before."""
    work_out, known = PasswordHasher.verify, dict[tuple[str | bytes, str | bytes], bool]()

    def verify(self: PasswordHasher, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        asked = hash, password
        if asked not in known or current_thread() is not main_thread():
            try:
                known[asked] = work_out(self, *asked)
            except VerifyMismatchError:
                known[asked] = False
        if not known[asked]:
            raise VerifyMismatchError
        return True

    PasswordHasher.verify = verify  # type: ignore[method-assign]
