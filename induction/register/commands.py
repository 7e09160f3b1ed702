"""``flask certificates revoke``: take a certificate back."""

import click
from flask.cli import with_appcontext

from induction.certificates import revocation
from induction.certificates.command_arguments import held_or_fail, one_line
from induction.database import utc_now, writing
from induction.institute import institute
from induction.policy.store import content
from induction.register import withdrawal


@click.command("revoke")
@click.argument("number")
@click.option("--reason", required=True, help="Why; stays on record.")
@with_appcontext
def revoke(number: str, reason: str) -> None:
    """Take a certificate back. It stays on record, with the reason; the learner is told.

    Not where the settings ask for two people: a command cannot tell who gives it.
    """
    held = held_or_fail(number)
    if institute().two_people:
        raise click.ClickException(
            f"{held.number} is as it was: withdrawing takes two compliance officers here, each"
            " signed in as themselves. One asks on the certificate's page, another confirms there."
        )
    try:
        with writing() as session:
            withdrawal.withdraw(
                session, content(), held, one_line(reason),
                again=False, two_people=False, asked_at=None, by=None, now=utc_now(),
            )  # fmt: skip
    except revocation.NotCurrent as fault:
        raise click.ClickException(str(fault)) from fault
    except revocation.Meanwhile as fault:
        raise click.ClickException(
            f"{held.number} is as it was: somebody has asked for it to be withdrawn. Confirm or"
            " decline that on the certificate's page."
        ) from fault
    click.echo(f"{held.number} is withdrawn.")
