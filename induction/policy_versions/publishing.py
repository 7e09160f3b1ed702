"""A version is approved and put in force, or never comes into force. ``drawing_up`` makes it."""

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.kinds import kinds
from induction.approvals.models import ApprovalOutcome
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.institute import institute
from induction.journey.models import Enrolment
from induction.people.models import Account
from induction.policy.editions import Edition
from induction.policy.models import PolicyStep, PolicyVersion
from induction.policy.store import Content
from induction.policy_versions.carrying_over import Foresight, carry_over, outcomes_of
from induction.policy_versions.impact import Effect, asked_of
from induction.policy_versions.models import PolicySchedule, ScheduleOutcome
from induction.policy_versions.queries import chosen
from induction.policy_versions.rules import VersionState, stopping
from induction.policy_versions.version_steps import Deadlines, step, subject, version_at
from induction.refusals import NotNow
from induction.reminders import version_notices
from induction.uk_time import uk_day

PUBLICATION = "publication"  # how approvals name that somebody else is to publish a version


def approve(act: Act, content: Content, version_id: int) -> None:
    """Approve what was drawn up; where it takes two people, others are told to publish it.

    Raises NotNow.
    """
    hold(act.session, content.slug)
    version = version_at(act.session, content.slug, version_id, VersionState.DRAFT)
    _refuse_faults(act, content, version)
    step(act, version.policy, version_id, VersionState.APPROVED)
    act.record(Action.POLICY_APPROVED, subject(version_id), content=version.content)
    kind = kinds()[PUBLICATION]
    if asking.takes_two(kind):
        asking.ask(act, kind, Asking(subject(version_id), "Approved: somebody else publishes it."))


def give_up(act: Act, version_id: int) -> None:
    """Somebody stopped what was approved: it never comes into force."""
    version = act.session.get_one(PolicyVersion, version_id)
    step(act, version.policy, version_id, VersionState.RETIRED)


def publish(
    act: Act,
    content: Content,
    version_id: int,
    deadlines: Deadlines,
    foresight: Foresight | None = None,
    *,
    set_by: int | None = None,
) -> list[Effect]:
    """Put an approved version in force; returns whom that concerns. Raises NotNow.

    ``set_by`` is who set the day, where it comes into force by itself because that has come.
    """
    session = act.session
    hold(session, content.slug)
    # First of all: whoever stops it in this moment is waited for, and what they did is seen.
    asking.end(act, PUBLICATION, subject(version_id), ApprovalOutcome.DONE)
    version, replaced = ready(act, content, version_id, set_by=set_by)
    before = content.look(session)
    step(act, version.policy, version_id, VersionState.IN_FORCE, deadlines)
    step(act, version.policy, replaced.version_id, VersionState.RETIRED)
    after = content.look(session)
    holds = foresight and (foresight.marks, foresight.digest) == (before.marks, version.content)
    known = foresight.outcomes if foresight and holds else {}
    outcomes = outcomes_of(session, before, after, known)
    carry_over(session, outcomes, deadlines, uk_day(act.now))
    concerned = [outcome.effect for outcome in outcomes if outcome.effect]
    asking.overtake_all(act, PUBLICATION)  # other versions were drawn up from what is retired now
    _end_schedules(act, version)
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
    act.record(Action.POLICY_RETIRED, subject(replaced.version_id), by=version_id)
    return concerned


def ready(
    act: Act, content: Content, version_id: int, *, set_by: int | None = None
) -> tuple[PolicyVersion, Edition]:
    """An approved version that could come into force, and what it would replace. Raises NotNow."""
    version = version_at(act.session, content.slug, version_id, VersionState.APPROVED)
    _refuse_faults(act, content, version)
    _refuse_one_person(act, version_id, act.account_id if set_by is None else set_by)
    edition = content.look(act.session).edition
    if edition is None or edition.version_id != version.base_id:
        raise NotNow("Another version has come into force since this one was drawn up.")
    return version, edition


def ask_for_another(act: Act, version_id: int) -> None:
    """Let what was approved wait for somebody else once more, as its approver asked.

    Nothing where one person may do both.
    """
    approver = act.session.scalar(
        select(Account)
        .join(PolicyStep, PolicyStep.by_id == Account.id)
        .where(PolicyStep.version_id == version_id, PolicyStep.state == VersionState.APPROVED.value)
    )
    if approver is not None and asking.takes_two(kinds()[PUBLICATION]):
        asked = Asking(subject(version_id), "Called back before its day: it waits again.")
        asking.put(replace(act, by=approver), PUBLICATION, asked)


def hold(session: Session, slug: str) -> None:
    """Let nobody answer, sign or publish meanwhile: each does so with their own row locked."""
    query = select(Enrolment.id).where(Enrolment.policy == slug)
    session.execute(query.order_by(Enrolment.id).with_for_update())


def _refuse_faults(act: Act, content: Content, version: PolicyVersion) -> None:
    session = act.session
    policy, before = content.version(session, version.content), content.look(session).policy
    faults = stopping(before, policy, chosen(session, content.slug), uk_day(act.now))
    if faults:
        raise NotNow(*faults)


def _refuse_one_person(act: Act, version_id: int, by: int | None) -> None:
    """Where the settings ask for two people, whoever approved does not publish as well."""
    if not institute().two_people:
        return
    approved_by = act.session.scalar(
        select(PolicyStep.by_id).where(
            PolicyStep.version_id == version_id, PolicyStep.state == VersionState.APPROVED.value
        )
    )
    if by in (None, approved_by):
        raise NotNow("Publishing takes two people here: somebody else than who approved it.")


def _end_schedules(act: Act, version: PolicyVersion) -> None:
    """No day is waited for any more: this version is in force, and others never will be."""
    waiting = update(PolicySchedule).where(
        PolicySchedule.policy == version.policy,
        PolicySchedule.outcome == ScheduleOutcome.WAITING.value,
    )
    ended = {"ended_by_id": act.account_id, "ended_at": act.now}
    this = PolicySchedule.version_id == version.id
    act.session.execute(waiting.where(this).values(outcome=ScheduleOutcome.DONE.value, **ended))
    why = "Another version came into force before its day."
    overtaken = ScheduleOutcome.OVERTAKEN.value
    act.session.execute(waiting.values(outcome=overtaken, why=why, **ended))
