"""The manifest of an audit pack: what is in it, one line each, in a form that ``sed`` can read.

Pure. Every line that names a file begins with its digest and its name, in this order and without
spaces, so that an auditor needs no program of ours to hand the list to ``sha256sum``.
"""

import json
import re
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple

SCHEMA = "learner-induction/audit-pack/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.pem"
CHAIN, PERSONAL = "audit-chain.jsonl", "audit-personal.tsv"
CHECKPOINT, STATEMENT, STATEMENT_SIGNATURE = (
    "checkpoint.json",
    "checkpoint.txt",
    "checkpoint.sig",
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
UNLISTED = frozenset({MANIFEST, SIGNATURE})  # the manifest cannot hold its own digest


def file_name(reference: str | None, number: str) -> str:
    """Where a certificate's PDF is in the pack.

    The number alone is unique; the reference before it is for people, and is reduced to characters
    that are safe on every file system.
    """
    plain = _UNSAFE.sub("_", reference or "").strip("._-")[:40]
    return f"certificates/{plain or 'learner'}-{number}.pdf"


class ManifestEntry(NamedTuple):
    """A certificate in a pack, its facts in the order of the table's columns."""

    number: str
    learner_ref: str | None
    name: str | None
    cohort: str | None
    audience: str | None
    policy_reference: str
    version_date: str
    issued_at: str
    valid_until: str | None
    status: str
    superseded_by: str | None
    sha256: str | None  # of its file, where it has one
    file: str | None
    record_sha256: str
    note: str | None  # why it has no file

    @property
    def cells(self) -> tuple[str | None, ...]:
        """Its row in the table, which leaves out the last two."""
        return self[:13]


def certificate_line(one: ManifestEntry) -> bytes:
    """A certificate as one line. Written out since a pack has many; the order is the README's."""
    file = f'"sha256":"{one.sha256}","file":{_quoted(one.file)},' if one.file else ""
    note = f',"note":{_quoted(one.note)}' if one.note else ""
    return (
        f'{{{file}"number":"{one.number}","learner_ref":{_text(one.learner_ref)},'
        f'"name":{_text(one.name)},"cohort":{_text(one.cohort)},"audience":{_text(one.audience)},'
        f'"policy_reference":{_quoted(one.policy_reference)},"version_date":"{one.version_date}",'
        f'"status":"{one.status}","issued_at":"{one.issued_at}",'
        f'"valid_until":{_text(one.valid_until)},"superseded_by":{_text(one.superseded_by)},'
        f'"record_sha256":"{one.record_sha256}"{note}}}'
    ).encode()


def _text(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def line(value: Mapping[str, Any]) -> bytes:
    """Another file as one line, its fields in the order given."""
    return json.dumps(value, separators=(",", ":")).encode()


def opening(head: Mapping[str, Any]) -> bytes:
    """The manifest up to the first certificate."""
    fields = "".join(f"{json.dumps(name)}:{json.dumps(value)},\n" for name, value in head.items())
    return f'{{\n"schema":{json.dumps(SCHEMA)},\n{fields}"certificates":[\n'.encode()
