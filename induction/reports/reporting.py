"""Taking a report, what is done about it, and what its reporter adds."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act, acting
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.certificates.number import normalise
from induction.database import AnyRow, utc_now
from induction.extensions import db
from induction.mail import outbox
from induction.mail.letters import letter
from induction.people.models import Account
from induction.refusals import InvalidInput
from induction.reports import screenshots
from induction.reports.models import About, BreachNote, BreachPicture, BreachReport, ReportState
from induction.reports.readers import Readers
from induction.uk_time import uk_day, uk_midnight

ANONYMOUS = "anonymous"
REPORTER = "reporter"  # who adds to a report by its number
NO_PICTURE = "We take no picture here. Do not send it to anybody: tell us in words."
MOST_IN_AN_HOUR = 10  # by one person who gives their name


class PictureRefused(InvalidInput):
    """A picture came with a report that takes none."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody reports, in their own words."""

    about: About
    what: str
    where: str = ""
    affected: str = ""
    may_contact: bool = False
    contact: str = ""
    of_reader: bool = False
    pictures: tuple[bytes, ...] = ()  # PNG, drawn anew


def reported_lately(session: Session, account_id: int, *, now: datetime) -> int:
    """How many reports this person made in their name in the last hour."""
    since = now - timedelta(hours=1)
    mine = (BreachReport.account_id == account_id) & (BreachReport.reported_at > since)
    return session.scalar(select(func.count()).select_from(BreachReport).where(mine)) or 0


def report(act: Act, told: Told, readers: Readers, url: str) -> BreachReport:
    """Store a report and tell those who read it; where no name is given, ANONYMOUS acts.

    The message that they get says nothing of what was reported. Raises PictureRefused.
    """
    if told.pictures and told.about is About.PICTURE:
        raise PictureRefused(NO_PICTURE)
    session, named = act.session, act.account_id is not None
    at = act.now if named else uk_midnight(uk_day(act.now))
    new = BreachReport(
        account_id=act.account_id,
        about=told.about.value,
        of_reader=told.of_reader and bool(readers.second),
        what=told.what,
        where=told.where,
        affected=told.affected,
        may_contact=told.may_contact and named,
        contact="" if named else told.contact,
        reported_at=at,
        changed_at=at,
        entered=named,
    )
    session.add(new)
    session.flush()
    screenshots.keep(session, new, told.pictures)
    for reader in readers.of(of_reader=new.of_reader):
        alert = letter(
            "breach-reported",
            account=reader,
            url=f"{url}{new.public_id}",
            urgent=told.about.at_risk,
        )
        outbox.queue(session, reader.email, alert, now=act.now, account_id=reader.id)
    if new.may_contact:
        _write_to_reporter(act, new, "report-received")
    if named:
        act.record(Action.BREACH_REPORTED, _subject(new), pictures=len(told.pictures))
    return new


def _subject(found: BreachReport) -> str:
    return f"report:{found.public_id}"


def _tell(act: Act, found: BreachReport, readers: Readers, url: str, **facts: bool) -> None:
    """A letter to everyone who reads it, which says nothing of what was reported."""
    for reader in readers.of(of_reader=found.of_reader):
        alert = letter("breach-reported", account=reader, url=f"{url}{found.public_id}", **facts)
        outbox.queue(act.session, reader.email, alert, now=act.now, account_id=reader.id)


def _write_to_reporter(act: Act, found: BreachReport, which: str) -> None:
    """A letter to a reporter who gave their name and may be contacted; it tells nothing of it."""
    reporter = act.session.get(Account, found.account_id)
    if reporter is not None and reporter.deactivated_at is None:
        told = letter(which, account=reporter, number=found.number)
        outbox.queue(act.session, reporter.email, told, now=act.now, account_id=reporter.id)


def enter_earlier(act: Act) -> int:
    """Write the entries of reports without a name from days before, in no order; how many."""
    pictures = (
        select(func.count())
        .select_from(BreachPicture)
        .where(BreachPicture.report_id == BreachReport.id)
        .scalar_subquery()
    )
    waiting: Sequence[AnyRow] = act.session.execute(
        select(BreachReport.id, BreachReport.public_id, pictures.label("pictures")).where(
            _to_enter(act.now)
        )
    ).all()
    waiting = random.SystemRandom().sample(waiting, len(waiting))
    ids = [row.id for row in waiting]
    act.session.execute(update(BreachReport).where(BreachReport.id.in_(ids)).values(entered=True))
    with Batch(act) as entries:
        for row in waiting:
            entries.record(Action.BREACH_REPORTED, f"report:{row.public_id}", pictures=row.pictures)
    return len(waiting)


def _to_enter(now: datetime) -> ColumnElement[bool]:
    return BreachReport.entered.is_(False) & (BreachReport.changed_at < uk_midnight(uk_day(now)))


def chore() -> None:
    """What the worker does in each round: mostly nothing."""
    now = utc_now()
    if db.session.scalar(select(BreachReport.id).where(_to_enter(now)).limit(1)):
        with acting(ANONYMOUS, now) as act:
            enter_earlier(act)


@dataclass(frozen=True, slots=True)
class Handled:
    """What somebody in charge did about a report, and how it stands after that."""

    state: ReportState
    text: str
    severity: str = ""
    outcome: str = ""
    owner_id: int | None = None
    reply: str = ""  # to whoever reported it


def handle(act: Act, found: BreachReport, done: Handled) -> None:
    """Note what was done about a report, and answer its reporter where there is an answer."""
    before = found.state
    note = {"report_id": found.id, "actor": act.actor, "state": done.state.value, "at": act.now}
    act.session.add(BreachNote(**note, text=done.text))
    if done.reply:
        act.session.add(BreachNote(**note, text=done.reply, to_reporter=True))
        if found.may_contact:
            _write_to_reporter(act, found, "report-answered")
    act.session.execute(
        update(BreachReport)
        .where(BreachReport.id == found.id)
        .values(
            state=done.state.value,
            severity=done.severity,
            outcome=done.outcome,
            owner_id=done.owner_id,
            changed_at=act.now,
        )
    )
    states: dict[str, Any] = {"from": before, "to": done.state.value}
    act.record(Action.BREACH_HANDLED, _subject(found), **states)


def by_number(session: Session, typed: str) -> BreachReport | None:
    """The report with this number, however it was typed."""
    number = normalise(typed)
    query = select(BreachReport).where(BreachReport.number == number)
    return session.scalars(query).first() if number else None


def add(act: Act, found: BreachReport, text: str, readers: Readers, url: str) -> None:
    """What its reporter adds, by its number; those who read it are told. The same twice is once.

    A closed report is new again. Nothing more exact than the day is kept of whoever gave no name.
    """
    last = act.session.scalars(
        select(BreachNote)
        .where(BreachNote.report_id == found.id, BreachNote.actor == REPORTER)
        .order_by(BreachNote.id.desc())
    ).first()
    if last is not None and last.text == text:
        return
    named = found.account_id is not None
    at = act.now if named else uk_midnight(uk_day(act.now))
    closed = found.state == ReportState.CLOSED.value
    state = ReportState.NEW.value if closed else found.state
    act.session.add(BreachNote(report_id=found.id, actor=REPORTER, state=state, text=text, at=at))
    act.session.execute(
        update(BreachReport)
        .where(BreachReport.id == found.id)
        .values(state=state, changed_at=at, entered=named)
    )
    for reader in readers.of(of_reader=found.of_reader):
        alert = letter(
            "breach-reported",
            account=reader,
            url=f"{url}{found.public_id}",
            urgent=False,
            more=True,
        )
        outbox.queue(act.session, reader.email, alert, now=act.now, account_id=reader.id)
    if named:
        act.record(Action.BREACH_REPORTED, _subject(found), pictures=0)
