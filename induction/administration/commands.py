"""Commands about the institute's settings."""

import click
from flask.cli import AppGroup

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now

settings_cli = AppGroup(
    "settings", help="The institute's settings, where the page is out of reach."
)


@settings_cli.command("let-staff-use-passwords")
def let_staff_use_passwords() -> None:
    """Let staff sign in with passwords again: for when the provider fails and nobody gets in."""
    with acting(SYSTEM, utc_now()) as act:
        changed = settings_changes.change(act, {"staff_by_provider": False})
    click.echo("Staff can sign in with passwords." if changed else "They could do so already.")
