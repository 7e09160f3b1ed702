"""What commands about certificates are given, and drawing what is missing with a progress bar."""

import sys

import click
from flask import current_app
from sqlalchemy import Select

from induction.audit.act import SYSTEM
from induction.certificates import backlog
from induction.certificates.number import normalise
from induction.certificates.queries import Held, by_number
from induction.database import utc_now
from induction.extensions import db


def render_missing(ids: Select[int] | None = None) -> int:
    """Draw the files that are not there yet, with a progress bar; returns how many failed."""
    session = db.session()
    missing = backlog.missing(session, ids)
    if not missing:
        return 0
    settings = current_app.extensions["settings"]
    failed = 0
    with click.progressbar(length=len(missing), label="Drawing", file=sys.stderr) as bar:
        for done in backlog.draw(session, missing, settings, by=SYSTEM, clock=utc_now):
            bar.update(1)
            if done.fault:
                failed += 1
                click.echo(f"\n{done.number}: {done.fault}", err=True)
    return failed


def held_or_fail(number: str) -> Held:
    """The certificate with this number."""
    sound = normalise(number)
    held = by_number(db.session(), sound) if sound else None
    if held is None:
        raise click.ClickException(f"there is no certificate {number}")
    return held


def one_line(text: str) -> str:
    """A reason as it is kept. Refuses an empty one."""
    plain = " ".join(text.split())
    if not plain:
        raise click.ClickException("the reason may not be empty")
    return plain
