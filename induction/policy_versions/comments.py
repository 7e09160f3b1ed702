"""Comments on parts of a draft: said by whoever reads it, and dealt with; they stay with it."""

from sqlalchemy import insert, select

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.parts import PartKind
from induction.database import new_public_id
from induction.policy.store import Content
from induction.policy_versions.drafts import locked, subject
from induction.policy_versions.models import PolicyDraftComment
from induction.refusals import NotNow
from induction.throttles.rules import PRESSED_TWICE


def add(act: Act, content: Content, part: tuple[PartKind, str], words: str) -> None:
    """Say something about a part of the open draft. The same form sent twice says it once."""
    draft = locked(act, content)
    about = {"draft_id": draft.id, "kind": part[0].value, "name": part[1], "by_id": act.account_id}
    one = PolicyDraftComment
    last = act.session.scalars(
        select(one).filter_by(**about).order_by(one.id.desc()).limit(1)
    ).first()
    if last and last.words == words and act.now - last.at < PRESSED_TWICE:
        return
    public_id = new_public_id()
    values = {**about, "public_id": public_id, "words": words, "at": act.now}
    act.session.execute(insert(one).values(values))
    act.record(
        Action.POLICY_DRAFT_COMMENTED,
        subject(draft),
        part=f"{part[0]}:{part[1]}",
        comment=public_id,
        personal={"words": words},
        account_id=act.account_id,
    )


def settle(act: Act, content: Content, public_id: str) -> tuple[str, str]:
    """Say that a comment on the open draft is dealt with; returns what it is about."""
    draft = locked(act, content)
    query = select(PolicyDraftComment).where(
        PolicyDraftComment.draft_id == draft.id, PolicyDraftComment.public_id == public_id
    )
    found = act.session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotNow("There is no such comment on this draft.")
    if found.settled_at is None:
        found.settled_by_id, found.settled_at = act.account_id, act.now
        act.record(Action.POLICY_DRAFT_COMMENT_SETTLED, subject(draft), comment=public_id)
    return found.kind, found.name
