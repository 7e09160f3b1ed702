"""A chore of the worker: every night a backup is made, tried, put in its place; older ones go."""

import shutil
import time
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp

from flask import current_app

from induction.audit.act import SYSTEM, acting
from induction.audit.actions import Action
from induction.backup import copying
from induction.backup.sealing import sealed_for
from induction.backup.trial import try_out
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.kept_backups import nights
from induction.kept_backups.models import KeptBackup
from induction.kept_backups.places import BackupPlace, digest_of, place_of
from induction.kept_backups.rules import file_name, moment_of, night_of, to_keep
from induction.mail import beats

SUBJECT = "installation:backup"
_WORKSHOP = ".nightly-"  # folders in the instance, each its owner's alone and gone afterwards
PULSE = 20.0  # seconds


def chore() -> None:
    """Make this night's backup, where INDUCTION_BACKUP says where it goes."""
    settings: Settings = current_app.extensions["settings"]
    now = utc_now()
    if not settings.backup or not nights.is_due(db.session(), now=now):
        return
    night = night_of(now)
    if not nights.claim(night, now=now):
        return
    try:
        _make(settings, night, now)
    except Exception as error:  # noqa: BLE001  whatever it is, it is told, and letters still go
        nights.failed(night, f"{type(error).__name__}: {error}")


def _make(settings: Settings, night: date, now: datetime) -> None:
    place, beating = place_of(settings.backup), Beating(night)
    place.names()  # before the work: a place that cannot be used says so
    name = file_name(now, encrypted=bool(settings.backup_recipient))
    for left in settings.instance.glob(f"{_WORKSHOP}*"):  # by a worker that was ended
        shutil.rmtree(left)
    workshop = Path(mkdtemp(prefix=_WORKSHOP, dir=settings.instance))
    try:
        plain = workshop / "backup.zip"
        copying.make(db.engine, settings.instance, plain, now=now, tick=beating)
        entries = try_out(plain, workshop, beating)
        whole = _sealed(plain, settings.backup_recipient)
        sha256, size = digest_of(whole), whole.stat().st_size
        place.put(whole, name)
    finally:
        shutil.rmtree(workshop)
    if place.sha256(name) != sha256:
        place.remove(name)
        raise OSError("what the place gives back is not what was put there")
    let_go = _thin_out(place)
    with acting(SYSTEM, utc_now()) as act:
        row = act.session.get_one(KeptBackup, night, with_for_update=True)
        row.made_at, row.name, row.fault = now, name, ""
        row.sha256, row.size, row.entries = sha256, size, entries
        act.record(
            Action.BACKUP_KEPT, SUBJECT, name=name, sha256=sha256, entries=entries, let_go=let_go
        )


def _sealed(plain: Path, to: str) -> Path:
    """The file as it leaves: encrypted to the recipient, where there is one."""
    if not to:
        return plain
    whole = plain.with_suffix(".zip.age")
    whole.touch(mode=0o600)
    with whole.open("wb") as file, sealed_for(to, file) as sealing, plain.open("rb") as source:
        shutil.copyfileobj(source, sealing)
    return whole


def _thin_out(place: BackupPlace) -> list[str]:
    """Let older backups go; files that are none of ours stay, however old."""
    there = {name: at for name in place.names() if (at := moment_of(name))}
    kept = to_keep(there.values())
    old = sorted(name for name, at in there.items() if at not in kept)
    for name in old:
        place.remove(name)
    return old


class Beating:
    """Says that the worker lives and is at this night's backup, however long that takes."""

    def __init__(self, night: date) -> None:
        self.night, self.last = night, time.monotonic()
        self.installation = current_app.app_context()  # not that of the scratch database

    def __call__(self, _rows: int) -> None:
        """Called with every few rows; the database hears of it now and then."""
        if time.monotonic() - self.last < PULSE:
            return
        self.last = time.monotonic()
        with self.installation:
            beats.beat(now=utc_now())
            nights.still_at(self.night, now=utc_now())
