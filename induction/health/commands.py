"""``flask doctor``."""

import click
from flask.cli import with_appcontext

from induction.database import utc_now
from induction.health.checkup import examine, how_many, in_lines
from induction.health.finding import State


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say how this installation is, and what to do about it; exit 1 where something is to mend."""
    found = examine(now=utc_now())
    click.echo(in_lines(found))
    if how_many(found, State.FAIL):
        raise SystemExit(1)
