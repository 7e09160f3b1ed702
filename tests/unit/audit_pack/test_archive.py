import gc
import io
import tracemalloc
import zipfile
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Any

from induction.audit_pack.archive import Archive

MADE_AT = datetime(2026, 9, 1, tzinfo=UTC)
OF_A_FILE = 20  # bytes that may stay in memory; the standard library's own list keeps 400


def test_one_that_was_broken_off_is_thrown_away_without_a_complaint() -> None:
    with TemporaryFile() as listed:
        archive = Archive(MADE_AT, listed)
        archive.add("readme.txt", b"the first of many")
    ring: list[Any] = [archive]
    ring.append(ring)  # as an exception holds the frames that it went through
    del archive, ring
    gc.collect()  # what is ignored while something is thrown away fails this test


def test_memory_is_flat_and_each_file_is_in_the_table_of_contents() -> None:
    many = 4_000
    with TemporaryFile() as listed, TemporaryFile() as out:
        archive = Archive(MADE_AT, listed)
        archive.add("certificates/é.txt", b"the first")
        out.write(archive.taken())
        tracemalloc.start()
        try:
            for n in range(many):
                archive.add(f"certificates/{n:06}.txt", b"%d" % n)
                out.write(archive.taken())
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert kept < many * OF_A_FILE
        for part in archive.pour("manifest.json", [b"long", b"er"]):
            out.write(part)
        out.write(archive.end())
        out.seek(0)
        with zipfile.ZipFile(io.BytesIO(out.read())) as found:
            assert found.testzip() is None
            assert len(found.namelist()) == many + 2
            assert found.read("certificates/é.txt") == b"the first"
            assert found.read("certificates/003999.txt") == b"3999"
            assert found.read("manifest.json") == b"longer"
