"""From any clause to the evidence for it, and back: reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from induction.certificates.models import Certificate
from induction.curriculum.model import Policy, Scenario
from induction.journey.models import Answer, Attempt
from induction.journey.rules import AttemptKind


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


def _counted() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Answers that ended a scenario and counted: no look-backs, no scenes in the middle."""
    return Attempt.kind != AttemptKind.LOOK_BACK.value, Answer.result != "continues"


def results(
    session: Session, scenarios: Iterable[str], enrolments: Select[int] | None = None
) -> dict[str, Result]:
    """For each of these scenarios how learners did, all of them or those enrolments'."""
    tries = (
        select(
            Answer.scenario,
            func.min(Answer.id).label("first"),
            func.max(Answer.id).label("last"),
        )
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(Answer.scenario.in_(list(scenarios)), *_counted())
        .group_by(Answer.scenario, Attempt.enrolment_id)
    )
    if enrolments is not None:
        tries = tries.where(Attempt.enrolment_id.in_(enrolments))
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


def evidence(scenarios: Iterable[str]) -> ColumnElement[bool]:
    """A condition on Certificate: its holder was right in one of these scenarios, counted."""
    return exists(
        select(Answer.id)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .where(
            Attempt.enrolment_id == Certificate.enrolment_id,
            Answer.scenario.in_(list(scenarios)),
            Answer.result == "right",
            Answer.answered_at <= Certificate.issued_at,
            *_counted(),
        )
    )


def testing(policy: Policy, clause_id: str) -> list[Scenario]:
    """The scenarios that test a clause."""
    return [q for s in policy.sections for q in s.bank if clause_id in q.clauses]


def section_titles(policy: Policy, clause_id: str) -> list[str]:
    """The sections that teach a clause."""
    return [s.title for s in policy.sections if clause_id in s.clauses]


def lines(
    session: Session, policy: Policy, enrolments: Select[int] | None = None
) -> list[dict[str, Any]]:
    """Every clause with its sections, its scenarios, and how learners did in each."""
    every = [q.id for s in policy.sections for q in s.bank]
    found = results(session, every, enrolments)
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
