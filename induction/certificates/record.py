"""The certificate record: the frozen facts that a certificate prints and carries.

A record is JSON. Its canonical form is RFC 8785, and its fingerprint the SHA-256 of that form, so
that ``sha256sum`` of the file attached to a certificate gives the fingerprint printed on it.
``docs/certificate-record.md`` explains each field; ``record_schema`` says what each may hold.
"""

import hashlib
import re
from typing import Any, Final, Literal, NotRequired, TypedDict, TypeVar, cast

from induction.audit.chain import canonical
from induction.names import plainly_another

SCHEMA: Final = "learner-induction/certificate/2"
# Never in a text that is printed: controls, the characters that turn other text around, and halves
# of characters. Joiners stay, since Arabic and Bengali need them.
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


class Provider(TypedDict):
    """``signatory`` is left out where nobody is named."""

    name: str
    ukprn: str | None
    signatory: NotRequired[str]


class Learner(TypedDict):
    """Frozen at issue: a later change of name is a new certificate."""

    name: str
    reference: str
    audience: str
    cohort: str | None


class RecordedPolicy(TypedDict):
    slug: str
    reference: str
    title: str
    organisation: str
    owner: str
    version_date: str
    review_due: str | None
    content_sha256: str
    document_sha256: str | None


class Score(TypedDict):
    """Of the final check: the counted try."""

    right: int
    of: int
    per_cent: int
    pass_mark: int
    tries: int


class FirstSight(TypedDict):
    """Of the situations that were met, how many were right the first time."""

    right: int
    of: int


class PassedSection(TypedDict):
    """``tested_out`` stands only where somebody was right about it before reading it."""

    slug: str
    number: int
    title: str
    pass_mark: int
    per_cent: int
    tries: int
    passed_at: str
    tested_out: NotRequired[bool]


class RecordedDeclaration(TypedDict):
    statements: list[str]
    signed_name: str
    signed_at: str


_WAYS = {"paper": "signed on paper", "supporter": "given with a supporter"}
_BESIDE = re.compile(rf" \(({'|'.join(_WAYS.values())}); recorded by .*\)$")


def signed_beside(name: str, how: str, by: str) -> str:
    """A signature that somebody else recorded, as it is printed: honest about how it came to be."""
    return f"{name} ({_WAYS[how]}; recorded by {by})"


def signed_under(name: str, signed: str) -> str:
    """The signature under a corrected name; how it came to be stays beside it."""
    beside = _BESIDE.search(signed)
    return name + (beside[0] if beside else "")


def recorded_how(signed: str) -> str:
    """How somebody else recorded a signature, in words; "" where it was given on the screen."""
    beside = _BESIDE.search(signed)
    return beside[1] if beside else ""


def signed_otherwise(record: "CertificateRecord") -> str:
    """The signature, where it is plainly another name than the certificate is for; else ""."""
    signed = _BESIDE.sub("", record["declaration"]["signed_name"])
    return signed if plainly_another(signed, record["learner"]["name"]) else ""


# Written as a call because one of its keys is a word of Python's own.
Answer = TypedDict(
    "Answer",
    {
        "section": str,
        "scenario": str,
        "scene": str,
        "try": int,
        "counted": bool,
        "right": bool,
        "clauses": list[str],
        "answered_at": str,
        "content_sha256": str,
    },
)


class DecidedClause(TypedDict):
    """When somebody was first right about a clause."""

    clause: str
    right: Literal["first", "later", "not_yet"]


class SectionPace(TypedDict):
    """How long the first try at a section took, and what reading alone takes a quick reader."""

    section: str
    seconds: int
    reading_seconds: int


class CertificateRecord(TypedDict):
    """Everything a certificate prints, and the evidence behind it. All times are UTC."""

    schema: Literal["learner-induction/certificate/2", "learner-induction/certificate/1"]
    number: str
    issued_at: str
    status_url: str
    provider: Provider
    learner: Learner
    policy: RecordedPolicy
    begun_at: str
    completed_at: str
    score: Score
    first_sight: NotRequired[FirstSight]  # where the institute prints it
    sections: list[PassedSection]
    declaration: RecordedDeclaration
    answers: list[Answer]
    decided: NotRequired[list[DecidedClause]]  # this and the next since version 2
    pace: NotRequired[list[SectionPace]]
    supersedes: str | None
    valid_until: str | None


Facts = TypeVar("Facts")


def printable(facts: Facts) -> Facts:
    """The same facts without the hidden characters that no text of a record may have.

    What people typed into settings, cohorts and spreadsheets is frozen here; one of these in it
    must not keep a certificate from being drawn.
    """
    return cast("Facts", _printable(facts))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return _HIDDEN.sub("", value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in value.items()}
    return value


def canonical_bytes(record: CertificateRecord) -> bytes:
    """The record in the canonical form of RFC 8785: the bytes that are hashed and attached."""
    return canonical(record).encode()


def fingerprint(record: CertificateRecord) -> str:
    """SHA-256 of the canonical form, in lower-case hex."""
    return hashlib.sha256(canonical_bytes(record)).hexdigest()
