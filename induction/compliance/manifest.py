"""The manifest of an audit pack: what is in it, one line each, in a form that ``sed`` can read.

Pure. Every line that names a file begins with its digest and its name, in this order and without
spaces, so that an auditor needs no program of ours to hand the list to ``sha256sum``.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

SCHEMA = "learner-induction/audit-pack/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.pem"
CHAIN, PERSONAL = "audit-chain.jsonl", "audit-personal.tsv"
CHECKPOINT, STATEMENT, STATEMENT_SIGNATURE = (
    "checkpoint.json",
    "checkpoint.txt",
    "checkpoint.sig",
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
# Made once: json.dumps would make an encoder for each line.
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
UNLISTED = frozenset({MANIFEST, SIGNATURE})  # the manifest cannot hold its own digest


def file_name(reference: str | None, number: str) -> str:
    """Where a certificate's PDF is in the pack.

    The number alone is unique; the reference before it is for people, and is reduced to characters
    that are safe on every file system.
    """
    plain = _UNSAFE.sub("_", reference or "").strip("._-")[:40]
    return f"certificates/{plain or 'learner'}-{number}.pdf"


def line(value: Mapping[str, Any]) -> bytes:
    """One entry as one line, its fields in the order given."""
    return _encode(value).encode()


def opening(head: Mapping[str, Any]) -> bytes:
    """The manifest up to the first certificate."""
    fields = "".join(f"{json.dumps(name)}:{json.dumps(value)},\n" for name, value in head.items())
    return f'{{\n"schema":{json.dumps(SCHEMA)},\n{fields}"certificates":[\n'.encode()
