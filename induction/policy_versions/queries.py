"""Reads about the versions of a policy and its documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.database import AnyRow
from induction.journey.models import OptionCount
from induction.people.models import Account
from induction.policy.models import (
    ContentVersion,
    PolicyChange,
    PolicyDocument,
    PolicyStep,
    PolicyVersion,
)
from induction.policy_versions.models import PolicySchedule, ScheduleOutcome
from induction.policy_versions.rules import Chosen, VersionState

STATE_TEXT = {
    VersionState.DRAFT: "Drawn up",
    VersionState.APPROVED: "Approved",
    VersionState.IN_FORCE: "In force",
    VersionState.RETIRED: "Retired",
}
BY_ITSELF = "By itself"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of a version."""

    state: VersionState
    by: str
    at: datetime
    redo_by: date | None
    joiner_days: int | None

    @property
    def text(self) -> str:
        """The state in words."""
        return STATE_TEXT[self.state]


@dataclass(frozen=True, slots=True)
class Version:
    """A version with how it came to be."""

    id: int
    version_date: date
    content: str
    base_id: int | None
    redo: tuple[str, ...]
    asks: tuple[str, ...]
    asks_everyone: bool
    steps: tuple[StepTaken, ...]

    @property
    def state(self) -> VersionState:
        """How far it has got."""
        return self.steps[-1].state

    @property
    def state_text(self) -> str:
        """The same in words."""
        return STATE_TEXT[self.state]

    @property
    def last(self) -> StepTaken:
        """Its latest step."""
        return self.steps[-1]


def versions(session: Session, policy: str) -> list[Version]:
    """Every version of a policy, newest first. Two queries."""
    query = select(PolicyVersion).where(PolicyVersion.policy == policy)
    return _with_steps(session, session.scalars(query.order_by(PolicyVersion.id.desc())))


def version(session: Session, policy: str, version_id: int) -> Version | None:
    """One version, or None."""
    query = select(PolicyVersion).where(
        PolicyVersion.id == version_id, PolicyVersion.policy == policy
    )
    found = _with_steps(session, session.scalars(query))
    return found[0] if found else None


def _with_steps(session: Session, rows: Iterable[PolicyVersion]) -> list[Version]:
    found = list(rows)
    query = (
        select(PolicyStep, Account.full_name)
        .outerjoin(Account, Account.id == PolicyStep.by_id)
        .where(PolicyStep.version_id.in_([row.id for row in found]))
        .order_by(PolicyStep.id)
    )
    steps: dict[int, list[StepTaken]] = {row.id: [] for row in found}
    for step, name in session.execute(query):
        taken = StepTaken(
            VersionState(step.state), name or BY_ITSELF, step.at, step.redo_by, step.joiner_days
        )
        steps[step.version_id].append(taken)
    return [
        Version(
            row.id, row.version_date, row.content, row.base_id, row.redo, row.asks,
            row.asks_everyone, tuple(steps[row.id]),
        )
        for row in found
    ]  # fmt: skip


def changes_of(session: Session, version_id: int) -> list[PolicyChange]:
    """What a version changes, as it was said when it was drawn up."""
    query = select(PolicyChange).where(PolicyChange.version_id == version_id)
    return list(session.scalars(query.order_by(PolicyChange.id)))


def chosen(session: Session, policy: str) -> Chosen:
    """What learners have chosen, of whatever content: it must stay. As many rows as options."""
    query = (
        select(OptionCount.scenario, OptionCount.option)
        .join(ContentVersion, ContentVersion.digest == OptionCount.content)
        .where(ContentVersion.policy == policy, OptionCount.option != "")
        .distinct()
    )
    return frozenset((row.scenario, row.option) for row in session.execute(query))


def set_day(session: Session, policy: str) -> AnyRow | None:
    """The day on which a version comes into force by itself, where one waits for it."""
    query = (
        select(
            PolicySchedule.version_id,
            PolicySchedule.day,
            PolicySchedule.redo_by,
            PolicySchedule.joiner_days,
            PolicySchedule.at,
            Account.full_name.label("by"),
        )
        .join(Account, Account.id == PolicySchedule.by_id)
        .where(
            PolicySchedule.policy == policy,
            PolicySchedule.outcome == ScheduleOutcome.WAITING.value,
        )
    )
    return session.execute(query).first()


def missed_day(session: Session, version_id: int) -> AnyRow | None:
    """The last day on which a version should have come into force and could not, and why."""
    query = (
        select(PolicySchedule.day, PolicySchedule.why)
        .where(
            PolicySchedule.version_id == version_id,
            PolicySchedule.outcome == ScheduleOutcome.OVERTAKEN.value,
        )
        .order_by(PolicySchedule.id.desc())
        .limit(1)
    )
    return session.execute(query).first()


def documents(session: Session, policy: str) -> list[AnyRow]:
    """Every document that was attached, newest first, without its bytes."""
    query = (
        select(
            PolicyDocument.id,
            PolicyDocument.version_date,
            PolicyDocument.name,
            PolicyDocument.kind,
            PolicyDocument.sha256,
            PolicyDocument.size,
            PolicyDocument.at,
            Account.full_name.label("by"),
        )
        .outerjoin(Account, Account.id == PolicyDocument.by_id)
        .where(PolicyDocument.policy == policy)
        .order_by(PolicyDocument.id.desc())
    )
    return list(session.execute(query).all())


def waiting(session: Session, policy: str, in_force: int | None) -> int | None:
    """The newest version drawn up from the one in force that is not in force itself, or None."""
    query = (
        select(func.max(PolicyVersion.id))
        .where(PolicyVersion.policy == policy, PolicyVersion.base_id == in_force)
        .where(
            PolicyVersion.id.not_in(
                select(PolicyStep.version_id).where(PolicyStep.state == VersionState.IN_FORCE.value)
            )
        )
    )
    return session.scalar(query) if in_force else None
