"""What this installation teaches: the content in force, held in memory, and the content folder.

What learners see comes from the database, by digest; the files in the content folder change nothing
until a version is made of them. Until a first version is in force they stand in for it, and the
first act that is kept puts them in force. The query that reads a learner's way brings ``MARKS``
along, so that a version published by another process is noticed at once and at no cost.
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flask import current_app, request
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.config import Settings
from induction.curriculum.faults import CurriculumError, Fault
from induction.curriculum.loader import digest_of, read_texts
from induction.curriculum.model import Policy
from induction.curriculum.own_words import ORGANISATION, in_own_words, names_in
from induction.extensions import db
from induction.institute import Institute
from induction.policy import archive
from induction.policy.archive import Candidate, keep_content, keep_file, kept_for_now
from induction.policy.editions import InForce
from induction.policy.in_force import marks_of, put_first_in_force, read_in_force
from induction.policy.models import ContentFile, ContentVersion

SECONDS_BETWEEN_LOOKS = 2.0
archived = archive.archived  # a step of the schema reads it from here


class Content:
    """The content of one installation, held in memory and read anew when it has changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The files that learners see until a first version, as they were when first read.
        self._standing_in: Mapping[str, str] | None = None
        self._held: InForce | None = None
        self._looked = 0.0
        self._marks = select(*marks_of(settings.policy))

    @property
    def slug(self) -> str:
        """The policy that this installation teaches."""
        return self._settings.policy

    def load(self) -> None:
        """Read the files and what is in force, at the start of a server.

        Raises CurriculumError with every fault of the files; but not while a version is in force,
        since nobody is shown them then.
        """
        fault: CurriculumError | None = None
        try:
            self.candidate()
        except CurriculumError as error:
            fault = error
        self._look_alone()
        if fault and not (self._held and self._held.edition):
            raise fault
        if fault:
            logging.getLogger(__name__).warning("the content folder has faults; see content check")

    @property
    def organisation(self) -> str:
        """Who the policy belongs to; a plain name while the files are faulty."""
        try:
            return (self._held or self._stand_in({})).policy.organisation
        except CurriculumError:
            return "Learner Induction"

    @property
    def in_force(self) -> InForce:
        """What learners see. Raises CurriculumError where only faulty files could say."""
        if self._held is None:
            self._look_alone()
        return self._held or InForce(self._stand_in({}).policy)

    @property
    def policy(self) -> Policy:
        """The policy in force. Raises CurriculumError as ``in_force`` does."""
        return self.in_force.policy

    def candidate(self) -> Candidate:
        """The files in the content folder, read now, in the institute's own words.

        Raises CurriculumError with every fault.
        """
        texts = read_texts(self._settings.content_root, self.slug)
        self._standing_in = self._standing_in or texts
        try:
            with db.engine.connect() as connection:
                own = _own_words(connection)
        except SQLAlchemyError:
            own = {}
        return self._candidate_of(texts, own)

    def folder(self) -> dict[str, str]:
        """The files in the content folder as authors wrote them, names in braces and all.

        Raises CurriculumError where a file cannot be read.
        """
        return read_texts(self._settings.content_root, self.slug)

    def as_written(self, session: Session) -> Mapping[str, str]:
        """What is in force as its authors wrote it, where the folder still has that.

        Else as people read it: then names do not stand in braces any more.
        """
        held = self.look(session)
        with suppress(CurriculumError):
            folder = self.folder()
            said = names_in(folder, self.slug).items()
            then = dict(held.policy.called.items() - said)  # the institute's words at that time
            for own in (then, _own_words(session)):
                if digest_of(in_own_words(folder, self.slug, own)) == held.policy.digest:
                    return folder
        files = session.scalar(
            select(ContentVersion.files).where(ContentVersion.digest == held.policy.digest)
        )
        return files or self._standing_in or {}

    def read_as(self, session: Session, texts: Mapping[str, str]) -> dict[str, str]:
        """Authors' texts as people read them: in the institute's own words."""
        return in_own_words(texts, self.slug, _own_words(session))

    @property
    def names(self) -> Mapping[str, str]:
        """What the files say of the institute's people and papers, whatever its settings say.

        Raises CurriculumError where the files are faulty.
        """
        texts = read_texts(self._settings.content_root, self.slug)
        return self._candidate_of(texts, {}).policy.called

    def look(self, session: Session | Connection) -> InForce:
        """What is in force, sure to be so in this transaction. One small query."""
        step, document = session.execute(self._marks).one()
        self._looked = time.monotonic()
        return self.seen(session, step, document)

    def seen(
        self, session: Session | Connection, step: str | None, document: str | None
    ) -> InForce:
        """What is in force, given the marks that a query brought along."""
        marks = (step or "", document or "")
        held = self._held
        if held is None or held.marks != marks:
            held = self._held = read_in_force(
                session, self.slug, marks, lambda: self._stand_in(_own_words(session)).policy
            )
        return held

    def look_now_and_then(self) -> None:
        """For pages that bring no marks along: another process may have published."""
        if time.monotonic() - self._looked > SECONDS_BETWEEN_LOOKS:
            self._look_alone()

    def keep(self, act: Act, first: Candidate | None = None) -> str:
        """The digest of the content in force, archived.

        Where no version has been in force yet, ``first`` becomes it, or the content folder.
        """
        session = act.session
        held = self.look(session)
        if held.edition is None:
            # Two learners may be the first at once: the one waits here for the other. Not at the
            # head of the chain, which is locked last: whoever holds it and waits could be waited
            # for.
            session.execute(select(Institute.id).where(Institute.id == 1).with_for_update())
            held = self.look(session)
        if held.edition is None:
            candidate = first or self._stand_in(_own_words(session))
            self.archive(act, candidate)
            held = self._held = put_first_in_force(act, candidate.policy, held)
        return held.policy.digest

    def archive(self, act: Act, candidate: Candidate) -> str:
        """Keep these files for ever; returns their digest.

        Raises CurriculumError where a picture, sound or film has changed since they were read.
        """
        self.keep_files(act, candidate.policy.media)
        return keep_content(act, candidate)

    def keep_files(self, act: Act, media: Mapping[str, str]) -> None:
        """Keep the pictures, sound and films with these digests, which are on disk or kept already.

        Raises CurriculumError as ``archive`` does.
        """
        kept = kept_for_now(act.session, media)
        for digest, path in media.items():
            data = None if digest in kept else self._on_disk(path, digest)
            if data is not None:
                keep_file(act, data)
            elif digest not in kept:
                raise CurriculumError([Fault(path, 1, "this file has changed meanwhile")])

    def file(self, session: Session, digest: str) -> bytes | None:
        """The picture, sound or film with this SHA-256; None where no content shows it.

        It comes from the disk as long as the files there stand in for a first version.
        """
        kept = session.scalar(select(ContentFile.data).where(ContentFile.sha256 == digest))
        path = self.look(session).policy.media.get(digest)
        return self._on_disk(path, digest) if kept is None and path else kept

    def _on_disk(self, path: str, digest: str) -> bytes | None:
        """A file as it was read; None where it is another one now."""
        try:
            data = (Path(self._settings.content_root) / path).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def version(self, session: Session, digest: str) -> Policy:
        """The content with this digest, as it was; the one in force for the empty digest."""
        if digest in ("", self.policy.digest):
            return self.policy
        return archived(session, digest)

    def clauses_of(self, session: Session, digest: str, scenario: str) -> tuple[str, ...]:
        """What a scenario of that content tests."""
        known = self.version(session, digest).scenario(scenario)
        return known.clauses if known else ()

    def _stand_in(self, own: Mapping[str, str]) -> Candidate:
        """What learners see until a first version is in force."""
        if self._standing_in is None:
            self._standing_in = read_texts(self._settings.content_root, self.slug)
        return self._candidate_of(self._standing_in, own)

    def _candidate_of(self, texts: Mapping[str, str], own: Mapping[str, str]) -> Candidate:
        return Candidate.of(self.slug, in_own_words(texts, self.slug, own))

    def _look_alone(self) -> None:
        """Look on a connection of its own; where the database cannot say, all stays as it is."""
        try:
            with db.engine.connect() as connection:
                self.look(connection)
        except (SQLAlchemyError, CurriculumError):
            self._looked = time.monotonic()


def _own_words(session: Session | Connection) -> dict[str, str]:
    """What the settings say that the institute calls its own people and papers."""
    row = session.execute(
        select(Institute.called, Institute.name).where(Institute.id == 1)
    ).one_or_none()
    if row is None:
        return {}
    return {**row.called, **({ORGANISATION: row.name} if row.name else {})}


def content() -> Content:
    """The content of the running application."""
    held: Content = current_app.extensions["content"]
    return held


def look_for_another_version() -> None:
    """Before a request of those who look after learners; a learner's own pages always know."""
    if request.path.startswith(("/tutor", "/compliance")):
        content().look_now_and_then()
