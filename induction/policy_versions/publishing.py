"""Versions of a policy: drawn up, approved, in force, retired; each step kept, by whom and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.enrolment.due_dates import DueDate, newcomers_due
from induction.institute import institute
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.policy.editions import InForce
from induction.policy.models import PolicyChange, PolicyStep, PolicyVersion
from induction.policy.store import Content, Draft
from induction.policy_versions.impact import Effect, asked_of, effect_on, foreseen
from induction.policy_versions.learners import (
    EnrolledLearner,
    LearnerHistory,
    everyone,
    lives,
    roll,
)
from induction.policy_versions.rules import (
    ChangeMark,
    Redo,
    VersionState,
    Weight,
    other_changes,
    redo_of,
    stopping,
    to_be_marked,
)
from induction.refusals import NotNow
from induction.reminders import version_notices
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By when people are to be done once a version is in force."""

    redo_by: date | None = None  # those who have to do something again
    joiner_days: int | None = None  # days for new learners who are enrolled without a date


def draw_up(act: Act, content: Content, draft: Draft, marks: Mapping[str, ChangeMark]) -> int:
    """Keep the files on disk as a draft, with what was said of each change; returns its id.

    Raises NotNow where nothing has changed, or where a change has no mark.
    """
    session, policy = act.session, draft.policy
    content.keep(act)
    held = content.look(session)
    if policy.digest == held.policy.digest:
        raise NotNow("The files on disk are what is in force: there is nothing to draw up.")
    marked = to_be_marked(held.policy, policy)
    if marks.keys() != {change.key for change in marked}:
        raise NotNow("The files have changed meanwhile. Look at the differences again.")
    content.archive(act, draft)
    redo = redo_of(policy, marks)
    version_id: int = session.execute(
        insert(PolicyVersion)
        .values(
            policy=policy.slug, version_date=policy.version_date, content=policy.digest,
            base_id=held.edition.version_id if held.edition else None,
            redo=redo.scenarios, asks=redo.clauses, asks_everyone=redo.everyone,
        )
        .returning(PolicyVersion.id)
    ).scalar_one()  # fmt: skip
    plain = ChangeMark(Weight.MINOR, "")
    rows = [
        {
            "version_id": version_id, "kind": change.kind, "item": change.item,
            "change": change.change, "weight": mark.weight.value, "reason": mark.reason,
        }
        for change in (*marked, *other_changes(held.policy, policy))
        for mark in (marks.get(change.key, plain),)
    ]  # fmt: skip
    if rows:
        session.execute(insert(PolicyChange), rows)
    _step(act, policy.slug, version_id, VersionState.DRAFT)
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


def subject(version_id: int) -> str:
    """How the audit log names a version."""
    return f"policy-version:{version_id}"


def approve(act: Act, content: Content, version_id: int) -> None:
    """Approve a draft. Raises NotNow."""
    _lock(act.session, content.slug)
    version = _version(act.session, content.slug, version_id, VersionState.DRAFT)
    _refuse_faults(act, content, version)
    _step(act, version.policy, version_id, VersionState.APPROVED)
    act.record(Action.POLICY_APPROVED, subject(version_id), content=version.content)


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


def publish(
    act: Act,
    content: Content,
    version_id: int,
    deadlines: Deadlines,
    foresight: Foresight | None = None,
) -> list[Effect]:
    """Put an approved version in force; returns whom that concerns. Raises NotNow."""
    session = act.session
    _lock(session, content.slug)
    version = _version(session, content.slug, version_id, VersionState.APPROVED)
    _refuse_faults(act, content, version)
    _refuse_one_person(act, version_id)
    before = content.look(session)
    if before.edition is None or before.edition.version_id != version.base_id:
        raise NotNow("Another version has come into force since this one was drawn up.")
    _step(act, version.policy, version_id, VersionState.IN_FORCE, deadlines)
    _step(act, version.policy, before.edition.version_id, VersionState.RETIRED)
    after = content.look(session)
    holds = foresight and (foresight.marks, foresight.digest) == (before.marks, version.content)
    known = foresight.outcomes if foresight and holds else {}
    outcomes = _outcomes(session, before, after, known)
    _carry_over(session, outcomes, deadlines, uk_day(act.now))
    concerned = [outcome.effect for outcome in outcomes if outcome.effect]
    version_notices.keep(act, version_id, [asked_of(effect, after) for effect in concerned])
    redo_by = deadlines.redo_by
    act.record(
        Action.POLICY_PUBLISHED,
        subject(version_id),
        policy=version.policy,
        version_date=version.version_date.isoformat(),
        content=version.content,
        redo=list(version.redo),
        people=len(concerned),
        redo_by=redo_by.isoformat() if redo_by else None,
        joiner_days=deadlines.joiner_days,
    )
    act.record(Action.POLICY_RETIRED, subject(before.edition.version_id), by=version_id)
    return concerned


def _lock(session: Session, slug: str) -> None:
    """Let nobody answer, sign or publish meanwhile: each does so with their own row locked."""
    query = select(Enrolment.id).where(Enrolment.policy == slug)
    session.execute(query.order_by(Enrolment.id).with_for_update())


def _version(session: Session, slug: str, version_id: int, state: VersionState) -> PolicyVersion:
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


def _refuse_faults(act: Act, content: Content, version: PolicyVersion) -> None:
    policy = content.version(act.session, version.content)
    faults = stopping(content.look(act.session).policy, policy, uk_day(act.now))
    if faults:
        raise NotNow(*faults)


def _refuse_one_person(act: Act, version_id: int) -> None:
    """Where the settings ask for two people, whoever approved does not publish as well."""
    if not institute().two_people:
        return
    approved_by = act.session.scalar(
        select(PolicyStep.by_id).where(
            PolicyStep.version_id == version_id, PolicyStep.state == VersionState.APPROVED.value
        )
    )
    if act.account_id in (None, approved_by):
        raise NotNow("Publishing takes two people here: somebody else than who approved it.")


def _step(
    act: Act,
    slug: str,
    version_id: int,
    state: VersionState,
    deadlines: Deadlines = Deadlines(),
) -> None:
    act.session.execute(
        insert(PolicyStep).values(
            version_id=version_id, policy=slug, state=state.value, by_id=act.account_id,
            at=act.now, redo_by=deadlines.redo_by, joiner_days=deadlines.joiner_days,
        )
    )  # fmt: skip


def _outcomes(
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


def _carry_over(
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
