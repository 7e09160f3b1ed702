"""What a certificate prints: the record's facts as words, in one place.

The drawing takes its words from here and the inspection looks for the same words in the file, so
that the two cannot differ. Times are UK time and say which (GMT or BST).
"""

from dataclasses import dataclass
from datetime import datetime

from induction.certificates.record import CertificateRecord, FirstSight, Score
from induction.uk_time import uk_date, uk_day, uk_time

_BETWEEN = "  ·  "


@dataclass(frozen=True, slots=True)
class Printed:
    """The words of one certificate, each as it stands on the page."""

    provider: str
    provider_facts: str
    number: str
    name: str
    learner: str
    policy: str
    policy_facts: str
    milestones: tuple[tuple[str, str], ...]  # label, value
    statements: tuple[str, ...]
    signed_name: str
    signed_at: str
    sections: tuple[str, ...]
    status_url: str
    standing: str
    fingerprint: str

    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every printed text with the name of its field, for comparing with a file."""
        named = [
            ("provider", self.provider),
            ("provider's facts", self.provider_facts),
            ("number", self.number),
            ("name", self.name),
            ("learner", self.learner),
            ("policy", self.policy),
            # each by itself: between them stood once that a review was overdue
            *(("policy's facts", fact) for fact in self.policy_facts.split(_BETWEEN)),
            *((label.lower(), label + value) for label, value in self.milestones),
            *(("declaration", statement) for statement in self.statements),
            ("signed name", self.signed_name),
            ("signed at", self.signed_at),
            *(("sections", title) for title in self.sections),
            ("status address", self.status_url),
            ("standing", self.standing),
            ("fingerprint", self.fingerprint),
        ]
        return tuple((field, text) for field, text in named if text)


def printed(record: CertificateRecord, digest: str) -> Printed:
    """The words of the certificate of a record with this fingerprint."""
    learner, policy, declaration = record["learner"], record["policy"], record["declaration"]
    provider = record["provider"]
    return Printed(
        provider=provider["name"],
        provider_facts=_line(
            ("UKPRN {}", provider["ukprn"]),
            ("for the institute: {}", provider.get("signatory")),
        ),
        number=record["number"],
        name=learner["name"],
        learner=_line(
            ("Learner reference {}", learner["reference"]),
            ("{}", learner["audience"][:1].upper() + learner["audience"][1:]),
            ("{}", learner["cohort"]),
        ),
        policy=policy["title"],
        policy_facts=_line(
            ("{}", policy["reference"]),
            ("version of {}", _day(policy["version_date"])),
            ("next review due {}", _next_review(record)),
            ("owner {}", policy["owner"]),
        ),
        milestones=(
            ("Begun", _moment(record["begun_at"])),
            ("Completed", _moment(record["completed_at"])),
            *_score(record["score"]),
            *_first_sight(record.get("first_sight")),
        ),
        statements=tuple(declaration["statements"]),
        signed_name=declaration["signed_name"],
        signed_at=f"Signed {_moment(declaration['signed_at'])}",
        sections=tuple(section["title"] for section in record["sections"]),
        status_url=record["status_url"],
        standing=_line(
            ("Issued {}", _moment(record["issued_at"])),
            ("replaces {}", record["supersedes"]),
            ("valid until {}", _day(record["valid_until"])),
        ),
        fingerprint=f"Fingerprint (SHA-256) of the record attached to this file: {_groups(digest)}",
    )


def _next_review(record: CertificateRecord) -> str | None:
    """The day of the review that was to come; one that is overdue is no fault of the learner's."""
    due = record["policy"]["review_due"]
    issued = uk_day(datetime.fromisoformat(record["issued_at"])).isoformat()
    return _day(due) if due and due >= issued else None


def _score(score: Score) -> tuple[tuple[str, str], ...]:
    return (
        ("Score", f"{score['right']} of {score['of']} ({score['per_cent']}%)"),
        ("Pass mark", f"{score['pass_mark']}%"),
        ("Tries", f"{score['tries']}"),
    )


def _first_sight(found: FirstSight | None) -> tuple[tuple[str, str], ...]:
    if found is None:
        return ()
    return (("Answers right at first sight", f"{found['right']} of {found['of']}"),)


def _line(*parts: tuple[str, str | None]) -> str:
    return _BETWEEN.join(words.format(value) for words, value in parts if value is not None)


def _moment(instant: str) -> str:
    local = uk_time(datetime.fromisoformat(instant))
    return f"{uk_date(local)}, {local:%H:%M %Z}"


def _day(day: str | None) -> str | None:
    return None if day is None else uk_date(day)


def _groups(digest: str) -> str:
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
