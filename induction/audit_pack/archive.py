"""A ZIP archive that is sent while it is written: the standard library's, on a one-way stream.

Files are stored as they are: deflating a PDF saves 2 % and costs ten times as long.
"""

import hashlib
import pickle
import zipfile
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from induction.audit_pack import manifest

SENT_AT_ONCE = 1 << 18  # bytes


class _Outlet:
    """Keeps what was written until it is taken. It cannot go back, and zipfile notices that.

    No file of the standard library's: one of those is closed as it is thrown away, maybe before
    the archive that was broken off and then still writes its end.
    """

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""

    def take(self) -> bytes:
        taken = bytes(self.waiting)
        self.waiting.clear()
        return taken


class _Contents(list[zipfile.ZipInfo]):
    """What zipfile has to know of each file at the end, meanwhile in a file of its own.

    Of 100,000 it would hold 40 MB. Only what zipfile asks of this list is here. Of an archive that
    was broken off it asks when all is closed, and gets nothing.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file, self._length = file, 0

    def append(self, info: zipfile.ZipInfo) -> None:
        pickle.dump(info, self._file)
        self._length += 1

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        if not self._file.closed:
            self._file.seek(0)
            for _ in range(self._length):
                yield pickle.load(self._file)  # noqa: S301  what append wrote


class _NoNames(dict[str, zipfile.ZipInfo]):
    """By name nothing is looked up: each has one of its own, with the number of a certificate."""

    def __setitem__(self, name: str, info: zipfile.ZipInfo) -> None:
        """Keep nothing."""


class Archive:
    """Takes file after file. ``taken`` is what has to be sent by now.

    ``listed`` is an empty file, which the caller closes: the table of contents until the end.
    """

    def __init__(self, made_at: datetime, listed: IO[bytes]) -> None:
        self._outlet = _Outlet()
        self._zip = zipfile.ZipFile(self._outlet, "w")
        self._zip.filelist, self._zip.NameToInfo = _Contents(listed), _NoNames()
        self._made_at = made_at.timetuple()[:6]

    def taken(self) -> bytes:
        """The archive's next bytes."""
        return self._outlet.take()

    def add(self, name: str, data: bytes) -> None:
        """A file that is at hand."""
        self._zip.writestr(self._info(name), data)

    def pour(self, name: str, chunks: Iterable[bytes]) -> Generator[bytes, None, dict[str, Any]]:
        """A file of any length, sent as it comes; returns its line of the manifest."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(self._info(name), "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                if len(self._outlet.waiting) > SENT_AT_ONCE:
                    yield self.taken()
        return manifest.listed(name, digest, size)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._made_at)
        info.external_attr = 0o644 << 16  # as files are that anyone may read
        return info

    def end(self) -> bytes:
        """The table of contents, after which nothing comes."""
        self._zip.close()
        return self.taken()
