"""Where a version that comes into force leaves everybody: worked out beforehand, then written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from induction.enrolment.due_dates import DueDate, newcomers_due
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.policy.editions import InForce
from induction.policy.models import PolicyVersion
from induction.policy.store import Content
from induction.policy_versions.impact import Effect, effect_on, foreseen
from induction.policy_versions.learners import (
    EnrolledLearner,
    LearnerHistory,
    everyone,
    lives,
    roll,
)
from induction.policy_versions.rules import Redo
from induction.policy_versions.version_steps import Deadlines
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """Where publishing leaves one learner."""

    person: EnrolledLearner
    summary: dict[str, object]
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Foresight:
    """Where publishing would leave everybody, worked out while others go on working."""

    marks: tuple[str, str]
    digest: str
    outcomes: Mapping[int, PublishOutcome]


def foresee(session: Session, content: Content, version_id: int) -> Foresight | None:
    """Work out what publishing a version would do, before anything is locked.

    It takes a while with many learners; ``publish`` then only looks again at those who have done
    something meanwhile. None where there is no such version.
    """
    version = session.get(PolicyVersion, version_id)
    if version is None:
        return None
    before, policy = content.look(session), content.version(session, version.content)
    redo = Redo(version.redo, version.asks, version.asks_everyone)
    after = foreseen(before, policy, redo)
    everybody = everyone(session, content.slug)
    outcomes = {life.person.enrolment_id: _outcome(life, before, after) for life in everybody}
    return Foresight(before.marks, policy.digest, outcomes)


def outcomes_of(
    session: Session, before: InForce, after: InForce, known: Mapping[int, PublishOutcome]
) -> list[PublishOutcome]:
    """Where everybody is left: as foreseen, but for those who have done something meanwhile."""
    found: list[PublishOutcome] = []
    again: list[EnrolledLearner] = []
    for person in roll(session, before.policy.slug):
        outcome = known.get(person.enrolment_id)
        if outcome is not None and outcome.person == person:
            found.append(outcome)
        else:
            again.append(person)
    return found + [_outcome(life, before, after) for life in lives(session, again)]


def _outcome(life: LearnerHistory, before: InForce, after: InForce) -> PublishOutcome:
    return PublishOutcome(
        life.person, _summary(life, life.under(after)), effect_on(life, before, after)
    )


_PROGRESS = update(Progress).where(Progress.enrolment_id == bindparam("of_enrolment"))
_DUE = update(Enrolment).where(Enrolment.id == bindparam("of_enrolment"))


def carry_over(
    session: Session, outcomes: Iterable[PublishOutcome], deadlines: Deadlines, today: date
) -> None:
    """Bring every summary in step, and set the dates."""
    summaries, dates = [], []
    for outcome in outcomes:
        of = {"of_enrolment": outcome.person.enrolment_id}
        if tuple(outcome.summary.values()) != outcome.person.progress:
            summaries.append({**outcome.summary, **of})
        due = _due(outcome, deadlines, today)
        if due is not None and due.on != outcome.person.due_on:
            dates.append({"due_on": due.on, "own_due": due.own, **of})
    connection = session.connection()
    if summaries:
        connection.execute(_PROGRESS, summaries)
    if dates:
        connection.execute(_DUE, dates)


def _summary(life: LearnerHistory, now: rules.JourneyState) -> dict[str, object]:
    """In the order of ``Person.progress``."""
    present = now.present
    complete = now.state is rules.LearnerState.COMPLETE
    return {
        "state": now.state.value,
        "step": present.slug if present and life.tries and not complete else "",
        "passed": now.passed,
        "steps": len(now.steps),
        "failed_tries": present.failed_tries if present and not complete else 0,
        "completed_at": life.person.signed_at if complete else None,
        "renewing": now.renewing,
    }


def _due(outcome: PublishOutcome, deadlines: Deadlines, today: date) -> DueDate | None:
    """When this learner is to be done, where that is another day now.

    Those who do something again have a date of their own: no cohort's moves it. Joiners do not.
    Where none is set, nobody is overdue for a day that passed when they had finished.
    """
    person, effect, days = outcome.person, outcome.effect, deadlines.joiner_days
    if effect is not None and effect.signs:
        if deadlines.redo_by:
            return DueDate(deadlines.redo_by, own=True)
        if person.due_on is not None and person.due_on < today:
            return DueDate(None, own=False)
    if person.due_on is None and person.signed_at is None and days and person.here:
        return DueDate(newcomers_due(days, uk_day(person.enrolled_at)), own=False)
    return None
