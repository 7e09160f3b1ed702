"""``flask certificates revoke``: take a certificate back."""

import click
from flask.cli import with_appcontext

from induction.audit.act import SYSTEM, acting
from induction.certificates import revocation
from induction.certificates.command_arguments import held_or_fail, one_line
from induction.database import utc_now
from induction.institute import institute
from induction.policy.store import content
from induction.register import withdrawal
from induction.register.withdrawal import Withdrawal


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
        wish = Withdrawal(one_line(reason))
        with acting(SYSTEM, utc_now()) as act:
            withdrawal.withdraw(act, content(), held, wish, two_people=False)
    except revocation.NotCurrent as fault:
        raise click.ClickException(str(fault)) from fault
    except revocation.Meanwhile as fault:
        raise click.ClickException(
            f"{held.number} is as it was: somebody has asked for it to be withdrawn. Confirm or"
            " decline that on the certificate's page."
        ) from fault
    click.echo(f"{held.number} is withdrawn.")
