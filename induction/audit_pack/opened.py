"""A pack as its files and their digests, whichever program wrote the ZIP. Pure."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from induction.refusals import InvalidInput

CHUNK = 1 << 18  # bytes
# What zipfile raises for what is damaged, locked with a password, or packed in a rare way.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_END = 22  # bytes that close an archive without a comment


class NotAPack(InvalidInput):
    """The file is no ZIP archive. Says why in one line."""


class OpenedPack:
    """The files of a pack by name. ``faults`` names what is wrong with the archive itself."""

    def __init__(self, path: Path, tick: Callable[[int], object]) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except UNREADABLE as error:
            raise NotAPack("this is neither a PDF nor a whole ZIP file") from error
        self.digests: dict[str, str] = {}
        self.faults: list[str] = list(_around(path, self._zip))
        for info in self._zip.infolist():
            if info.filename in self.digests:
                self.faults.append(f"{info.filename}: it is in the pack twice")
            self.digests[info.filename] = self._digest(info, tick)

    def _digest(self, info: zipfile.ZipInfo, tick: Callable[[int], object]) -> str:
        """The SHA-256 of a file; of nothing where it cannot be read."""
        digest = hashlib.sha256()
        try:
            with self._zip.open(info) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    tick(len(chunk))
        except UNREADABLE as error:
            self.faults.append(f"{info.filename}: it cannot be unpacked ({error})")
        return digest.hexdigest()

    def size(self, name: str) -> int:
        """How many bytes a file has; 0 where there is none."""
        return self._zip.getinfo(name).file_size if name in self.digests else 0

    def read(self, name: str) -> bytes:
        """A small file's contents; nothing where there is none or it cannot be read."""
        try:
            return self._zip.read(name)
        except (KeyError, *UNREADABLE):
            return b""

    def lines(self, name: str) -> Iterator[bytes]:
        """A file's lines without their ends, as far as it can be read; none where there is none."""
        with suppress(KeyError, *UNREADABLE), self._zip.open(name) as file:
            for line in file:
                yield line.removesuffix(b"\n")

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()


def _around(path: Path, archive: zipfile.ZipFile) -> Iterator[str]:
    """What stands before the first file or behind the end, where unpacking does not show it."""
    if min((info.header_offset for info in archive.infolist()), default=0):
        yield "something was added before the first file of the ZIP"
    with path.open("rb") as file:
        file.seek(-_END, 2)
        if archive.comment or file.read(4) != b"PK\5\6":
            yield "something was added behind the end of the ZIP"
