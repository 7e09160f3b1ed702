"""Asking people to come back: whose time has come, the letter, and the worker's chore."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnyRow, AnySelect, new_public_id, utc_now
from induction.extensions import db
from induction.institute import Institute, institute
from induction.journey.models import ClauseCount, Declaration, Enrolment, Progress
from induction.journey.queries import load
from induction.mail import by_hand, outbox
from induction.mail.letters import Letter, letter
from induction.mail.models import OutboxMail
from induction.people.models import Account
from induction.policy.store import Content, content
from induction.practice.queries import last_changes
from induction.progress.status import FINISHED, HELD, HERE
from induction.reminders.schedule import is_quiet
from induction.reminders.sending import rhythm
from induction.revisit import kept_counts
from induction.revisit.kept_counts import SITUATION, Added
from induction.revisit.links import link_for
from induction.revisit.models import Revisit
from induction.revisit.rules import GRACE, OPEN_FOR, Occasion, hardest
from induction.uk_time import uk_day

AT_ONCE = 100  # people in one transaction
EVERY = timedelta(minutes=10)

_Later = aliased(Declaration)
_HOLDERS: AnySelect = (
    select(
        Account.id, Account.full_name, Account.email, Enrolment.id.label("enrolment_id"),
        Enrolment.public_id, Declaration.id.label("declaration_id"), Declaration.signed_at,
    )
    .join(Enrolment, Enrolment.account_id == Account.id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .join(Declaration, Declaration.enrolment_id == Enrolment.id)
    .join(CurrentCertificate, HELD)
    .join(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    .where(
        HERE, FINISHED, Account.reminders_by_mail,
        ~exists().where(_Later.enrolment_id == Enrolment.id, _Later.id > Declaration.id),
    )
    .order_by(Declaration.id)
)  # fmt: skip


def delays(here: Institute) -> dict[Occasion, timedelta]:
    """Occasion → how long after the declaration; nothing where the institute asks nobody."""
    if not here.revisits:
        return {}
    return {
        Occasion.FIRST: timedelta(days=here.revisit_first_days),
        Occasion.SECOND: timedelta(days=here.revisit_second_days),
    }


def holders(occasion: Occasion, policy: str, now: datetime) -> AnySelect:
    """Whoever holds a certificate that counts and has not been asked on this occasion.

    Nobody who has left, whose certificate was withdrawn or has run out, who has something to do
    again anyway, or who wants no mail.
    """
    asked = exists().where(
        Revisit.declaration_id == Declaration.id, Revisit.occasion == occasion.value
    )
    until = Certificate.valid_until
    return _HOLDERS.where(
        Enrolment.policy == policy, ~asked, or_(until.is_(None), until >= uk_day(now))
    )


def ask(act: Act, held: Content, occasion: Occasion, people: Sequence[AnyRow]) -> None:
    """Ask these holders to come back, with a letter each. The key refuses to ask anybody twice.

    Raises IntegrityError where somebody has been asked on this occasion.
    """
    session, more = act.session, Added()
    first = occasion is Occasion.FIRST  # what they set out to change is asked after once
    shares, numbers = _shares(session, held.slug), _numbers(session, people)
    cohorts = kept_counts.cohorts_of(session, [person.id for person in people])
    with Batch(act) as entries:
        for person in people:
            journey = load(session, held, person.id)
            if journey is None:
                raise LookupError(person.public_id)  # they were joined with it: cannot be
            number = numbers.get(person.enrolment_id, 0) + 1
            row = {
                "public_id": new_public_id(),
                "enrolment_id": person.enrolment_id,
                "declaration_id": person.declaration_id,
                "occasion": occasion.value,
                "number": number,
                "clauses": hardest(
                    journey.policy, journey.learner, partial(held.clauses_of, session), shares
                ),
                "sent_at": act.now,
            }
            session.execute(insert(Revisit).values(row))
            told = _letter(act, person, str(row["public_id"]), first=first)
            if person.email is None:
                by_hand.keep(session, person.id, told, now=act.now)
            else:
                outbox.queue(session, person.email, told, now=act.now, account_id=person.id)
            more.update((cohort, SITUATION, "letters") for cohort in cohorts[person.id])
            subject = f"enrolment:{person.public_id}"
            which: dict[str, Any] = {"occasion": occasion.value, "try": number}
            entries.record(Action.REVISIT_ASKED, subject, **which)
        kept_counts.add(session, held.slug, occasion, more)


def _letter(act: Act, person: AnyRow, public_id: str, *, first: bool) -> Letter:
    return letter(
        "revisit", person=person, link=link_for(public_id, person.email),
        until=uk_day(act.now + OPEN_FOR),
        changes=last_changes(act.session, person.enrolment_id) if first else (),
    )  # fmt: skip


def ask_again(act: Act) -> int:
    """Write again to whoever has another address since their letter was refused at the old one.

    It is the same revisit, open for as long as if it were new. Returns how many letters.
    """
    refused = exists().where(
        OutboxMail.account_id == Account.id,
        OutboxMail.created_at == Revisit.sent_at,
        OutboxMail.refused_at.is_not(None),
        OutboxMail.recipient != Account.email,
    )
    query = (
        _HOLDERS.join(Revisit, Revisit.declaration_id == Declaration.id)
        .add_columns(
            Revisit.id.label("revisit_id"), Revisit.public_id.label("revisit"),
            Revisit.occasion, Revisit.number, Revisit.sent_at,
        )
        .where(Account.email.is_not(None), Revisit.asked == 0, refused)
        .limit(AT_ONCE)
    )  # fmt: skip
    written = 0
    with Batch(act) as entries:
        for person in act.session.execute(query).all():
            mine = (Revisit.id == person.revisit_id, Revisit.sent_at == person.sent_at)
            moved = update(Revisit).where(*mine).values(sent_at=act.now).returning(Revisit.id)
            if act.session.execute(moved).first() is None:
                continue  # another worker has just written
            first = person.occasion == Occasion.FIRST
            told = _letter(act, person, person.revisit, first=first)
            outbox.queue(act.session, person.email, told, now=act.now, account_id=person.id)
            which: dict[str, Any] = {"occasion": person.occasion, "try": person.number}
            entries.record(Action.REVISIT_ASKED, f"enrolment:{person.public_id}", **which)
            written += 1
    return written


def _shares(session: Session, policy: str) -> dict[str, float]:
    """Clause → the share of everybody who was right about it at first sight."""
    rows = session.scalars(select(ClauseCount).where(ClauseCount.policy == policy))
    return {
        row.clause: row.first / decided
        for row in rows
        if (decided := row.first + row.later + row.not_yet)
    }


def _numbers(session: Session, people: Sequence[AnyRow]) -> dict[int, int]:
    """Enrolment → the number of its last revisit."""
    last = (
        select(Revisit.enrolment_id, func.max(Revisit.number))
        .where(Revisit.enrolment_id.in_([person.enrolment_id for person in people]))
        .group_by(Revisit.enrolment_id)
    )
    return {row[0]: row[1] for row in session.execute(last)}


_last_run: dict[str, datetime] = {}


def chore() -> None:
    """What the worker does now and then: the letters that are due."""
    now = utc_now()
    if now - _last_run.get("revisits", now - EVERY) < EVERY:
        return
    _last_run["revisits"] = now
    run(now=now)


def run(*, now: datetime) -> int:
    """Ask everyone whose time has come; returns how many. Nothing in quiet hours.

    Whoever signed long before that is asked no more: an installation that begins to ask does not
    write to everybody of all the years at once.
    """
    if is_quiet(rhythm(db.session()), now):
        return 0
    with acting(SYSTEM, now) as act:
        sent = ask_again(act)
    try:
        for occasion, delay in delays(institute()).items():
            for people in _due(occasion, now - delay, now):
                with acting(SYSTEM, now) as act:
                    ask(act, content(), occasion, people)
                sent += len(people)
    except IntegrityError:
        pass  # another worker has just asked the same people: the next look finds who is left
    return sent


def _due(occasion: Occasion, signed: datetime, now: datetime) -> Iterator[Sequence[AnyRow]]:
    """Those who signed at about that time, some at once, until none is left."""
    query = holders(occasion, content().slug, now).where(
        Declaration.signed_at.between(signed - GRACE, signed)
    )
    while people := db.session().execute(query.limit(AT_ONCE)).all():
        yield people
