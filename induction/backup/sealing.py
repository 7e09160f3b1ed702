"""Encrypting a backup while it is written, and opening it again (age, age-encryption.org).

A backup is encrypted to a recipient, so that the machine that makes it cannot read it: whoever
restores has the identity, which is kept elsewhere.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage  # type: ignore[import-untyped]

from induction.refusals import InvalidInput

_MAGIC = b"age-encryption.org/v1"


class NotSealed(InvalidInput):
    """The recipient, the identity or the sealed file cannot be used. The message says why."""


def recipient(text: str) -> Any:
    """The public key of whoever may open a backup. Raises NotSealed."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise NotSealed("not an age recipient, which looks like age1…") from error


def is_sealed(path: Path) -> bool:
    """Whether a file is encrypted with age."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def sealed_for(to: str, file: IO[bytes]) -> Iterator[IO[bytes]]:
    """What is written into the block's file arrives encrypted in ``file``. Raises NotSealed."""
    who, failed = recipient(to), []
    read_end, write_end = os.pipe()

    def seal() -> None:
        with os.fdopen(read_end, "rb") as plain:
            try:
                pyrage.encrypt_io(plain, file, [who])
            except BaseException as error:  # noqa: BLE001  said in the thread that waits
                failed.append(error)

    sealing = threading.Thread(target=seal)
    sealing.start()
    try:
        with os.fdopen(write_end, "wb") as plain:
            yield plain
    finally:
        sealing.join()
    if failed:
        raise OSError(f"the backup could not be encrypted: {failed[0]}")


def open_sealed(path: Path, identity: Path | None, into: Path) -> None:
    """Decrypt a file into another, which its owner alone can read. Raises NotSealed."""
    if identity is None:
        raise NotSealed("it is encrypted; give the file with its identity as --identity")
    keys = [line for line in identity.read_text().splitlines() if line.startswith("AGE-SECRET-KEY")]
    if not keys:
        raise NotSealed(f"{identity.name} holds no age identity (AGE-SECRET-KEY-…)")
    try:
        identities = [pyrage.x25519.Identity.from_str(key.strip()) for key in keys]
        into.touch(mode=0o600, exist_ok=False)
        with path.open("rb") as sealed, into.open("wb") as plain:
            pyrage.decrypt_io(sealed, plain, identities)
    except (pyrage.IdentityError, pyrage.DecryptError) as error:
        raise NotSealed(f"{identity.name} does not open it, or it is damaged") from error
