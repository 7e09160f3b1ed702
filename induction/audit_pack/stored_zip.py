"""A ZIP archive made while it is sent: files stored as they are, no seeking, memory flat. Pure.

The standard library can stream too, but then a file's size stands behind it, where a reader that
goes from front to back comes too late, and an object for each file stays in memory to the end.
Here every size and checksum stands in front, and the table of contents waits in a temporary file.

The frame follows from names and contents alone, so whoever checks an archive can make it again
and compare it byte by byte (see ``opened_zip``).
"""

import struct
import tempfile
from collections.abc import Iterator
from typing import IO

CHUNK = 1 << 18  # bytes
LARGE = 0xFFFFFFFF  # from here on a number needs the 64-bit fields
MANY = 0xFFFF
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<4sIQI")
_END = struct.Struct("<4sHHHHIIH")
_PLAIN, _WITH_64 = 20, 45  # version of the format that a reader needs
_UNIX = 3 << 8
_FIRST_DAY = 0x21  # 1 January 1980: the manifest says when a pack was made, its frame need not
_FILE_MODE = 0o100644 << 16


class StoredZip:
    """The frame of one archive. Send ``head``, then the contents, file by file; ``end`` last."""

    def __init__(self) -> None:
        self._contents: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in ``close``
        self._count = self._position = 0

    def head(self, name: str, size: int, crc: int) -> bytes:
        """What stands before a file. ``name`` is ASCII, ``crc`` the CRC-32 of its contents."""
        plain = name.encode("ascii")
        extra = struct.pack("<HHQQ", 1, 16, size, size) if size >= LARGE else b""
        needed = _WITH_64 if extra else _PLAIN
        shown = LARGE if extra else size
        head = (
            _LOCAL.pack(
                b"PK\3\4", needed, 0, 0, 0, _FIRST_DAY, crc, shown, shown,
                len(plain), len(extra),
            )
            + plain
            + extra
        )  # fmt: skip
        self._list(plain, size, crc)
        self._position += len(head) + size
        self._count += 1
        return head

    def _list(self, name: bytes, size: int, crc: int) -> None:
        """Add a line to the table of contents."""
        wide = [size, size] if size >= LARGE else []
        wide += [self._position] if self._position >= LARGE else []
        extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        version = _WITH_64 if wide else _PLAIN
        shown = min(size, LARGE)
        self._contents.write(
            _CENTRAL.pack(
                b"PK\1\2", version | _UNIX, version, 0, 0, 0, _FIRST_DAY, crc, shown,
                shown, len(name), len(extra), 0, 0, 0, _FILE_MODE, min(self._position, LARGE),
            )
            + name
            + extra
        )  # fmt: skip

    def close(self) -> None:
        """Let go of the temporary file, also where the archive was never finished."""
        self._contents.close()

    def end(self) -> Iterator[bytes]:
        """The table of contents and what closes the archive."""
        size = self._contents.tell()
        self._contents.seek(0)
        while chunk := self._contents.read(CHUNK):
            yield chunk
        self.close()
        count, start = self._count, self._position
        if count >= MANY or start + size >= LARGE:
            yield _END64.pack(
                b"PK\6\6", 44, _WITH_64 | _UNIX, _WITH_64, 0, 0, count, count, size, start
            )
            yield _LOCATOR64.pack(b"PK\6\7", 0, start + size, 1)
        shown = min(count, MANY)
        yield _END.pack(
            b"PK\5\6", 0, 0, shown, shown, min(size, LARGE), min(start, LARGE), 0
        )  # fmt: skip
