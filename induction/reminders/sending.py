"""Sending reminders: found by the worker or by a tutor, each occasion once, none in quiet hours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnySelect, UkDay, utc_now
from induction.extensions import db
from induction.institute import institute
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.mail import by_hand, outbox
from induction.mail.letters import Letter, letter
from induction.people.models import Account
from induction.policy.store import content
from induction.progress import words
from induction.progress.status import HAS_A_DATE, HERE
from induction.reminders import digests, schedule, version_notices
from induction.reminders.models import Reminder, ReminderSettings, VersionNotice
from induction.reminders.schedule import Rhythm
from induction.reminders.version_notices import Notice
from induction.uk_time import uk_day

AT_ONCE = 200  # people in one transaction
EVERY = timedelta(minutes=10)
ONCE_A_DAY = timedelta(hours=20)


REMINDER = "reminder"  # what reminders are in the outbox; their kind follows
# What somebody carries on with, in a reminder by hand.
INDUCTION, RENEWAL, REPLACEMENT, CHANGE = "induction", "renewal", "replacement", "change"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to remind, and of what."""

    account_id: int
    enrolment_id: int
    full_name: str
    email: str | None  # None: a letter is handed over
    by_mail: bool
    due_on: date | None
    step: str
    kind: str
    occasion: str
    ends_on: date | None = None  # of a certificate that runs out, or has: its last day
    doing: str = INDUCTION  # what they are asked to carry on with
    changed: Notice | None = None  # what has changed in the policy, where that is what they do


def rhythm(session: Session) -> Rhythm:
    """The institute's settings, or the defaults."""
    row = session.get(ReminderSettings, 1)
    if row is None:
        return Rhythm()
    return Rhythm(**{name: getattr(row, name) for name in Rhythm.__dataclass_fields__})


_HERE: AnySelect = (
    select(
        Account.id, Enrolment.id.label("enrolment_id"), Account.full_name, Account.email,
        Account.reminders_by_mail, Enrolment.due_on, Progress.step, Progress.failed_tries,
    )
    .join(Enrolment, Enrolment.account_id == Account.id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .where(HERE)
)  # fmt: skip
_PERSON = _HERE.where(Progress.state != LearnerState.COMPLETE.value)
_Another = aliased(VersionNotice)
_NEWEST = (
    select(func.max(_Another.version_id))
    .where(_Another.enrolment_id == Enrolment.id)
    .correlate(Enrolment)
    .scalar_subquery()
)
_HOLDER = (
    _HERE.join(
        CurrentCertificate,
        (CurrentCertificate.account_id == Enrolment.account_id)
        & (CurrentCertificate.policy == Enrolment.policy),
    )
    .join(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    .where((Progress.state == LearnerState.COMPLETE.value) | Progress.renewing.is_(True))
    .add_columns(Certificate.number, Certificate.valid_until)
)


def _unreminded(query: AnySelect, now: datetime) -> AnySelect:
    """Not reminded of anything today: nobody gets two in one day."""
    today = exists().where(Reminder.enrolment_id == Enrolment.id, Reminder.at > now - ONCE_A_DAY)
    return query.where(~today).order_by(Enrolment.id).limit(AT_ONCE)


def _never(kind: str, *more: Any) -> Any:
    return ~exists().where(Reminder.enrolment_id == Enrolment.id, Reminder.kind == kind, *more)


def due_now(session: Session, rhythm: Rhythm, now: datetime) -> Iterator[Recipient]:
    """Who is to be reminded at this moment; a person may come up more than once.

    A batch: there may be others once these have been reminded.
    """
    today = uk_day(now)
    changed = _PERSON.join(VersionNotice, VersionNotice.enrolment_id == Enrolment.id).where(
        VersionNotice.at > now - schedule.GRACE,
        _never(schedule.CHANGED, Reminder.occasion == cast(VersionNotice.version_id, String)),
        VersionNotice.version_id == _NEWEST,
    )
    if news := list(_people(session, _unreminded(changed, now), schedule.CHANGED)):
        yield from news  # first, since nobody is told two things in one day
        return
    if rhythm.after_invitation:
        since = now - timedelta(days=rhythm.after_invitation)
        query = _PERSON.where(
            Progress.state == LearnerState.NOT_STARTED.value,
            Enrolment.enrolled_at.between(since - schedule.GRACE, since),
            _never(schedule.START),
        )
        yield from _people(session, _unreminded(query, now), schedule.START, "once")
    if rhythm.before_due:
        until = today + timedelta(days=rhythm.before_due)
        query = _PERSON.where(
            Enrolment.due_on.between(today, until),
            Enrolment.enrolled_at < now - ONCE_A_DAY,
            HAS_A_DATE,
            _never(schedule.DUE, Reminder.at > now - timedelta(days=rhythm.before_due)),
        )
        yield from _people(session, _unreminded(query, now), schedule.DUE)
    if rhythm.overdue_every:
        first = today - timedelta(days=rhythm.overdue_every * rhythm.overdue_times)
        recently = Reminder.at > now - timedelta(days=rhythm.overdue_every) + ONCE_A_DAY / 5
        query = _PERSON.where(
            Enrolment.due_on >= first,
            Enrolment.due_on < today,
            (UkDay(Enrolment.enrolled_at) <= Enrolment.due_on)
            | (Enrolment.enrolled_at < now - schedule.TO_SETTLE_IN),
            HAS_A_DATE,
            _never(schedule.OVERDUE, recently),
        )
        for person in _people(session, _unreminded(query, now), schedule.OVERDUE):
            occasion = schedule.overdue_occasion(rhythm, person.due_on or today, today)
            if occasion:
                yield _on(person, occasion)
    stuck = _PERSON.where(
        Progress.state == LearnerState.STUCK.value,
        Progress.last_activity_at > now - schedule.GRACE,
        _never(schedule.STUCK, Reminder.at >= Progress.last_activity_at),
    )
    yield from _people(session, stuck.limit(AT_ONCE), schedule.STUCK)
    yield from _holders(session, now, today)


def _holders(session: Session, now: datetime, today: date) -> Iterator[Recipient]:
    """Whose certificate runs out soon, or has: once each for a certificate."""
    for kind, days in schedule.ending(institute().renewal_days, today).items():
        query = _HOLDER.where(
            Certificate.valid_until.between(*days),
            _never(kind, Reminder.occasion == Certificate.number),
        )
        for row in session.execute(_unreminded(query, now)).all():
            yield Recipient(
                row.id, row.enrolment_id, row.full_name, row.email, row.reminders_by_mail,
                row.due_on, row.step, kind, row.number, row.valid_until,
            )  # fmt: skip


def _people(
    session: Session, query: AnySelect, kind: str, occasion: str = ""
) -> Iterator[Recipient]:
    rows = session.execute(query).all()
    notices = version_notices.newest(session, [row.enrolment_id for row in rows]) if rows else {}
    for row in rows:
        due = row.due_on.isoformat() if row.due_on else ""
        own = f"{row.step}:{row.failed_tries}" if kind == schedule.STUCK else due
        notice = notices.get(row.enrolment_id)
        if notice and kind == schedule.CHANGED:
            own = str(notice.version_id)
        yield Recipient(
            row.id, row.enrolment_id, row.full_name, row.email, row.reminders_by_mail,
            row.due_on, row.step, kind, (occasion or own)[:80],
            changed=notice if notice and (notice.signs or kind == schedule.CHANGED) else None,
        )  # fmt: skip


def about(session: Session, enrolment_id: int, kind: str, occasion: str) -> Recipient | None:
    """One person, for something to tell them; None where they have left."""
    query = _HERE.where(Enrolment.id == enrolment_id)
    return next(_people(session, query, kind, occasion), None)


def _on(person: Recipient, occasion: str) -> Recipient:
    return replace(person, occasion=occasion)


def message(person: Recipient, own_words: str = "", sender: str = "") -> Letter:
    """The reminder as a mail; who chose to have none by mail has a note on the page alone."""
    where = words.step_title(content().policy, person.step) if person.step else ""
    late = person.due_on is not None and person.due_on < uk_day(utc_now())
    told = letter(
        f"reminder-{person.kind}",
        person=person,
        where=where,
        late=late,
        own_words=own_words,
        sender=sender,
    )
    return replace(told, about=f"{REMINDER}:{person.kind}")


SUBJECT, WORDS = "reminders:learners", "words"  # of its entry on record, and what stands beside it
_NOTES = {
    schedule.START: "Your induction is ready. It takes about half an hour, in one go or several.",
    schedule.DUE: "Your induction is due soon. Everything so far is saved.",
    schedule.OVERDUE: "Your induction is late. If something is in the way, tell your tutor.",
    schedule.STUCK: "That part is a hard one. Your tutor knows, and can help.",
    schedule.CHANGED: "",  # the page says itself what has changed
    schedule.EXPIRING: "Your certificate runs out soon. Renewing it is short.",
    schedule.EXPIRED: "Your certificate has run out. Renewing it is short.",
}
_BY_HAND = {
    CHANGE: "The policy has changed. Your tutor asks you to do again what is new in it.",
    INDUCTION: "Your tutor asks you to carry on with your induction.",
    RENEWAL: "Your tutor asks you to finish renewing your certificate.",
    REPLACEMENT: (
        "Your certificate was withdrawn. Your tutor asks you to finish what gives you a new one."
    ),
}


def not_yet(session: Session, people: Iterable[Recipient]) -> list[Recipient]:
    """Those of these people who have not had this reminder."""
    wanted = {(p.enrolment_id, p.kind, p.occasion): p for p in people}
    ids = {p.enrolment_id for p in wanted.values()}
    had = session.execute(
        select(Reminder.enrolment_id, Reminder.kind, Reminder.occasion).where(
            Reminder.enrolment_id.in_(ids)
        )
    )
    for enrolment_id, kind, occasion in had:
        wanted.pop((enrolment_id, kind, occasion), None)
    return list(wanted.values())


def remind(
    act: Act,
    people: Iterable[Recipient],
    *,
    own_words: str = "",
    not_before: datetime | None = None,
) -> int:
    """Queue reminders; whoever has had this one is left out. Returns how many were reminded."""
    wanted = {(p.enrolment_id, p.kind, p.occasion): p for p in not_yet(act.session, people)}
    for person in wanted.values():
        _queue(act, person, own_words, not_before)
    if wanted:
        kinds = sorted({p.kind for p in wanted.values()})
        act.record(
            Action.REMINDED,
            SUBJECT,
            kind=" ".join(kinds),
            people=len(wanted),
            personal={WORDS: own_words} if own_words else None,
        )
    return len(wanted)


def _queue(act: Act, person: Recipient, own_words: str, not_before: datetime | None) -> None:
    act.session.execute(
        insert(Reminder).values(
            enrolment_id=person.enrolment_id, kind=person.kind, occasion=person.occasion,
            by_mail=person.by_mail, at=act.now,
        )
    )  # fmt: skip
    signed = f"{own_words} ({act.name})" if act.name else own_words
    note = signed if own_words else _note(person)
    act.session.execute(
        update(Enrolment)
        .where(Enrolment.id == person.enrolment_id)
        .values(notice=note, notice_at=act.now)
    )
    if not person.by_mail:
        return
    told = message(person, own_words, act.name)
    if person.email is None:
        by_hand.keep(act.session, person.account_id, told, now=act.now)
    else:
        outbox.queue(
            act.session, person.email, told,
            now=act.now, account_id=person.account_id, not_before=not_before,
        )  # fmt: skip


def _note(person: Recipient) -> str:
    return _BY_HAND[person.doing] if person.kind == schedule.BY_HAND else _NOTES[person.kind]


_last_run: dict[str, datetime] = {}


def chore() -> None:
    """What the worker does now and then: reminders and weekly summaries that are due."""
    now = utc_now()
    if now - _last_run.get("reminders", now - EVERY) < EVERY:
        return
    _last_run["reminders"] = now
    run(now=now)


def run(*, now: datetime) -> int:
    """Remind everyone whose time has come; returns how many. Nothing in quiet hours."""
    settings = rhythm(db.session())
    if schedule.is_quiet(settings, now):
        return 0
    sent = 0
    try:
        while found := _first_of_each(due_now(db.session(), settings, now)):
            with acting(SYSTEM, now) as act:
                done = remind(act, found)
            sent += done
            if not done:
                break
        digests.send(settings, now=now)
        digests.announce(now=now)
    except IntegrityError:
        pass  # another worker has just done the same: the next look finds what is left
    return sent


def _first_of_each(people: Iterable[Recipient]) -> list[Recipient]:
    found: dict[int, Recipient] = {}
    for person in people:
        found.setdefault(person.enrolment_id, person)
    return list(found.values())
