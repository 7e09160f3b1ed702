"""The content in force, every content that was ever shown, and the draft on disk.

What learners see comes from the database, by digest; the files on disk are the draft of the next
version. Until a first version is in force the files stand in for it, and the first act that is kept
puts them in force. The query that reads a learner's way brings ``MARKS`` along, so that a version
published by another process is noticed at once and at no cost.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app, request
from sqlalchemy import (
    BindParameter,
    Connection,
    Function,
    ScalarSelect,
    String,
    bindparam,
    cast,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.config import Settings
from induction.curriculum.faults import CurriculumError
from induction.curriculum.loader import digest_of, load_texts, read_texts
from induction.curriculum.model import Policy
from induction.curriculum.own_words import ORGANISATION, in_own_words
from induction.extensions import db
from induction.institute import Institute
from induction.policy.editions import Document, Edition, Editions, InForce, News
from induction.policy.models import (
    ContentVersion,
    PolicyChange,
    PolicyDocument,
    PolicyStep,
    PolicyVersion,
)

SECONDS_BETWEEN_LOOKS = 2.0
_FILES = "files:"  # how the mark begins while the files stand in for a first version


@dataclass(frozen=True, slots=True)
class Draft:
    """The files on disk as they are at this moment."""

    files: Mapping[str, str]
    policy: Policy


def marks_of(slug: str | BindParameter[str]) -> tuple[Function[str], ScalarSelect[str]]:
    """Two values that change whenever another version or document comes into force.

    While none has been in force, the first is how the institute calls itself, its own people and
    its papers, since learners read the files in these words.
    """
    step = (
        select(cast(PolicyStep.id, String) + literal(":") + PolicyVersion.content)
        .select_from(PolicyStep)
        .join(PolicyVersion, PolicyVersion.id == PolicyStep.version_id)
        .where(PolicyStep.policy == slug, PolicyStep.state == "in-force")
        .order_by(PolicyStep.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    settings = (
        select(literal(_FILES) + Institute.name + cast(Institute.called, String))
        .where(Institute.id == 1)
        .scalar_subquery()
    )
    document = (
        select(cast(PolicyDocument.id, String) + literal(":") + PolicyDocument.sha256)
        .where(PolicyDocument.policy == slug)
        .order_by(PolicyDocument.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(step, settings), document


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
            self.draft()
        except CurriculumError as error:
            fault = error
        self._look_alone()
        if fault and not (self._held and self._held.edition):
            raise fault
        if fault:
            logging.getLogger(__name__).warning("the draft on disk has faults; see content check")

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

    def draft(self) -> Draft:
        """The files on disk, read now, in the institute's own words.

        Raises CurriculumError with every fault.
        """
        texts = read_texts(self._settings.content_root, self.slug)
        self._standing_in = self._standing_in or texts
        try:
            with db.engine.connect() as connection:
                own = _own_words(connection)
        except SQLAlchemyError:
            own = {}
        return self._draft_of(texts, own)

    @property
    def names(self) -> Mapping[str, str]:
        """What the files say of the institute's people and papers, whatever its settings say.

        Raises CurriculumError where the files are faulty.
        """
        texts = read_texts(self._settings.content_root, self.slug)
        return self._draft_of(texts, {}).policy.called

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
            held = self._held = self._read(session, marks)
        return held

    def look_now_and_then(self) -> None:
        """For pages that bring no marks along: another process may have published."""
        if time.monotonic() - self._looked > SECONDS_BETWEEN_LOOKS:
            self._look_alone()

    def keep(self, act: Act) -> str:
        """The digest of the content in force, archived.

        Where no version has been in force yet, the files on disk become the first.
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
            held = self._held = self._put_in_force(act, held)
        return held.policy.digest

    def archive(self, act: Act, draft: Draft) -> str:
        """Keep these files for ever; returns their digest."""
        act.session.execute(
            _insert(act.session)
            .values(
                digest=draft.policy.digest,
                policy=draft.policy.slug,
                version_date=draft.policy.version_date,
                files=dict(draft.files),
                first_used_at=act.now,
            )
            .on_conflict_do_nothing()
        )
        return draft.policy.digest

    def version(self, session: Session, digest: str) -> Policy:
        """The content with this digest, as it was; the one in force for the empty digest."""
        if digest in ("", self.policy.digest):
            return self.policy
        return archived(session, digest)

    def clauses_of(self, session: Session, digest: str, scenario: str) -> tuple[str, ...]:
        """What a scenario of that content tests."""
        known = self.version(session, digest).scenario(scenario)
        return known.clauses if known else ()

    def _stand_in(self, own: Mapping[str, str]) -> Draft:
        """What learners see until a first version is in force."""
        if self._standing_in is None:
            self._standing_in = read_texts(self._settings.content_root, self.slug)
        return self._draft_of(self._standing_in, own)

    def _draft_of(self, texts: Mapping[str, str], own: Mapping[str, str]) -> Draft:
        files = in_own_words(texts, self.slug, own)
        return Draft(files, _policy_of(self.slug, digest_of(files), files))

    def _look_alone(self) -> None:
        """Look on a connection of its own; where the database cannot say, all stays as it is."""
        try:
            with db.engine.connect() as connection:
                self.look(connection)
        except (SQLAlchemyError, CurriculumError):
            self._looked = time.monotonic()

    def _put_in_force(self, act: Act, held: InForce) -> InForce:
        session, draft = act.session, self._stand_in(_own_words(act.session))
        digest = self.archive(act, draft)
        policy = draft.policy
        version_id = session.execute(
            insert(PolicyVersion)
            .values(
                policy=policy.slug, version_date=policy.version_date, content=digest, redo=(),
                asks=(), asks_everyone=False,
            )
            .returning(PolicyVersion.id)
        ).scalar_one()  # fmt: skip
        number = session.execute(
            insert(PolicyStep)
            .values(version_id=version_id, policy=policy.slug, state="in-force", at=act.now)
            .returning(PolicyStep.id)
        ).scalar_one()
        act.unattended().record(
            Action.POLICY_PUBLISHED, f"policy-version:{version_id}",
            policy=policy.slug, version_date=policy.version_date.isoformat(), content=digest,
            redo=[], people=0, redo_by=None, joiner_days=None,
        )  # fmt: skip
        edition = Edition(number, version_id, policy.version_date, None, None, act.now)
        marks = (f"{number}:{digest}", held.marks[1])
        editions = Editions({digest: number})
        return InForce(policy, editions, marks, (edition,), document=held.document)

    def _read(self, session: Session | Connection, marks: tuple[str, str]) -> InForce:
        slug = self.slug
        first = not marks[0] or marks[0].startswith(_FILES)
        rows = [] if first else session.execute(_IN_FORCE, {"slug": slug}).all()
        policy = (
            archived(session, rows[-1].content)
            if rows
            else self._stand_in(_own_words(session)).policy
        )
        document = None
        if marks[1]:
            known = {"slug": slug, "day": policy.version_date}
            row = session.execute(_DOCUMENT, known).first()
            document = Document(*row) if row else None
        editions = Editions(
            numbers={row.content: row.id for row in rows},
            since={clause: row.id for row in rows for clause in row.asks},
            sign={
                row.id: None if row.asks_everyone else frozenset(row.asks)
                for row in rows
                if row.asks or row.asks_everyone
            },
        )
        every = tuple(
            Edition(r.id, r.version_id, r.version_date, r.redo_by, r.joiner_days, r.at)
            for r in rows
        )
        news: tuple[News, ...] = ()
        if editions.sign:
            news = tuple(News(*row) for row in session.execute(_NEWS, {"slug": slug}))
        return InForce(policy, editions, marks, every, news, document)


_IN_FORCE = (
    select(
        PolicyStep.id,
        PolicyStep.version_id,
        PolicyStep.redo_by,
        PolicyStep.joiner_days,
        PolicyStep.at,
        PolicyVersion.content,
        PolicyVersion.version_date,
        PolicyVersion.asks,
        PolicyVersion.asks_everyone,
    )
    .join(PolicyVersion, PolicyVersion.id == PolicyStep.version_id)
    .where(PolicyStep.policy == bindparam("slug"), PolicyStep.state == "in-force")
    .order_by(PolicyStep.id)
)
_NEWS = (
    select(PolicyStep.id, PolicyChange.kind, PolicyChange.item, PolicyChange.reason)
    .join(PolicyChange, PolicyChange.version_id == PolicyStep.version_id)
    .where(
        PolicyStep.policy == bindparam("slug"),
        PolicyStep.state == "in-force",
        PolicyChange.weight == "material",
    )
    .order_by(PolicyStep.id, PolicyChange.id)
)
_DOCUMENT = (
    select(PolicyDocument.id, PolicyDocument.name, PolicyDocument.kind, PolicyDocument.sha256)
    .where(
        PolicyDocument.policy == bindparam("slug"),
        PolicyDocument.version_date == bindparam("day"),
    )
    .order_by(PolicyDocument.id.desc())
    .limit(1)
)


def _own_words(session: Session | Connection) -> dict[str, str]:
    """What the settings say that the institute calls its own people and papers."""
    row = session.execute(
        select(Institute.called, Institute.name).where(Institute.id == 1)
    ).one_or_none()
    if row is None:
        return {}
    return {**row.called, **({ORGANISATION: row.name} if row.name else {})}


def _insert(session: Session) -> postgresql.Insert | sqlite.Insert:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(ContentVersion) if on_sqlite else postgresql.insert(ContentVersion)


def content() -> Content:
    """The content of the running application."""
    held: Content = current_app.extensions["content"]
    return held


def look_for_another_version() -> None:
    """Before a request of those who look after learners; a learner's own pages always know."""
    if request.path.startswith(("/tutor", "/compliance")):
        content().look_now_and_then()


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
