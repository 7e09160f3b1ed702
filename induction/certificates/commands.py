"""``flask certificates``: draw a backlog, issue anew."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup

from induction.approvals import asking
from induction.approvals.queries import officers_beside
from induction.audit.act import SYSTEM, acting
from induction.audit.actions import Action
from induction.certificates import key_history
from induction.certificates.command_arguments import held_or_fail, one_line, render_missing
from induction.certificates.revocation import NotCurrent, names_another
from induction.certificates.revocation import reissue as issue_anew
from induction.database import utc_now
from induction.extensions import db
from induction.institute import institute
from induction.names import NotAName, clean_name
from induction.signing import keys, shared
from induction.signing.signer import Signer

certificates_cli = AppGroup("certificates", help="Certificates: draw, take back, export, check.")


@certificates_cli.command("render")
@click.option("--missing", is_flag=True, required=True, help="Those that were never drawn.")
def render(missing: bool) -> None:
    """Draw and sign the files of certificates, with all cores."""
    del missing  # the only choice there is: a stored file is never drawn again
    failed = render_missing()
    if failed:
        raise click.ClickException(f"{failed} could not be drawn")
    click.echo("Every certificate has its file.")


@certificates_cli.command("rotate-key")
@click.option("--reason", default="", help="Why; the verify page shows it beside the old key.")
@click.option(
    "--compromised-since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day from which the old key may have been in the wrong hands.",
)
def rotate_key(reason: str, compromised_since: datetime | None) -> None:
    """Make a new signing key. What the old one signed stays valid: its certificate is kept.

    Where the old key was compromised, its signature alone proves nothing any more: only files that
    the register has are called genuine. Restart the application afterwards, so that it signs with
    the new key.
    """
    settings = current_app.extensions["settings"]
    if settings.signing_p12:
        raise click.ClickException("the key comes from INDUCTION_SIGNING_P12; change that file")
    folder, now = settings.instance / "keys", utc_now()
    replaced = current_app.extensions["signer"].fingerprint
    made = keys.rotate(folder, institute().name, now, settings.key_passphrase)
    fingerprint = keys.fingerprint(made.certificate)
    pem = keys.private_pem(folder).decode() if settings.key_passphrase else ""
    with acting(SYSTEM, now) as act:
        shared.offer(act.session, Signer(made, folder), pem=pem, secret_key=settings.secret_key)
        asking.tell(act, "key-rotated", fingerprint=fingerprint, replaced=replaced, at=now)
        act.record(
            Action.KEY_ROTATED,
            key_history.SUBJECT,
            fingerprint=fingerprint,
            replaced=replaced,
            compromised_since=f"{compromised_since:%Y-%m-%d}" if compromised_since else None,
            personal={"reason": one_line(reason)} if reason else None,
        )
    click.echo(f"The new key: {fingerprint}. Restart the application.")


@certificates_cli.command("reissue")
@click.argument("number")
@click.option("--name", required=True, help="The corrected name.")
@click.option("--reason", required=True, help="Why; stays on record.")
def reissue(number: str, name: str, reason: str) -> None:
    """Issue a certificate anew with a corrected name. The new one supersedes the old."""
    held = held_or_fail(number)
    try:
        corrected = clean_name(name)
    except NotAName as fault:
        raise click.ClickException(str(fault)) from fault
    if names_another(db.session(), held, corrected) and _two_are_here():
        raise click.ClickException(
            f"{held.number} is as it was: “{corrected}” is plainly another name, and that takes two"
            " compliance officers, each signed in as themselves. One asks on the certificate's"
            " page, another confirms."
        )
    base_url = current_app.extensions["settings"].base_url
    try:
        with acting(SYSTEM, utc_now()) as act:
            new = issue_anew(act, held, name=corrected, reason=one_line(reason), base_url=base_url)
    except NotCurrent as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"{new} supersedes {held.number}.")


def _two_are_here() -> bool:
    """Whether two officers can do it: a command cannot tell who gives it, so it is neither."""
    here = officers_beside(db.session(), SYSTEM)
    return here.insist or here.others > 1
