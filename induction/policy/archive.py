"""Every content that was ever shown, by its digest, with its pictures, sound and films."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.curriculum.loader import digest_of, load_texts
from induction.curriculum.model import Policy
from induction.policy.models import ContentFile, ContentVersion


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that may become a version, as people would read them, and the policy in them."""

    files: Mapping[str, str]
    policy: Policy

    @classmethod
    def of(cls, slug: str, files: Mapping[str, str]) -> "Candidate":
        """These files, in the words in which people would read them. Raises CurriculumError."""
        return cls(files, _policy_of(slug, digest_of(files), files))


def keep_content(act: Act, candidate: Candidate) -> str:
    """Keep these texts for ever; returns their digest."""
    act.session.execute(
        _insert(act.session, ContentVersion)
        .values(
            digest=candidate.policy.digest,
            policy=candidate.policy.slug,
            version_date=candidate.policy.version_date,
            files=dict(candidate.files),
            first_used_at=act.now,
        )
        .on_conflict_do_nothing()
    )
    return candidate.policy.digest


def kept_for_now(session: Session, digests: Collection[str]) -> set[str]:
    """Which of these pictures, sounds and films are kept: nobody lets go of them meanwhile."""
    known = select(ContentFile.sha256).where(ContentFile.sha256.in_(digests))
    held = known.order_by(ContentFile.sha256).with_for_update()
    return set(session.scalars(held)) if digests else set()


def keep_file(act: Act, data: bytes) -> None:
    """Keep a picture, sound or film, once."""
    digest = hashlib.sha256(data).hexdigest()
    if kept_for_now(act.session, [digest]):
        return
    act.session.execute(
        _insert(act.session, ContentFile)
        .values(sha256=digest, size=len(data), data=data, first_used_at=act.now)
        .on_conflict_do_nothing()
    )


def _insert(
    session: Session, into: type[ContentFile | ContentVersion]
) -> postgresql.Insert | sqlite.Insert:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(into) if on_sqlite else postgresql.insert(into)


_PARSED: dict[str, Policy] = {}  # by digest: the same files are the same policy


def _policy_of(slug: str, digest: str, files: Mapping[str, str]) -> Policy:
    if digest not in _PARSED:
        _PARSED[digest] = load_texts(slug, files)
    return _PARSED[digest]


def archived(session: Session | Connection, digest: str) -> Policy:
    """The content with this digest, as it was. Raises CurriculumError where it cannot be read."""
    if digest in _PARSED:
        return _PARSED[digest]
    row = session.execute(
        select(ContentVersion.policy, ContentVersion.files).where(ContentVersion.digest == digest)
    ).one()
    return _policy_of(row.policy, digest, row.files)
