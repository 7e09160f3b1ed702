"""``flask backup`` and ``flask restore``."""

import sys
import zipfile
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from induction.backup import copying
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Copy everything into one FILE, while the application goes on serving.

    The file holds people's details and the signing key: keep it as you keep those.
    """
    settings: Settings = current_app.extensions["settings"]
    if not file.resolve().parent.is_dir():
        raise click.ClickException(f"there is no folder {file.resolve().parent}")
    length = copying.row_count(db.engine)
    with click.progressbar(length=length, label="Rows", file=sys.stderr) as bar:
        made = copying.make(db.engine, settings.instance, file, now=utc_now(), tick=bar.update)
    click.echo(f"{file}: {sum(made.rows.values())} rows, {made.files} files")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there. It is gone afterwards.")
@with_appcontext
def restore(file: Path, force: bool) -> None:
    """Put a backup back. Stop the application first.

    Refuses a place where somebody has an account already, unless forced.
    """
    settings: Settings = current_app.extensions["settings"]
    try:
        with zipfile.ZipFile(file) as pack:
            about = copying.read_about(pack)
            if not copying.is_empty(db.session()) and not force:
                raise click.ClickException(
                    "there are people in this database; --force replaces them with the backup"
                )
            db.session.remove()
            copying.set_aside(db.engine)
            try:
                length = sum(about["rows"].values())
                with click.progressbar(length=length, label="Rows", file=sys.stderr) as bar:
                    put = copying.restore(db.engine, settings.instance, pack, bar.update)
            except BaseException:  # whatever it was: what was there is there again
                copying.bring_back(db.engine)
                raise
            copying.forget_aside(db.engine)
    except (copying.NotABackup, zipfile.BadZipFile, DBAPIError, ValueError) as error:
        raise click.ClickException(f"{file}: {error}; nothing was changed") from error
    click.echo(f"{sum(put.rows.values())} rows and {put.files} files are back. Start it again.")
