"""The nights on record: who makes a backup, what came of it, and the newest good one."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.database import writing
from induction.kept_backups.models import KeptBackup
from induction.kept_backups.rules import AGAIN, OLD, night_of


@dataclass(frozen=True, slots=True)
class NewestBackup:
    """Of the backups that were tried: the moment of the newest, and why the last try failed."""

    since: datetime | None  # None: there is none yet
    old: bool
    fault: str


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether this night's backup is neither made nor being made."""
    night = session.get(KeptBackup, night_of(now), populate_existing=True)
    return night is None or (night.made_at is None and night.begun_at < now - AGAIN)


def claim(night: date, *, now: datetime) -> bool:
    """Take this night's backup on: of several machines one does, until its hour is over."""
    with writing() as session:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        new = dialect.insert(KeptBackup).values(night=night, begun_at=now, name="", sha256="")
        new = new.values(size=0, entries=0, fault="").on_conflict_do_nothing()
        if session.execute(new.returning(KeptBackup.night)).first():
            return True
        again = (KeptBackup.made_at.is_(None), KeptBackup.begun_at < now - AGAIN)
        taken = update(KeptBackup).where(KeptBackup.night == night, *again).values(begun_at=now)
        return session.execute(taken.returning(KeptBackup.night)).first() is not None


def still_at(night: date, *, now: datetime) -> None:
    """Whoever took it on is at work: nobody else begins."""
    with writing() as session:
        session.execute(update(KeptBackup).where(KeptBackup.night == night).values(begun_at=now))


def failed(night: date, fault: str) -> None:
    """Note why the try came to nothing; another follows in an hour."""
    with writing() as session:
        of = update(KeptBackup).where(KeptBackup.night == night)
        session.execute(of.values(fault=fault[:300]))


def newest(session: Session, *, now: datetime) -> NewestBackup | None:
    """The newest good backup; None where this installation makes none by itself."""
    if not current_app.extensions["settings"].backup:
        return None
    good = select(KeptBackup.made_at).where(KeptBackup.made_at.is_not(None))
    since = session.scalar(good.order_by(KeptBackup.made_at.desc()).limit(1))
    last = session.scalar(select(KeptBackup.fault).order_by(KeptBackup.night.desc()).limit(1))
    return NewestBackup(since, since is None or now - since > OLD, last or "")
