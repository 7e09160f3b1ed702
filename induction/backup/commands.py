"""``flask backup`` and ``flask restore``."""

import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade as migrate
from sqlalchemy.exc import DBAPIError

from induction.audit.act import SYSTEM, acting
from induction.audit.actions import Action
from induction.backup import copying, losses
from induction.backup.nightly import SUBJECT
from induction.backup.sealing import NotSealed, is_sealed, open_sealed
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.health.checkup import examine, how_many, in_lines
from induction.health.finding import State
from induction.kept_backups.places import digest_of
from induction.personal_data import erasures
from induction.personal_data.erasure import settle
from induction.schema import present
from induction.uk_time import uk_datetime


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--to",
    default="",
    help="An age recipient (age1…): only whoever has its identity can open the file. Otherwise "
    "that of INDUCTION_BACKUP_RECIPIENT.",
)
@with_appcontext
def backup(file: Path, to: str) -> None:
    """Copy everything into one FILE, while the application goes on serving.

    The file holds people's details and the signing key: encrypt it to somebody (--to), or keep it
    as you keep those.
    """
    encrypted = _back_up(file, to)
    _on_record(file, encrypted=encrypted)


@click.command("upgrade")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", default="", help="An age recipient, as for the backup.")
@with_appcontext
def upgrade(file: Path, to: str) -> None:
    """Back up to FILE, bring the database to this release, and say how the installation is.

    Stop the application first. Exit code 1 where something is to mend, as with the doctor.
    """
    fresh = present(db.session()) is None
    db.session.remove()
    encrypted = None if fresh else _back_up(file, to)
    migrate()
    if encrypted is None:
        click.echo("There was nothing to back up yet.")
    else:
        _on_record(file, encrypted=encrypted)
    found = examine(now=utc_now())
    click.echo(in_lines(found))
    if how_many(found, State.FAIL):
        raise SystemExit(1)


def _back_up(file: Path, to: str) -> bool:
    """Whether it is encrypted."""
    settings: Settings = current_app.extensions["settings"]
    to = to or settings.backup_recipient
    if not file.resolve().parent.is_dir():
        raise click.ClickException(f"there is no folder {file.resolve().parent}")
    length = copying.row_count(db.engine)
    with click.progressbar(length=length, label="Rows", file=sys.stderr) as bar:
        try:
            made = copying.make(
                db.engine, settings.instance, file, now=utc_now(), tick=bar.update, to=to
            )
        except NotSealed as fault:
            raise click.ClickException(f"INDUCTION_BACKUP_RECIPIENT or --to: {fault}") from fault
    how = "encrypted" if to else "not encrypted"
    click.echo(f"{file}: {sum(made.rows.values())} rows, {made.files} files, {how}")
    return bool(to)


def _on_record(file: Path, *, encrypted: bool) -> None:
    """Everybody's details are in a file now: that is an act, written after what it is about."""
    with acting(SYSTEM, utc_now()) as act:
        act.record(Action.BACKUP_MADE, SUBJECT, sha256=digest_of(file), encrypted=encrypted)


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there. It is gone afterwards.")
@click.option(
    "--erased",
    "elsewhere",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of the folder erasures, kept elsewhere: who is not to come back.",
)
@click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The age identity of an encrypted backup (AGE-SECRET-KEY-…), in a file.",
)
@with_appcontext
def restore(file: Path, force: bool, elsewhere: Path | None, identity: Path | None) -> None:
    """Put a backup back. Stop the application first.

    Refuses a place where somebody has an account already, unless forced. Whoever was erased since
    the backup is erased again. Everybody signs in anew: no session and no link comes back.
    """
    settings: Settings = current_app.extensions["settings"]
    try:
        with _opened(file, identity, settings.instance) as pack:
            about = copying.read_about(pack)
            made_at = datetime.fromisoformat(about["made_at"])
            lost = losses.since(db.session(), made_at)
            click.echo(f"The backup is of {uk_datetime(made_at)}.")
            click.echo(lost.in_words if lost else losses.UNKNOWN)
            if lost and not force:
                raise click.ClickException(
                    "there are people in this database; --force replaces them with the backup"
                )
            gone = _erased(settings.instance, elsewhere)
            copying.set_aside(db.engine)
            try:
                length = sum(about["rows"].values())
                with click.progressbar(length=length, label="Rows", file=sys.stderr) as bar:
                    put = copying.restore(db.engine, settings.instance, pack, bar.update)
                again = _erase_again(gone, settings.instance, about, lost)
            except BaseException:  # whatever it was: what was there is there again
                copying.bring_back(db.engine)
                raise
            copying.forget_aside(db.engine)
    except (copying.NotABackup, NotSealed, zipfile.BadZipFile, DBAPIError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}; nothing was changed") from error
    if again:
        click.echo(f"Erased again, since they were erased after it: {again}.")
    click.echo(f"{sum(put.rows.values())} rows and {put.files} files are back. Start it again.")


@contextmanager
def _opened(file: Path, identity: Path | None, instance: Path) -> Iterator[zipfile.ZipFile]:
    """The backup, decrypted where it is encrypted; what was decrypted is gone afterwards."""
    if not is_sealed(file):
        with zipfile.ZipFile(file) as pack:
            yield pack
        return
    with TemporaryDirectory(dir=instance) as folder:  # its owner's alone
        plain = Path(folder) / "backup.zip"
        open_sealed(file, identity, plain)
        with zipfile.ZipFile(plain) as pack:
            yield pack


def _erased(instance: Path, elsewhere: Path | None) -> set[str]:
    """Everybody who is known here to be erased: by the database, and by what is noted beside it."""
    session = db.session()
    known = set() if copying.is_empty(session) else erasures.erased(session)
    db.session.remove()
    folders = (instance / erasures.FOLDER, *((elsewhere,) if elsewhere else ()))
    return known.union(*map(erasures.noted, folders))


def _erase_again(
    public_ids: set[str], instance: Path, about: dict[str, Any], lost: losses.Losses | None
) -> int:
    """Whoever was erased after the backup is erased again, before anybody can see them.

    That a backup was put back goes on record with it, and how many acts that undid.
    """
    with acting(SYSTEM, utc_now()) as act:
        count = erasures.erase_again(act, public_ids, instance)
        undone = lost.entries if lost else None
        act.record(Action.BACKUP_RESTORED, SUBJECT, made_at=about["made_at"], lost=undone)
    if count:
        settle(db.session())
    erasures.note(db.session(), instance)
    return count
