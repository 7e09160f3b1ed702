"""The manifest of an audit pack: what is in it, one line each, in a form that ``sed`` can read.

Pure. Every line that names a file begins with its digest and its name, in this order and without
spaces, so that an auditor needs no program of ours to hand the list to ``sha256sum``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from induction.certificates import earned

SCHEMA = "learner-induction/audit-pack/2"
READABLE = (SCHEMA, "learner-induction/audit-pack/1")
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.pem"
ENTRIES, PROOF, PERSONAL = "audit-chain.jsonl", "audit-proof.txt", "audit-personal.tsv"
CHECKPOINT, STATEMENT, STATEMENT_SIGNATURE = (
    "checkpoint.json",
    "checkpoint.txt",
    "checkpoint.sig",
)
CHECKERS = ("check.pl", "check.html")  # beside this module
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
UNLISTED = frozenset({MANIFEST, SIGNATURE})  # the manifest cannot hold its own digest


def file_name(reference: str | None, number: str) -> str:
    """Where a certificate's PDF is in the pack.

    The number alone is unique; the reference before it is for people, and is reduced to characters
    that are safe on every file system.
    """
    return f"certificates/{plain(reference or '', 40) or 'learner'}-{number}.pdf"


def plain(words: str, longest: int) -> str:
    """Words as part of a file's name; nothing where no character of them is safe."""
    return _UNSAFE.sub("_", words).strip("._-")[:longest].strip("._-")


# How a certificate was earned: as lists call it, and as the manifest does.
EARNED = dict(
    zip(
        earned.HEADS,
        (
            "situations",
            "right_at_first_sight",
            "per_cent",
            "passed_before_reading",
            "excused",
            "signed_on_behalf",
            "signed_with_another_name",
        ),
        strict=True,
    )
)
# The columns of the table for spreadsheets, and the fields of a certificate that stand in them.
COLUMNS = (
    {
        "Number": "number",
        "Reference": "learner_ref",
        "Name as issued": "name",
        "Cohort": "cohort",
        "Audience": "audience",
        "Policy": "policy_reference",
        "Version of": "version_date",
        "Issued": "issued_at",
        "Valid until": "valid_until",
        "Status": "status",
        "Superseded by": "superseded_by",
        "SHA-256": "sha256",
        "File": "file",
    }
    | EARNED
    | {"ULN": "uln"}
)


def listed(name: str, digest: Any, size: int) -> dict[str, Any]:
    """The entry of a file that is no certificate's; ``digest`` is hashlib's."""
    return {"sha256": digest.hexdigest(), "file": name, "bytes": size}


def cells(entry: Mapping[str, Any]) -> list[Any]:
    """A certificate's entry as a line of the table."""
    return [entry.get(field) for field in COLUMNS.values()]


_in_one_line = json.JSONEncoder(separators=(",", ":")).encode


def line(value: Mapping[str, Any]) -> bytes:
    """A certificate or another file as one line, its fields in the order given."""
    return _in_one_line(value).encode()


def text(
    head: Mapping[str, Any], certificates: Iterable[bytes], files: Iterable[bytes]
) -> Iterator[bytes]:
    """The manifest, of lines that are ready."""
    fields = "".join(f"{json.dumps(name)}:{json.dumps(value)},\n" for name, value in head.items())
    yield f'{{\n"schema":{json.dumps(SCHEMA)},\n{fields}"certificates":[\n'.encode()
    yield from _between_commas(certificates)
    yield b'\n],\n"files":[\n'
    yield from _between_commas(files)
    yield b"\n]\n}\n"


def _between_commas(lines: Iterable[bytes]) -> Iterator[bytes]:
    for number, one in enumerate(lines):
        yield b",\n" + one if number else one
