"""What a tutor may do to a learner's record. Each act says why, and is on record with it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act, Somebody
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.certificates.issuing import Issuer
from induction.enrolment import leaving, setting_dates
from induction.enrolment.leaving import Leaver
from induction.institute import institute
from induction.journey import rules
from induction.journey.allowing import allow
from induction.journey.answering import LOCK
from induction.journey.declaring import Witnessed, declare
from induction.journey.models import Declaration, Enrolment, Progress
from induction.journey.queries import Journey, load
from induction.people import cohorts, details, invitations, links
from induction.people.models import IN_NOW, Account, Cohort, Membership, OneTimeLink, Role
from induction.policy.store import Content
from induction.refusals import NotNow
from induction.tutoring.models import TutorNote
from induction.tutoring.rules import OWN, Situation, TutorAct, beyond_share, refusal

A_MONTH = timedelta(days=30)
AT_ONCE = timedelta(minutes=1)  # within which the same words are the same form sent twice


@dataclass(frozen=True, slots=True)
class Case:
    """Whose record it is, the content that they learn, and why something is done."""

    content: Content
    learner: Account
    reason: str


def _lock(act: Act, case: Case) -> None:
    """Nobody else acts on this learner until the act is done, nor do they themselves."""
    if act.account_id == case.learner.id:
        raise NotNow(OWN)
    act.session.execute(LOCK, {"account_id": case.learner.id})


def _journey(act: Act, case: Case, what: TutorAct, slug: str = "") -> Journey:
    """The learner's way, locked, where an act fits: at one step, if it is on one. Raises NotNow."""
    _lock(act, case)
    found = load(act.session, case.content, case.learner.id)
    if found is None:
        raise NotNow("This person is not enrolled.")
    at = situation(found, case.learner, flags(act.session, found), own=False)  # see _lock
    if refused := refusal(what, at, slug):
        raise NotNow(refused)
    return found


def refuse_unfit(act: Act, case: Case, what: TutorAct, slug: str = "") -> None:
    """Raise NotNow where an act fits no more, since somebody else was quicker."""
    _journey(act, case, what, slug)


def situation(journey: Journey, learner: Account, flags: "Flags", *, own: bool) -> Situation:
    """What decides which acts fit this learner; ``own``: who would act is this learner."""
    present = journey.standing.present
    return Situation(
        journey.standing,
        stuck=present is not None and present.failed_tries >= rules.STUCK_AFTER,
        finished=journey.declared,
        renewing=journey.standing.renewing,
        has_left=flags.left_at is not None,
        account_ended=learner.deactivated_at is not None,
        settled=flags.settled,
        has_signed_in=learner.has_signed_in,
        has_address=learner.email is not None,
        word_wanted=journey.word_wanted,
        also_in=flags.also_in,
        own=own,
    )


def _note(act: Act, case: Case, action: Action, journey: Journey, **details: Any) -> None:
    """Put the act on record; the reason goes beside the chain, since it may be personal."""
    act.record(
        action,
        f"enrolment:{journey.enrolment_public_id}",
        personal={"reason": case.reason},
        account_id=case.learner.id,
        **details,
    )


def change_due(act: Act, case: Case, due_on: date | None) -> None:
    """Give the learner another due date; none of their own gives them their cohort’s."""
    journey = _journey(act, case, TutorAct.DUE_DATE)
    if due_on == journey.due_on:
        raise NotNow("That is the due date already.")
    before = journey.due_on.isoformat() if journey.due_on else ""
    with Batch(act) as entries:
        details.keep_by_hand(entries, case.learner, {"due_date": before})
        setting_dates.give(entries, case.content.slug, case.learner, due_on, reason=case.reason)


def fresh_start(act: Act, case: Case, slug: str) -> None:
    """Let the tries so far at a step no longer count. They stay in the record."""
    journey = _journey(act, case, TutorAct.FRESH_START, slug)
    kinds = (rules.AttemptKind.SECTION, rules.AttemptKind.FINAL)
    last = max(t.number for kind in kinds for t in journey.learner.at(kind, slug))
    _allow(act, journey, rules.Allowance(rules.AllowanceKind.FRESH_START, slug, last, act.now))
    _note(act, case, Action.FRESH_START, journey, step=slug, after_try=last)


def excuse(act: Act, case: Case, slug: str) -> None:
    """Let a section count as passed. It is called excused wherever it is shown."""
    journey = _journey(act, case, TutorAct.EXCUSE, slug)
    if waits_for_officer(journey, act.by):
        raise NotNow("So many sections are excused by a compliance officer. Ask for it again.")
    _allow(act, journey, rules.Allowance(rules.AllowanceKind.EXCUSED, slug, 0, act.now))
    _note(act, case, Action.EXCUSED, journey, step=slug)


def waits_for_officer(journey: Journey, by: Somebody | str) -> bool:
    """Whether one excused section more is not for this person to decide alone."""
    return (
        isinstance(by, Account)
        and Role.COMPLIANCE not in by.roles
        and beyond_share(journey.standing, institute().excused_alone)
    )


def _allow(act: Act, journey: Journey, given: rules.Allowance) -> None:
    allow(act, journey, given)
    _settle(act, journey, "", 0)  # where they were stuck, they begin anew


@dataclass(frozen=True, slots=True)
class SignedAway:
    """A signature that was not given on the screen: the name, how, and who recorded it."""

    name: str
    how: str  # paper | supporter
    by: Account


def witness(act: Act, case: Case, signed: SignedAway, issuer: Issuer) -> str:
    """Record a declaration signed on paper or with a supporter; issues the certificate.

    Raises NotNow where it does not fit, or is not for whoever acts to decide alone.
    """
    _journey(act, case, TutorAct.DECLARATION)
    if declaration_waits_for_officer(act.session, act.by, act.now):
        raise NotNow(
            "So many declarations are confirmed by a compliance officer. Ask for it again."
        )
    witnessed = Witnessed(signed.how, case.reason, signed.by)
    return declare(act, case.content, case.learner, signed.name, issuer, witnessed=witnessed)


def declaration_waits_for_officer(session: Session, by: Somebody | str, now: datetime) -> bool:
    """Whether one declaration more on somebody's behalf is not for this person to decide alone.

    In an act, others of the same person wait here until it is done, so that none is missed.
    """
    if not isinstance(by, Account) or Role.COMPLIANCE in by.roles:
        return False
    session.execute(select(Account.id).where(Account.id == by.id).with_for_update())
    lately = select(func.count()).where(
        Declaration.recorded_by_id == by.id, Declaration.signed_at > now - A_MONTH
    )
    return (session.scalar(lately) or 0) >= institute().signed_alone


def leave(act: Act, case: Case) -> None:
    """The learner has left: they are in no list and get no reminders. The record stays."""
    journey = _journey(act, case, TutorAct.LEAVE)
    mine = Leaver(case.learner.id, journey.enrolment_id, journey.enrolment_public_id)
    with Batch(act) as entries:
        leaving.mark(entries, [mine], case.reason)


def come_back(act: Act, case: Case) -> None:
    """The learner has returned, and carries on where they were."""
    journey = _journey(act, case, TutorAct.RETURN)
    mine = Enrolment.id == journey.enrolment_id
    act.session.execute(update(Enrolment).where(mine).values(left_at=None))
    _note(act, case, Action.RETURNED, journey)


@dataclass(frozen=True, slots=True)
class Flags:
    """What tutors have marked a learner with."""

    left_at: datetime | None
    settled: bool  # being stuck has been dealt with, and no try has failed since
    also_in: bool  # another cohort beside the main one


def flags(session: Session, journey: Journey) -> Flags:
    """What this learner is marked with now."""
    row = session.execute(
        select(
            Enrolment.left_at,
            Progress.settled_step,
            Progress.settled_tries,
            exists()
            .where(Membership.account_id == Enrolment.account_id, IN_NOW, ~Membership.is_main)
            .label("also_in"),
        )
        .join(Progress, Progress.enrolment_id == Enrolment.id)
        .where(Enrolment.id == journey.enrolment_id)
    ).one()
    present = journey.standing.present
    now = (present.slug, present.failed_tries) if present else None
    return Flags(row.left_at, (row.settled_step, row.settled_tries) == now, row.also_in)


def settle(act: Act, case: Case) -> None:
    """Being stuck has been dealt with; another failed try raises the flag again."""
    journey = _journey(act, case, TutorAct.SETTLE)
    stuck = journey.standing.present
    if stuck is not None:  # as whoever is stuck has a step that they are at
        _settle(act, journey, stuck.slug, stuck.failed_tries)
        _note(act, case, Action.STUCK_SETTLED, journey, step=stuck.slug, tries=stuck.failed_tries)


def had_a_word(act: Act, case: Case) -> None:
    """A tutor has talked with the learner about how they went through it."""
    journey = _journey(act, case, TutorAct.WORD)
    act.session.execute(
        update(Progress)
        .where(Progress.enrolment_id == journey.enrolment_id)
        .values(word_at=act.now)
    )
    _note(act, case, Action.WORD_HAD, journey, flags=list(journey.flags))


def _settle(act: Act, journey: Journey, step: str, tries: int) -> None:
    act.session.execute(
        update(Progress)
        .where(Progress.enrolment_id == journey.enrolment_id)
        .values(settled_step=step, settled_tries=tries)
    )


def move(act: Act, case: Case, cohort: Cohort) -> None:
    """Move to another cohort; the history keeps the earlier one, and a note keeps the reason."""
    _journey(act, case, TutorAct.MOVE)
    before = cohorts.current_cohort(act.session, case.learner.id)
    if before == cohort.name:
        raise NotNow(f"They are in {cohort.name} already.")
    _write_note(act, case.learner, f"Moved to {cohort.name}: {case.reason}")
    with Batch(act) as entries:
        details.keep_by_hand(entries, case.learner, {"cohort": before or ""})
        setting_dates.move(entries, case.content.slug, [(case.learner, cohort)])


def join_also(act: Act, case: Case, cohort: Cohort) -> None:
    """Put somebody into a further cohort; a note keeps the reason. Theirs stays their main one."""
    _journey(act, case, TutorAct.JOIN)
    with Batch(act) as entries:
        if not cohorts.join_also(entries, [(case.learner, cohort)]):
            raise NotNow(f"They are in {cohort.name} already.")
        _write_note(act, case.learner, f"Also put into {cohort.name}: {case.reason}")


def take_out(act: Act, case: Case, cohort: Cohort) -> None:
    """Take somebody out of a further cohort, which the history keeps."""
    _journey(act, case, TutorAct.TAKE_OUT)
    with Batch(act) as entries:
        if not cohorts.take_out(entries, case.learner, cohort, reason=case.reason):
            raise NotNow(f"{cohort.name} is none of their further cohorts.")


def add_note(act: Act, case: Case) -> None:
    """Something to remember. The same note once more, at once, is the same form sent twice."""
    _lock(act, case)
    again = exists().where(
        TutorNote.account_id == case.learner.id,
        TutorNote.by_id == act.account_id,
        TutorNote.text == case.reason,
        TutorNote.at > act.now - AT_ONCE,
    )
    if act.session.scalar(select(again)):
        return
    _write_note(act, case.learner, case.reason)
    act.record(Action.NOTE_ADDED, case.learner.actor)


def invite(act: Act, case: Case, at: datetime | None = None) -> None:
    """Send an invitation, with a new link; once, where the same form comes twice.

    At this time, where it is to come.
    """
    _journey(act, case, TutorAct.INVITE)
    just_now = exists().where(
        OneTimeLink.account_id == case.learner.id,
        OneTimeLink.purpose == links.INVITATION,
        OneTimeLink.created_at > act.now - AT_ONCE,
    )
    if at is None and act.session.scalar(select(just_now)):
        return
    invitations.invite(act, [case.learner], at)


def _write_note(act: Act, about: Account, text: str) -> None:
    act.session.execute(
        insert(TutorNote).values(account_id=about.id, by_id=act.account_id, text=text, at=act.now)
    )
