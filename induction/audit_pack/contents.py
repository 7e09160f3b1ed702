"""What was taught: each content that a pack's certificates stand on, to read and to count."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from induction.compliance import trace
from induction.curriculum.model import Policy, Use
from induction.policy.models import PolicyDocument
from induction.policy.store import content

USES = {
    Use.LEARN: "Asked in its section.",
    Use.CHECK: "Asked in the final check and at renewals.",
    Use.LATER: "Asked in its section of some, and of others weeks and months after.",
}
_ENDINGS = {"pdf": "pdf", "docx": "docx", "markdown": "md", "text": "txt"}


@dataclass(frozen=True, slots=True)
class Taught:
    """One content, and how the holders of the certificates did with it."""

    policy: Policy
    lines: list[dict[str, Any]]  # of its trace

    @property
    def file(self) -> str:
        """Where the pack has it to read."""
        return f"content/{self.policy.version_date}-{self.policy.digest[:12]}.html"


@dataclass(frozen=True, slots=True)
class SignedOff:
    """The institute's own document of a version, as it was attached."""

    id: int
    name: str
    file: str


def taught(session: Session, certificates: Select[int]) -> list[Taught]:
    """The contents that these certificates (ids) stand on; without any, the one in force."""
    digests = trace.contents(session, certificates) or [""]
    policies = [content().version(session, digest) for digest in digests]
    return [Taught(policy, trace.lines(session, policy, certificates)) for policy in policies]


def documents(session: Session, policy: Policy) -> list[SignedOff]:
    """The documents that were ever attached to this version, oldest first."""
    query = select(
        PolicyDocument.id, PolicyDocument.name, PolicyDocument.kind, PolicyDocument.sha256
    ).where(
        PolicyDocument.policy == policy.slug, PolicyDocument.version_date == policy.version_date
    )
    found: dict[str, SignedOff] = {}
    for row in session.execute(query.order_by(PolicyDocument.id)):
        file = f"content/{policy.version_date}-document-{row.sha256[:12]}.{_ENDINGS[row.kind]}"
        found[file] = SignedOff(row.id, row.name, file)
    return list(found.values())


def bytes_of(session: Session, document: SignedOff) -> bytes:
    """The document itself."""
    query = select(PolicyDocument.data).where(PolicyDocument.id == document.id)
    return session.scalars(query).one()
