"""Whether a draft's files could become a version: what ``content check`` says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy.orm import Session

from induction.curriculum.faults import CurriculumError, Fault, Severity
from induction.curriculum.loader import load_texts
from induction.curriculum.model import Policy
from induction.policy.archive import Candidate
from induction.policy.store import Content
from induction.policy_versions import queries
from induction.policy_versions.rules import Chosen, faults_beside

_AT_ONCE = 8  # drafts as they were a moment ago; each is some megabytes


@dataclass(frozen=True, slots=True)
class Trial:
    """A draft's files as people would read them, and what is to be mended.

    ``candidate`` is None where they cannot be read at all.
    """

    files: Mapping[str, str]
    candidate: Candidate | None
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What stops a version from being drawn up."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What asks for a second look."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.WARNING)


def tried(session: Session, content: Content, texts: Mapping[str, str], today: date) -> Trial:
    """Check a draft as its authors wrote it."""
    files = content.read_as(session, texts)
    policy, faults = _read(content.slug, tuple(sorted(files.items())))
    if policy is None:
        return Trial(files, None, faults)
    chosen = queries.chosen(session, content.slug)
    before = content.look(session).policy
    return Trial(files, Candidate(files, policy), _checked(before, policy, chosen, today))


@lru_cache(_AT_ONCE)  # a page of the draft is opened again and again, and reading takes longest
def _read(slug: str, files: tuple[tuple[str, str], ...]) -> tuple[Policy | None, tuple[Fault, ...]]:
    try:
        return load_texts(slug, dict(files)), ()
    except CurriculumError as error:
        return None, error.faults


@lru_cache(_AT_ONCE)
def _checked(before: Policy, after: Policy, chosen: Chosen, today: date) -> tuple[Fault, ...]:
    return tuple(faults_beside(before, after, chosen, today))
