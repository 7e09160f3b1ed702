"""Drawing up a version: files that may become one, with what was said of each change."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.model import Policy
from induction.policy.archive import Candidate
from induction.policy.models import PolicyChange, PolicyStep, PolicyVersion
from induction.policy.store import Content
from induction.policy_versions.rules import (
    ChangeMark,
    VersionState,
    Weight,
    other_changes,
    redo_of,
    to_be_marked,
)
from induction.policy_versions.version_steps import step, subject
from induction.refusals import NotNow


def draw_up(
    act: Act, content: Content, candidate: Candidate, marks: Mapping[str, ChangeMark]
) -> int:
    """Keep these files as a version, with what was said of each change; returns its id.

    Of the same files, and with the same words, there is one version.

    Raises NotNow where nothing has changed, or where a change has no mark.
    """
    session, policy = act.session, candidate.policy
    content.keep(act)
    held = content.look(session)
    if policy.digest == held.policy.digest:
        raise NotNow("These files are what is in force: there is nothing to draw up.")
    marked = to_be_marked(held.policy, policy)
    if marks.keys() != {change.key for change in marked}:
        raise NotNow("The files have changed meanwhile. Look at the differences again.")
    content.archive(act, candidate)
    base_id = held.edition.version_id if held.edition else None
    plain = ChangeMark(Weight.MINOR, "")
    said = [
        (change.kind, change.item, change.change, mark.weight.value, mark.reason)
        for change in (*marked, *other_changes(held.policy, policy))
        for mark in (marks.get(change.key, plain),)
    ]
    if same := _same_drawn_up(session, policy, base_id, said):
        return same
    redo = redo_of(policy, marks)
    version_id: int = session.execute(
        insert(PolicyVersion)
        .values(
            policy=policy.slug, version_date=policy.version_date, content=policy.digest,
            base_id=base_id,
            redo=redo.scenarios, asks=redo.clauses, asks_everyone=redo.everyone,
        )
        .returning(PolicyVersion.id)
    ).scalar_one()  # fmt: skip
    if said:
        names = ("kind", "item", "change", "weight", "reason")
        rows = [{"version_id": version_id, **dict(zip(names, one, strict=True))} for one in said]
        session.execute(insert(PolicyChange), rows)
    step(act, policy.slug, version_id, VersionState.DRAFT)
    weights = [mark.weight for mark in marks.values()]
    act.record(
        Action.POLICY_DRAWN_UP,
        subject(version_id),
        policy=policy.slug,
        version_date=policy.version_date.isoformat(),
        content=policy.digest,
        material=weights.count(Weight.MATERIAL),
        minor=weights.count(Weight.MINOR),
    )
    return version_id


def _same_drawn_up(
    session: Session, policy: Policy, base_id: int | None, said: Sequence[tuple[str, ...]]
) -> int | None:
    """What was drawn up of the same files of which the same was said: the form may have come twice.

    Whoever draws one up at the same time is waited for.
    """
    versions = select(PolicyVersion).where(PolicyVersion.policy == policy.slug)
    session.scalars(versions.with_for_update()).all()
    gone_on = select(PolicyStep.version_id).where(PolicyStep.state != VersionState.DRAFT.value)
    like = versions.where(
        PolicyVersion.content == policy.digest,
        PolicyVersion.base_id == base_id,
        PolicyVersion.id.not_in(gone_on),
    )
    change = PolicyChange
    columns = (change.kind, change.item, change.change, change.weight, change.reason)
    for drawn_up in session.scalars(like.order_by(PolicyVersion.id)):
        theirs = session.execute(select(*columns).where(change.version_id == drawn_up.id))
        if sorted(tuple(row) for row in theirs) == sorted(said):
            return drawn_up.id
    return None
