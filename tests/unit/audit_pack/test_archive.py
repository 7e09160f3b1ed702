import gc
from datetime import UTC, datetime
from typing import Any

from induction.audit_pack.archive import Archive


def test_one_that_was_broken_off_is_thrown_away_without_a_complaint() -> None:
    archive = Archive(datetime(2026, 9, 1, tzinfo=UTC))
    archive.add("readme.txt", b"the first of many")
    ring: list[Any] = [archive]
    ring.append(ring)  # as an exception holds the frames that it went through
    del archive, ring
    gc.collect()  # what is ignored while something is thrown away fails this test
