"""Reads about drafts of the policy. Each costs the same however much was written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from induction.database import AnyRow, AnySelect
from induction.people.models import Account
from induction.policy.models import ContentFile, ContentVersion, PolicyVersion
from induction.policy.store import Content
from induction.policy_versions.models import (
    DraftOutcome,
    PolicyDraft,
    PolicyDraftComment,
    PolicyDraftText,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a draft, and who left it so."""

    path: str
    words: str
    by: str
    at: datetime
    changed: bool  # since the draft began


def open_draft(session: Session, policy: str) -> PolicyDraft | None:
    """The draft that can be written in."""
    query = select(PolicyDraft).where(
        PolicyDraft.policy == policy, PolicyDraft.outcome == DraftOutcome.OPEN.value
    )
    return session.scalars(query).first()


def draft(session: Session, policy: str, public_id: str) -> PolicyDraft | None:
    """One draft, open or not."""
    query = select(PolicyDraft).where(
        PolicyDraft.policy == policy, PolicyDraft.public_id == public_id
    )
    return session.scalars(query).first()


def written(session: Session, draft_id: int) -> list[Written]:
    """Every file of a draft as it is now, by path."""
    ends = (
        select(
            func.max(PolicyDraftText.id).label("last"), func.min(PolicyDraftText.id).label("first")
        )
        .where(PolicyDraftText.draft_id == draft_id)
        .group_by(PolicyDraftText.path)
        .subquery()
    )
    begun = aliased(PolicyDraftText)
    changed = begun.words != PolicyDraftText.words
    query = (
        select(PolicyDraftText, Account.full_name, changed.label("changed"))
        .join(ends, ends.c.last == PolicyDraftText.id)
        .join(begun, begun.id == ends.c.first)
        .join(Account, Account.id == PolicyDraftText.by_id)
        .where(PolicyDraftText.words.is_not(None))
        .order_by(PolicyDraftText.path)
    )
    return [
        Written(row.path, row.words or "", name, row.at, changed)
        for row, name, changed in session.execute(query)
    ]


def texts(session: Session, draft_id: int) -> dict[str, str]:
    """Path → text of every file of a draft."""
    return {one.path: one.words for one in written(session, draft_id)}


def texts_in_force(session: Session, content: Content) -> Mapping[str, str]:
    """What is in force as its authors wrote it: the draft that it was drawn up from, or files."""
    digest = content.look(session).policy.digest
    query = (
        select(PolicyDraft.id)
        .join(PolicyVersion, PolicyVersion.id == PolicyDraft.version_id)
        .where(PolicyVersion.content == digest, PolicyVersion.policy == content.slug)
        .order_by(PolicyDraft.id.desc())
        .limit(1)
    )
    drawn_from = session.scalar(query)
    return texts(session, drawn_from) if drawn_from else content.as_written(session)


def ended(policy: str) -> AnySelect:
    """Drafts that were drawn up or discarded, newest first."""
    ender = aliased(Account)
    return (
        select(
            PolicyDraft.public_id,
            PolicyDraft.begun_at,
            PolicyDraft.ended_at,
            PolicyDraft.outcome,
            PolicyDraft.version_id,
            Account.full_name.label("begun_by"),
            ender.full_name.label("ended_by"),
        )
        .join(Account, Account.id == PolicyDraft.begun_by_id)
        .outerjoin(ender, ender.id == PolicyDraft.ended_by_id)
        .where(PolicyDraft.policy == policy, PolicyDraft.outcome != DraftOutcome.OPEN.value)
        .order_by(PolicyDraft.id.desc())
    )


def comments(draft_id: int, about: tuple[str, str] | None = None) -> AnySelect:
    """What was said about a draft, or about one part of it, the oldest first."""
    settler, one = aliased(Account), PolicyDraftComment
    query = (
        select(
            one.public_id, one.kind, one.name, one.words, one.at, one.settled_at,
            Account.full_name.label("by"), settler.full_name.label("settled_by"),
        )
        .join(Account, Account.id == one.by_id)
        .outerjoin(settler, settler.id == one.settled_by_id)
        .where(one.draft_id == draft_id)
        .order_by(one.id)
    )  # fmt: skip
    return query.where(one.kind == about[0], one.name == about[1]) if about else query


def unused_files(session: Session) -> list[str]:
    """Pictures, sound and films that no content has, nor any draft but discarded ones.

    They are held until the commit, so that none comes into use meanwhile.
    """
    held = select(ContentFile.sha256).order_by(ContentFile.sha256).with_for_update()
    session.execute(held)
    line = literal("%sha256 ") + ContentFile.sha256 + literal(" %")
    in_content = exists().where(cast(ContentVersion.files, Text).like(line))
    in_draft = exists().where(
        PolicyDraftText.words.like(line),
        PolicyDraftText.draft_id == PolicyDraft.id,
        PolicyDraft.outcome != DraftOutcome.DISCARDED.value,
    )
    return list(session.scalars(select(ContentFile.sha256).where(~in_content, ~in_draft)))


def open_comments(session: Session, draft_id: int) -> list[AnyRow]:
    """How many comments on each part wait to be dealt with."""
    one = PolicyDraftComment
    query = (
        select(one.kind, one.name, func.count().label("count"))
        .where(one.draft_id == draft_id, one.settled_at.is_(None))
        .group_by(one.kind, one.name)
        .order_by(one.kind, one.name)
    )
    return list(session.execute(query).all())


def name_of(session: Session, account_id: int) -> str:
    """Who that is."""
    return session.scalar(select(Account.full_name).where(Account.id == account_id)) or ""
