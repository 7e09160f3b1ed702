"""Commands about people."""

from datetime import datetime

import click
from flask import current_app, url_for
from flask.cli import AppGroup
from sqlalchemy import select

from induction.audit.act import SYSTEM, acting
from induction.database import utc_now
from induction.people import links
from induction.people.accounts import NotAnAccount, clean_email, create, refuse_last_day
from induction.people.ending import end_after
from induction.people.models import Account, Role
from induction.uk_time import uk_day

people_cli = AppGroup("people", help="Accounts of learners and staff.")


@people_cli.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True)
@click.option("--name", default="", help="Full name; the part before the @ where not given.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="An auditor’s last day, such as 2027-03-31: the account stops by itself after it.",
)
def create_account(email: str, role: str, name: str, until: datetime | None) -> None:
    """Make one account, and print a link to set its password: it works once, for four days."""
    full_name = name or email.split("@", maxsplit=1)[0]
    if (role == Role.AUDITOR) != (until is not None):
        raise click.UsageError(
            "An auditor needs --until with their last day, and nobody else does."
        )
    now = utc_now()
    try:
        with acting(SYSTEM, now) as act:
            account = create(act, Role(role), email, full_name, how="command")
            if until is not None:
                refuse_last_day(until.date(), uk_day(now))
                end_after(act, account, until.date())
            token = links.make(act, account, links.INVITATION)
    except NotAnAccount as fault:
        raise click.ClickException(str(fault)) from fault
    _print_link(token)


@people_cli.command("link")
@click.argument("email")
def print_link(email: str) -> None:
    """Print a link to choose a new password for this account; its older links stop working."""
    try:
        address = clean_email(email)
    except NotAnAccount as fault:
        raise click.ClickException(str(fault)) from fault
    with acting(SYSTEM, utc_now()) as act:
        account = act.session.scalars(
            select(Account).where(Account.email == address, Account.deactivated_at.is_(None))
        ).first()
        if account is None:
            raise click.ClickException(f"There is no open account for {address}.")
        purpose = links.PASSWORD if account.has_signed_in else links.INVITATION
        token = links.make(act, account, purpose)
    _print_link(token)


def _print_link(token: str) -> None:
    base = current_app.extensions["settings"].base_url
    with current_app.test_request_context():
        click.echo(base + url_for("links.link", token=token))
