"""``flask doctor``."""

import click
from flask.cli import with_appcontext

from induction.database import utc_now
from induction.health.checkup import examine, how_many
from induction.health.finding import State


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say how this installation is, and what to do about it; exit 1 where something is to mend."""
    found = examine(now=utc_now())
    for title, finding in found:
        click.echo(f"{finding.state:<5} {title}: {finding.what}")
        if finding.act:
            click.echo(f"      {finding.where}: {finding.act}")
    failed = how_many(found, State.FAIL)
    click.echo(
        f"To mend: {failed}, to look at: {how_many(found, State.WARN)}, "
        f"fine: {how_many(found, State.OK)}."
    )
    if failed:
        raise SystemExit(1)
