"""What a tutor may do to a learner's record. Each act says why, and is on record with it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.record import record
from induction.certificates.record import Provider
from induction.enrolment import setting_dates
from induction.journey import rules
from induction.journey.answering import LOCK, summarise
from induction.journey.declaring import Witness, declare
from induction.journey.models import AllowanceRow, Enrolment, Progress
from induction.journey.queries import Journey, load
from induction.people import cohorts, invitations, links
from induction.people.models import Account, Cohort, OneTimeLink
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.tutoring.models import TutorNote

AT_ONCE = timedelta(minutes=1)  # within which the same words are the same form sent twice


@dataclass(frozen=True, slots=True)
class Acting:
    """One act: by whom, on whom, why and when."""

    session: Session
    content: Content
    learner: Account
    by: Account
    reason: str
    now: datetime

    def lock(self) -> None:
        """Nobody else acts on this learner until the act is done."""
        self.session.execute(LOCK, {"account_id": self.learner.id})

    def journey(self, *, left: bool = False) -> Journey:
        """The learner's way, locked. Most acts are for those who are here, one for who has left."""
        self.lock()
        found = load(self.session, self.content, self.learner.id)
        if found is None:
            raise NotNow("This person is not enrolled.")
        if flags(self.session, found).has_left is not left:
            raise NotNow(
                "This learner has not left."
                if left
                else "This learner has left. Nothing is done until they are marked as returned."
            )
        return found

    def note(self, action: Action, journey: Journey, **details: Any) -> None:
        """Put the act on record; the reason goes beside the chain, since it may be personal."""
        record(
            self.session,
            action,
            f"enrolment:{journey.enrolment_public_id}",
            actor=self.by.actor,
            now=self.now,
            details=details,
            personal={"reason": self.reason},
            account_id=self.learner.id,
        )


def change_due(acting: Acting, due_on: date) -> None:
    """Give the learner another due date."""
    journey = acting.journey()
    if journey.declared:
        raise NotNow("This learner has finished: there is nothing left to be due.")
    if due_on == journey.due_on:
        raise NotNow("That is the due date already.")
    with Batch(Act(acting.session, acting.by, acting.now)) as entries:
        setting_dates.give(
            entries, acting.content.slug, acting.learner, due_on, reason=acting.reason
        )


def fresh_start(acting: Acting, slug: str) -> None:
    """Let the tries so far at a step no longer count. They stay in the record."""
    journey = acting.journey()
    step = journey.standing.step(slug)
    fits = step is not None and step.phase in (rules.StepStatus.STARTED, rules.StepStatus.RETRY)
    if step is None or not fits:
        raise NotNow("A fresh start fits where a try has begun or was not enough.")
    last = max(t.number for t in journey.learner.at(step.kind, slug))
    _allow(acting, journey, rules.AllowanceKind.FRESH_START, slug, last)
    acting.note(Action.FRESH_START, journey, step=slug, after_try=last)


def excuse(acting: Acting, slug: str) -> None:
    """Let a section count as passed. It is called excused wherever it is shown."""
    journey = acting.journey()
    step = journey.standing.step(slug)
    if step is None or step.is_final or step.phase is rules.StepStatus.PASSED:
        raise NotNow("Only a section that is not passed can be excused.")
    others = [s for s in journey.standing.steps if not s.is_final and s.slug != slug]
    if all(s.excused for s in others):
        raise NotNow("This is the last section; not every section can be excused.")
    _allow(acting, journey, rules.AllowanceKind.EXCUSED, slug, 0)
    acting.note(Action.EXCUSED, journey, step=slug)


def _allow(
    acting: Acting, journey: Journey, kind: rules.AllowanceKind, slug: str, after_try: int
) -> None:
    acting.session.execute(
        insert(AllowanceRow).values(
            enrolment_id=journey.enrolment_id,
            kind=kind.value,
            step=slug,
            after_try=after_try,
            by_id=acting.by.id,
            at=acting.now.astimezone(UTC).isoformat(timespec="seconds"),
        )
    )
    learner = journey.learner.with_allowance(rules.Allowance(kind, slug, after_try, acting.now))
    standing = rules.standing(journey.in_force, learner)
    summarise(
        acting.session,
        journey.enrolment_id,
        standing,
        begun_at=journey.begun_at,
        now=journey.last_activity_at,
    )
    _settle(acting, journey, "", 0)


def witness(
    acting: Acting,
    signed_name: str,
    how: str,
    *,
    provider: Provider,
    base_url: str,
    valid_months: int = 0,
) -> str:
    """Record a declaration signed on paper or with a supporter; issues the certificate."""
    journey = acting.journey()
    if journey.standing.next.go is not rules.NextKind.DECLARE:
        raise NotNow("The declaration comes when every section and the final check are passed.")
    by = Witness(acting.by.id, acting.by.actor, acting.by.full_name, how, acting.reason)
    return declare(
        acting.session, acting.content, acting.learner, signed_name,
        provider=provider, base_url=base_url, now=acting.now, witness=by,
        valid_months=valid_months,
    )  # fmt: skip


def leave(acting: Acting) -> None:
    """The learner has left: they are in no list and get no reminders. The record stays."""
    journey = acting.journey()
    _set(acting, journey, left_at=acting.now)
    acting.note(Action.LEFT, journey)


def come_back(acting: Acting) -> None:
    """The learner has returned, and carries on where they were."""
    journey = acting.journey(left=True)
    _set(acting, journey, left_at=None)
    acting.note(Action.RETURNED, journey)


@dataclass(frozen=True, slots=True)
class Flags:
    """What tutors have marked a learner with."""

    has_left: bool
    settled: bool  # being stuck has been dealt with, and no try has failed since


def flags(session: Session, journey: Journey) -> Flags:
    """What this learner is marked with now."""
    row = session.execute(
        select(Enrolment.left_at, Progress.settled_step, Progress.settled_tries)
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .where(Enrolment.id == journey.enrolment_id)
    ).one()
    present = journey.standing.present
    now = (present.slug, present.failed_tries) if present else None
    return Flags(row.left_at is not None, (row.settled_step, row.settled_tries) == now)


def _set(acting: Acting, journey: Journey, **values: Any) -> None:
    acting.session.execute(
        update(Enrolment).where(Enrolment.id == journey.enrolment_id).values(values)
    )


def settle(acting: Acting) -> None:
    """Being stuck has been dealt with; another failed try raises the flag again."""
    journey = acting.journey()
    present = journey.standing.present
    if present is None or present.failed_tries < rules.STUCK_AFTER:
        raise NotNow("This learner is not stuck now.")
    if flags(acting.session, journey).settled:
        raise NotNow("This has been dealt with already.")
    _settle(acting, journey, present.slug, present.failed_tries)
    acting.note(Action.STUCK_SETTLED, journey, step=present.slug, tries=present.failed_tries)


def _settle(acting: Acting, journey: Journey, step: str, tries: int) -> None:
    acting.session.execute(
        update(Progress)
        .where(Progress.enrolment_id == journey.enrolment_id)
        .values(settled_step=step, settled_tries=tries)
    )


def move(acting: Acting, cohort: Cohort) -> None:
    """Move to another cohort; the history keeps the earlier one, and a note keeps the reason."""
    acting.journey()
    if cohorts.current_cohort(acting.session, acting.learner.id) == cohort.name:
        raise NotNow(f"They are in {cohort.name} already.")
    _write_note(acting, f"Moved to {cohort.name}: {acting.reason}")
    with Batch(Act(acting.session, acting.by, acting.now)) as entries:
        setting_dates.move(entries, acting.content.slug, acting.learner, cohort)


def add_note(acting: Acting) -> None:
    """Something to remember. The same note once more, at once, is the same form sent twice."""
    acting.lock()
    again = exists().where(
        TutorNote.account_id == acting.learner.id,
        TutorNote.by_id == acting.by.id,
        TutorNote.text == acting.reason,
        TutorNote.at > acting.now - AT_ONCE,
    )
    if acting.session.scalar(select(again)):
        return
    _write_note(acting, acting.reason)
    record(
        acting.session, Action.NOTE_ADDED, acting.learner.actor,
        actor=acting.by.actor, now=acting.now,
    )  # fmt: skip


def invite(acting: Acting) -> None:
    """Send the invitation again, with a new link; once, where the same form comes twice."""
    acting.journey()
    just_now = exists().where(
        OneTimeLink.account_id == acting.learner.id,
        OneTimeLink.purpose == links.INVITATION,
        OneTimeLink.created_at > acting.now - AT_ONCE,
    )
    if acting.session.scalar(select(just_now)):
        return
    if not invitations.invite(Act(acting.session, acting.by, acting.now), [acting.learner]):
        raise NotNow("They have signed in already. The sign-in page gets them a new password.")


def _write_note(acting: Acting, text: str) -> None:
    acting.session.execute(
        insert(TutorNote).values(
            account_id=acting.learner.id, by_id=acting.by.id, text=text, at=acting.now
        )
    )
