"""From any clause to the evidence for it, and back: reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import Certificate
from induction.curriculum.model import Policy, Scenario
from induction.journey.models import (
    THAT_COUNTS,
    Answer,
    Attempt,
    ClauseCount,
    Declaration,
    ScenarioCount,
)
from induction.policy.models import ContentVersion, PolicyStep, PolicyVersion


@dataclass(frozen=True, slots=True)
class Result:
    """How learners did with one scenario: how many met it, and were right at first and at last."""

    learners: int = 0
    first_right: int = 0
    last_right: int = 0

    @property
    def first_per_cent(self) -> int | None:
        """Right at the first try, per cent; None where nobody has met it."""
        return round(100 * self.first_right / self.learners) if self.learners else None

    @property
    def last_per_cent(self) -> int | None:
        """Right at the last try, per cent."""
        return round(100 * self.last_right / self.learners) if self.learners else None

    def __add__(self, other: "Result") -> "Result":
        return Result(
            self.learners + other.learners,
            self.first_right + other.first_right,
            self.last_right + other.last_right,
        )


NOTHING = Result()
FEW_ANSWERS = 8000  # some milliseconds to look at


def that_ended_and_counted() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Answers that ended a scenario and counted: no look-backs, no scenes in the middle."""
    return THAT_COUNTS, Answer.result != "continues"


def results(
    session: Session,
    policy: Policy,
    scenarios: Iterable[str],
    certificates: Select[int] | None = None,
) -> dict[str, Result]:
    """For each of these scenarios of a content how learners did with it as it stands there.

    Only answers that were given on this very content count: those of everyone, which are counted
    as they are given, or of the holders of these certificates (ids) as far as they are for this
    version or a newer one.
    """
    if certificates is None:
        counted = select(ScenarioCount).where(
            ScenarioCount.content == policy.digest, ScenarioCount.scenario.in_(list(scenarios))
        )
        return {
            one.scenario: Result(one.learners, one.right_first, one.right_last)
            for one in session.scalars(counted)
        }
    theirs = select(Certificate.enrolment_id).where(
        Certificate.id.in_(certificates), Certificate.policy_version >= policy.version_date
    )
    tries = (
        select(
            Answer.scenario,
            func.min(Answer.id).label("first"),
            func.max(Answer.id).label("last"),
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(
            Answer.scenario.in_(list(scenarios)),
            Attempt.content == policy.digest,
            Attempt.enrolment_id.in_(theirs),
            *that_ended_and_counted(),
        )
        .group_by(Answer.scenario, Attempt.enrolment_id)
    )
    each = tries.subquery()
    first, last = aliased(Answer), aliased(Answer)
    rows = session.execute(
        select(
            each.c.scenario,
            func.count(),
            func.sum(case((first.result == "right", 1), else_=0)),
            func.sum(case((last.result == "right", 1), else_=0)),
        )
        .join(first, first.id == each.c.first)
        .join(last, last.id == each.c.last)
        .group_by(each.c.scenario)
    )
    return {row[0]: Result(row[1], int(row[2]), int(row[3])) for row in rows}


def contents(session: Session, certificates: Select[int]) -> list[str]:
    """The contents (digests) that these certificates stand on, oldest first.

    What their holders answered or signed after that, for a newer version, is not among them.
    """
    stands_on = or_(
        *(
            exists().where(
                given.content == ContentVersion.digest,
                given.enrolment_id == Certificate.enrolment_id,
            )
            for given in (Attempt, Declaration)
        )
    )
    of_them = exists().where(
        Certificate.id.in_(certificates),
        Certificate.policy_version >= ContentVersion.version_date,
        stands_on,
    )
    query = select(ContentVersion.digest).where(of_them)
    order = (ContentVersion.version_date, ContentVersion.first_used_at, ContentVersion.digest)
    return list(session.scalars(query.order_by(*order)))


@dataclass(frozen=True, slots=True)
class InForceOnce:
    """A content that was in force, with the scenarios that it made due again."""

    content: str
    redo: tuple[str, ...]


def in_force_once(session: Session, policy: str) -> list[InForceOnce]:
    """Every content that has been in force, in their order."""
    rows = session.execute(
        select(PolicyVersion.content, PolicyVersion.redo)
        .join(PolicyStep, PolicyStep.version_id == PolicyVersion.id)
        .where(PolicyStep.policy == policy, PolicyStep.state == "in-force")
        .order_by(PolicyStep.id)
    )
    return [InForceOnce(row.content, row.redo) for row in rows]


def still_count(history: Sequence[InForceOnce], content: str, scenario: str) -> set[str]:
    """The contents on which an answer in this scenario counts for this content.

    An older one counts until a change made the scenario due again. A newer one never counts.
    """
    counting = {content}
    for one in dropwhile(lambda one: one.content != content, reversed(history)):
        counting.add(one.content)
        if scenario in one.redo:
            break
    return counting


def evidence(
    history: Sequence[InForceOnce], policy: Policy, scenarios: Iterable[str], *, few: bool
) -> ColumnElement[bool]:
    """A condition on Certificate: its holder was right in one of these scenarios, counted.

    Where there are ``few`` answers they are looked at; otherwise one certificate after the other.

    And so on a content that counts for this one: an old certificate is no evidence for a clause
    that has changed in earnest since, nor a newer one for its old words.
    """
    right = [
        and_(Answer.scenario == one, Attempt.content.in_(still_count(history, policy.digest, one)))
        for one in scenarios
    ]
    if not right:  # or each certificate would be asked about nothing
        return false()
    of = aliased(Certificate) if few else Certificate
    answered = (
        select(of.id if few else Answer.id)
        .select_from(Answer)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(ContentVersion, ContentVersion.digest == Attempt.content)
        .where(
            Attempt.enrolment_id == of.enrolment_id,
            ContentVersion.version_date <= of.policy_version,
            or_(*right),
            Answer.result == "right",
            Answer.answered_at <= of.issued_at,
            *that_ended_and_counted(),
        )
    )
    before = Certificate.id.in_(answered) if few else exists(answered)
    return and_(Certificate.policy_version <= policy.version_date, before)


def are_few(session: Session, scenarios: Sequence[str]) -> bool:
    """Whether in these so little was answered that it is quicker to begin with the answers.

    Of many answers, most certificates have some: the first page is full after a few of them.
    """
    some = select(Answer.id).where(Answer.scenario.in_(scenarios)).limit(FEW_ANSWERS + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= FEW_ANSWERS


def testing(policy: Policy, clause_id: str) -> list[Scenario]:
    """The scenarios that test a clause."""
    return [q for s in policy.sections for q in s.bank if clause_id in q.clauses]


def section_titles(policy: Policy, clause_id: str) -> list[str]:
    """The sections that teach a clause."""
    return [s.title for s in policy.sections if clause_id in s.clauses]


def sights(session: Session, policy: Policy) -> dict[str, ClauseCount]:
    """For each clause how many were right at first sight, later, or not yet, under any content."""
    counted = session.scalars(select(ClauseCount).where(ClauseCount.policy == policy.slug))
    return {one.clause: one for one in counted}


def lines(
    session: Session, policy: Policy, certificates: Select[int] | None = None
) -> list[dict[str, Any]]:
    """Every clause of a content with its sections, its scenarios, and how learners did in each."""
    every = [q.id for s in policy.sections for q in s.bank]
    found = results(session, policy, every, certificates)
    taught = []
    for clause in policy.clauses:
        scenarios = testing(policy, clause.id)
        taught.append(
            {
                "clause": clause,
                "sections": section_titles(policy, clause.id),
                "scenarios": [(q, found.get(q.id, NOTHING)) for q in scenarios],
                "all": sum((found.get(q.id, NOTHING) for q in scenarios), NOTHING),
            }
        )
    return taught
