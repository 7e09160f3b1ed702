"""A file that waits on disk until its size and digests are known: an archive needs them first."""

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO

from induction.audit_pack.stored_zip import CHUNK


class Spool:
    """Takes bytes, and gives them back once."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115
        self._sha = hashlib.sha256()
        self.size = self.crc = 0

    def write(self, data: bytes) -> None:
        """Add to its end."""
        self._file.write(data)
        self._sha.update(data)
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)

    @property
    def digest(self) -> bytes:
        """SHA-256 of all that was written."""
        return self._sha.digest()

    @property
    def sha256(self) -> str:
        """The same in hex."""
        return self._sha.hexdigest()

    def drain(self) -> Iterator[bytes]:
        """All of it; afterwards the file is gone."""
        self._file.seek(0)
        while chunk := self._file.read(CHUNK):
            yield chunk
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
