"""Reading an archive from front to back as strictly as ``stored_zip`` writes it. Pure.

Nothing in the file goes unread: every byte is a file's contents or a frame that is made again from
those contents and compared.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from induction.audit_pack.stored_zip import CHUNK, LARGE, StoredZip
from induction.refusals import InvalidInput

_HEAD = struct.Struct("<4sHHHHHIIIHH")
_EXTRA_64 = 20  # bytes of the field that holds a size of 64 bits


class NotAPack(InvalidInput):
    """The file is not an archive of ours. Says why in one line."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive: where its contents are, and their digest."""

    name: str
    start: int
    size: int
    sha256: str
    framed: bool  # whether the bytes before it are as we write them


class OpenedZip:
    """An archive on disk. Once ``members`` has read all of it, ``faults`` has those of its end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.faults: list[str] = []

    def members(self) -> Iterator[Member]:
        """Every file in its order. Raises NotAPack where the archive cannot be read on."""
        frame, found = StoredZip(), 0
        self._file.seek(0)
        try:
            while (head := self._file.read(_HEAD.size))[:4] == b"PK\3\4":
                found += 1
                yield self._member(head, frame)
            if not found:
                raise NotAPack("this is neither a PDF nor a ZIP file")
            self._check_end(head, frame)
        finally:
            frame.close()

    def _member(self, head: bytes, frame: StoredZip) -> Member:
        if len(head) < _HEAD.size:
            raise NotAPack("the archive ends in the middle of a file's head")
        _, _, flags, method, _, _, crc, _, size, name_size, extra_size = _HEAD.unpack(head)
        if flags or method:
            raise NotAPack(
                "this ZIP was changed or packed by another program: check the file as it was sent"
            )
        raw = self._file.read(name_size + extra_size)
        name = raw[:name_size].decode("ascii", "replace").replace("\ufffd", "?")
        if extra_size == _EXTRA_64 and size == LARGE:
            size = struct.unpack("<Q", raw[-8:])[0]
        start = self._file.tell()
        digest, own_crc = self._digest(name, size)
        framed = frame.head(name, size, crc) == head + raw and crc == own_crc
        return Member(name, start, size, digest, framed)

    def _digest(self, name: str, size: int) -> tuple[str, int]:
        sha, crc, left = hashlib.sha256(), 0, size
        while left:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise NotAPack(f"{name}: the archive ends in the middle of it")
            sha.update(chunk)
            crc = zlib.crc32(chunk, crc)
            left -= len(chunk)
        return sha.hexdigest(), crc

    def _check_end(self, found: bytes, frame: StoredZip) -> None:
        """The rest of the file must be the table of contents of what was read, and nothing more."""
        found += self._file.read(max(0, CHUNK - len(found)))
        for expected in frame.end():
            while len(found) < len(expected):
                chunk = self._file.read(CHUNK)
                if not chunk:
                    break
                found += chunk
            if found[: len(expected)] != expected:
                self.faults.append("the ZIP's table of contents was changed")
                return
            found = found[len(expected) :]
        if found or self._file.read(1):
            self.faults.append("something was added behind the end of the ZIP")

    def read(self, member: Member) -> bytes:
        """A small file's contents."""
        self._file.seek(member.start)
        return self._file.read(member.size)

    def lines(self, member: Member) -> Iterator[bytes]:
        """A file's lines without their ends, however long the file is."""
        self._file.seek(member.start)
        left = member.size
        while left:
            line = self._file.readline(left)
            if not line:
                return
            left -= len(line)
            yield line.removesuffix(b"\n")
