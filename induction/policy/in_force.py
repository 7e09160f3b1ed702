"""What is in force as the database has it: the marks by which a change is seen, and reading it."""

from collections.abc import Callable

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
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.curriculum.model import Policy
from induction.institute import Institute
from induction.policy.archive import archived
from induction.policy.editions import Document, Edition, Editions, InForce, News
from induction.policy.models import PolicyChange, PolicyDocument, PolicyStep, PolicyVersion

_FILES = "files:"  # how the mark begins while the files stand in for a first version


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


def put_first_in_force(act: Act, policy: Policy, held: InForce) -> InForce:
    """Let a content that was archived be the first version. ``held``: what stood in for it."""
    session, digest = act.session, policy.digest
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


def read_in_force(
    session: Session | Connection,
    slug: str,
    marks: tuple[str, str],
    stands_in: Callable[[], Policy],
) -> InForce:
    """What is in force by these marks; what ``stands_in`` where no version has been yet."""
    first = not marks[0] or marks[0].startswith(_FILES)
    rows = [] if first else session.execute(_IN_FORCE, {"slug": slug}).all()
    policy = archived(session, rows[-1].content) if rows else stands_in()
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
        Edition(r.id, r.version_id, r.version_date, r.redo_by, r.joiner_days, r.at) for r in rows
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
