"""The certificate record: the frozen facts that a certificate prints and carries.

A record is JSON. Its canonical form is RFC 8785, and its fingerprint the SHA-256 of that form, so
that ``sha256sum`` of the file attached to a certificate gives the fingerprint printed on it.
``docs/certificate-record.md`` explains each field; the schema beside it is made from these types.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict, TypeVar, cast

from induction.audit.chain import canonical

SCHEMA: Final = "learner-induction/certificate/1"


@dataclass(frozen=True, slots=True)
class Form:
    """What a text must look like: an expression that fits Python and JSON Schema alike."""

    pattern: str
    says: str
    calendar: str = ""  # "date" or "date-time": the text must also exist in the calendar


@dataclass(frozen=True, slots=True)
class Least:
    """The smallest whole number allowed."""

    value: int


# Never in a text that is printed: controls, the characters that turn other text around, and halves
# of characters. Joiners stay, since Arabic and Bengali need them.
_BARRED = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"

_HIDDEN = re.compile(f"[{_BARRED}]")

Line = Annotated[str, Form(rf"^[^\t\n\r{_BARRED}]+$", "a line of text, without control characters")]
Prose = Annotated[str, Form(rf"^[^{_BARRED}]+$", "text without control characters")]
# As a line, but may be empty.
Tag = Annotated[str, Form(rf"^[^\t\n\r{_BARRED}]*$", "a line of text, or nothing")]
Instant = Annotated[
    str,
    Form(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$",
        "a time in UTC, as 2026-11-23T12:00:00Z",
        calendar="date-time",
    ),
]
Day = Annotated[str, Form(r"^\d{4}-\d\d-\d\d$", "a date, as 2026-11-23", calendar="date")]
Digest = Annotated[str, Form(r"^[0-9a-f]{64}$", "a SHA-256 in lower-case hex")]
Address = Annotated[str, Form(r"^https?://[!-~]+$", "a web address")]
Number = Annotated[
    str,
    Form(r"^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$", "a certificate number"),
]
Count = Annotated[int, Least(0)]


class Provider(TypedDict):
    """``signatory`` is left out where nobody is named."""

    name: Line
    ukprn: Line | None
    signatory: NotRequired[Line]


class Learner(TypedDict):
    """Frozen at issue: a later change of name is a new certificate."""

    name: Line
    reference: Line
    audience: Line
    cohort: Line | None


class RecordedPolicy(TypedDict):
    slug: Line
    reference: Line
    title: Prose
    organisation: Line
    owner: Line
    version_date: Day
    review_due: Day | None
    content_sha256: Digest
    document_sha256: Digest | None


class Score(TypedDict):
    """Of the final check: the counted try."""

    right: Count
    of: Count
    per_cent: Count
    pass_mark: Count
    tries: Count


class PassedSection(TypedDict):
    slug: Line
    number: Count
    title: Prose
    pass_mark: Count
    per_cent: Count
    tries: Count
    passed_at: Instant


class RecordedDeclaration(TypedDict):
    statements: list[Prose]
    signed_name: Line
    signed_at: Instant


# Written as a call because one of its keys is a word of Python's own.
Answer = TypedDict(
    "Answer",
    {
        "section": Line,
        "scenario": Line,
        "scene": Tag,
        "try": Count,
        "counted": bool,
        "right": bool,
        "clauses": list[Line],
        "answered_at": Instant,
        "content_sha256": Digest,
    },
)


class CertificateRecord(TypedDict):
    """Everything a certificate prints, and the evidence behind it. All times are UTC."""

    schema: Literal["learner-induction/certificate/1"]
    number: Number
    issued_at: Instant
    status_url: Address
    provider: Provider
    learner: Learner
    policy: RecordedPolicy
    begun_at: Instant
    completed_at: Instant
    score: Score
    sections: list[PassedSection]
    declaration: RecordedDeclaration
    answers: list[Answer]
    supersedes: Number | None
    valid_until: Day | None


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
