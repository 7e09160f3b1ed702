"""The steps of a version (drawn up, approved, in force, retired): each kept, by whom and when."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.policy.models import PolicyStep, PolicyVersion
from induction.policy_versions.rules import VersionState
from induction.refusals import NotNow


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when people are to be done once a version is in force."""

    redo_by: date | None = None  # those who have to do something again
    joiner_days: int | None = None  # days for new learners who are enrolled without a date


def subject(version_id: int) -> str:
    """How the audit log names a version."""
    return f"policy-version:{version_id}"


def version_at(session: Session, slug: str, version_id: int, state: VersionState) -> PolicyVersion:
    """The version, where it stands at this step. Raises NotNow."""
    version = session.get(PolicyVersion, version_id)
    if version is None or version.policy != slug:
        raise NotNow("There is no such version.")
    last = session.scalar(
        select(PolicyStep.state)
        .where(PolicyStep.version_id == version_id)
        .order_by(PolicyStep.id.desc())
        .limit(1)
    )
    if last != state:
        raise NotNow(f"This version is {str(last).replace('-', ' ')}.")
    return version


def step(
    act: Act,
    slug: str,
    version_id: int,
    state: VersionState,
    deadlines: Deadlines = Deadlines(),
) -> None:
    """Let a version take this step."""
    act.session.execute(
        insert(PolicyStep).values(
            version_id=version_id, policy=slug, state=state.value, by_id=act.account_id,
            at=act.now, redo_by=deadlines.redo_by, joiner_days=deadlines.joiner_days,
        )
    )  # fmt: skip
