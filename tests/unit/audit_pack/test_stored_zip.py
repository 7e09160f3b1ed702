"""The archive: readable by everyone's programs, and no byte of it can change unseen."""

import io
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest

from induction.audit_pack.opened_zip import NotAPack, OpenedZip
from induction.audit_pack.stored_zip import LARGE, StoredZip

FILES = {"README.txt": b"Read me.\n", "certificates/a-1.pdf": b"%PDF" + bytes(500), "empty": b""}


def archive(files: dict[str, bytes]) -> bytes:
    frame = StoredZip()
    parts = [frame.head(n, len(data), zlib.crc32(data)) + data for n, data in files.items()]
    return b"".join(parts) + b"".join(frame.end())


def findings(data: bytes) -> object:
    opened = OpenedZip(io.BytesIO(data))
    try:
        return [(m.name, m.sha256, m.framed) for m in opened.members()], opened.faults
    except NotAPack as fault:
        return str(fault)


def test_the_programs_that_people_have_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(archive(FILES))
    assert subprocess.run(["unzip", "-tq", path], check=False, capture_output=True).returncode == 0
    with zipfile.ZipFile(path) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == FILES


def test_every_single_byte_that_is_flipped_shows() -> None:
    sound = archive(FILES)
    untouched = findings(sound)
    for at in range(len(sound)):
        touched = bytearray(sound)
        touched[at] ^= 1 << at % 8
        assert findings(bytes(touched)) != untouched, f"byte {at}"


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_what_is_cut_off_or_added_shows(cut: int) -> None:
    sound = archive(FILES)
    assert findings(sound[:-cut]) != findings(sound)
    assert findings(sound + b"x" * cut) != findings(sound)


def test_files_beyond_four_gigabytes_get_their_wide_fields() -> None:
    frame = StoredZip()
    head = frame.head("large", LARGE + 5, 0)
    assert head[18:26] == b"\xff" * 8
    assert (LARGE + 5).to_bytes(8, "little") in head
    end = b"".join(frame.end())
    assert b"PK\x06\x06" in end, "the closing part for 64 bits"
    assert b"PK\x06\x07" in end
