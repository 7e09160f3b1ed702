"""The command that lets somebody back in who has lost every second factor."""

import click
from flask import current_app, url_for
from flask.cli import AppGroup
from sqlalchemy import select

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people import links
from induction.people.models import Account
from induction.second_factor import factors

second_step_cli = AppGroup("second-step", help="What is asked for besides a password.")


@second_step_cli.command("reset")
@click.argument("email")
@click.option("--reason", required=True, help="Why; it is in the record of acts.")
def reset(email: str, reason: str) -> None:
    """Take away somebody's second step, and print a link with which they set up another."""
    with acting(SYSTEM, utc_now()) as act:
        account = act.session.scalars(select(Account).where(Account.email == email.lower())).first()
        if account is None:
            raise click.ClickException(f"there is no account for {email}")
        factors.reset(act, account, reason)
        token = links.make(act, account, links.PASSWORD)
    with current_app.test_request_context():
        base = current_app.extensions["settings"].base_url
        click.echo(base + url_for("links.link", token=token))
