"""The record that a certificate carries, taken out of the file without reading the rest of it.

Quick enough for a pack of a hundred thousand. Whether the file is as it was signed is another
question (see ``inspection``). Pure.
"""

import json
import re
import zlib
from typing import Any

_EMBEDDED = re.compile(rb"/EmbeddedFile\b[^\0]{0,300}?>>\s*stream\r?\n", re.DOTALL)
_LARGEST = 1 << 22  # bytes: the longest record is far below


class NoRecord(ValueError):
    """The file has no attached record, or several. Says why."""


def attached(pdf: bytes) -> bytes:
    """The one attached file. Raises NoRecord."""
    found = list(_EMBEDDED.finditer(pdf))
    if len(found) != 1:
        raise NoRecord(f"{len(found)} files are attached where there must be one")
    try:
        return zlib.decompressobj().decompress(pdf[found[0].end() :], _LARGEST)
    except zlib.error as error:
        raise NoRecord("what is attached cannot be unpacked") from error


def holder(record: bytes) -> tuple[str, str]:
    """The number and the name in an attached record. Raises NoRecord."""
    try:
        value: dict[str, Any] = json.loads(record)
        return str(value["number"]), str(value["learner"]["name"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoRecord("what is attached is no record") from error
