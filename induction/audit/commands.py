"""``flask audit``: sign where the chain stands. The check is compliance's, which sees the rest."""

import click
from flask import current_app
from flask.cli import AppGroup

from induction.audit.verify import checkpoint_folder, make_checkpoint
from induction.database import utc_now, writing

audit_cli = AppGroup("audit", help="The record of acts.")


@audit_cli.command("checkpoint")
def checkpoint() -> None:
    """Sign where the chain stands now. The worker does this once a day."""
    signer = current_app.extensions["signer"]
    with writing() as session:
        point = make_checkpoint(
            session, signer.sign_bytes, signer.fingerprint, checkpoint_folder(), now=utc_now()
        )
    click.echo(f"Checkpoint of entry {point.seq}: {point.digest}")
