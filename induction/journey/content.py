"""The content in force, and every content that was ever shown."""

from datetime import datetime
from functools import cached_property

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.config import Settings
from induction.curriculum.faults import CurriculumError
from induction.curriculum.loader import load_texts, read_texts
from induction.curriculum.model import Policy
from induction.journey.models import ContentVersion


class Content:
    """The files on disk, read and checked once on first need, and held in memory."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def load(self) -> None:
        """Read and check the files now. Raises CurriculumError with every fault."""
        self.policy  # noqa: B018  the first look reads them

    @property
    def organisation(self) -> str:
        """Who the policy belongs to; a plain name while the files are faulty."""
        try:
            return self.policy.organisation
        except CurriculumError:
            return "Learner Induction"

    @cached_property
    def files(self) -> dict[str, str]:
        """The authors' files, by path. Raises CurriculumError."""
        return read_texts(self._settings.content_root, self._settings.policy)

    @cached_property
    def policy(self) -> Policy:
        """The policy in force. Raises CurriculumError with every fault, each with its line."""
        return load_texts(self._settings.policy, self.files)

    def keep(self, session: Session, *, now: datetime) -> str:
        """Archive the content in force, in the caller's transaction; returns its digest."""
        digest = self.policy.digest
        # Asked each time: a restored backup may not have what was archived a minute ago.
        known = select(ContentVersion.digest).where(ContentVersion.digest == digest)
        if session.scalar(known) is None:
            session.execute(
                _insert(session)
                .values(
                    digest=digest,
                    policy=self.policy.slug,
                    version_date=self.policy.version_date,
                    files=self.files,
                    first_used_at=now,
                )
                .on_conflict_do_nothing()  # two learners may be the first at once
            )
        return digest

    def version(self, session: Session, digest: str) -> Policy:
        """The content with this digest, as it was; the one in force for the empty digest."""
        if digest in ("", self.policy.digest):
            return self.policy
        return _from_archive(session, digest)


def _insert(session: Session) -> postgresql.Insert | sqlite.Insert:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(ContentVersion) if on_sqlite else postgresql.insert(ContentVersion)


def content() -> Content:
    """The content of the running application."""
    held: Content = current_app.extensions["content"]
    return held


_PARSED: dict[str, Policy] = {}


def _from_archive(session: Session, digest: str) -> Policy:
    if digest not in _PARSED:
        row = session.execute(
            select(ContentVersion.policy, ContentVersion.files).where(
                ContentVersion.digest == digest
            )
        ).one()
        _PARSED[digest] = load_texts(row.policy, row.files)
    return _PARSED[digest]
