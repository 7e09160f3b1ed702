"""Commands about people."""

import click
from flask import current_app, url_for
from flask.cli import AppGroup

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people import links
from induction.people.accounts import NotAnAccount, create
from induction.people.models import Role

people_cli = AppGroup("people", help="Accounts of learners and staff.")


@people_cli.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True)
@click.option("--name", default="", help="Full name; the part before the @ where not given.")
def create_account(email: str, role: str, name: str) -> None:
    """Make one account, and print a link to set its password: it works once, for 24 hours."""
    full_name = name or email.split("@", maxsplit=1)[0]
    try:
        with acting(SYSTEM, utc_now()) as act:
            account = create(act, Role(role), email, full_name, how="command")
            token = links.make(act, account, links.INVITATION)
    except NotAnAccount as fault:
        raise click.ClickException(str(fault)) from fault
    base = current_app.extensions["settings"].base_url
    with current_app.test_request_context():
        click.echo(base + url_for("people.link", token=token))
