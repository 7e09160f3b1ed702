"""``flask audit``: check the chain, sign where it stands."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from induction.audit import checkpoint as checkpoints
from induction.audit.models import AuditHead
from induction.audit.verify import checkpoint_folder, is_due, make_checkpoint, verify_chain
from induction.database import utc_now, writing
from induction.extensions import db

audit_cli = AppGroup("audit", help="The record of acts.")


@audit_cli.command("verify")
@click.option(
    "--checkpoint",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint from outside, such as checkpoint.json of an earlier audit pack.",
)
def verify(files: tuple[Path, ...]) -> None:
    """Walk the chain; exit 1 and name the first bad entry where it does not hold."""
    signer = current_app.extensions["signer"]
    try:
        held = checkpoints.read_all(checkpoint_folder())
        held += [checkpoints.read_one(path) for path in files]
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    length = db.session.scalar(select(AuditHead.seq)) or 0
    with click.progressbar(length=length, label="Entries", file=sys.stderr) as bar:
        found = verify_chain(db.session(), held, signer.known(), lambda: bar.update(1))
    if found is not None:
        raise click.ClickException(f"{found.seq}: {found.reason}")
    click.echo(
        f"{length} entries hold, and agree with {len(held)} checkpoints outside the database."
    )


@audit_cli.command("checkpoint")
def checkpoint() -> None:
    """Sign where the chain stands now. The worker does this once a day."""
    signer = current_app.extensions["signer"]
    with writing() as session:
        point = make_checkpoint(
            session, signer.sign_bytes, signer.fingerprint, checkpoint_folder(), now=utc_now()
        )
    click.echo(f"Checkpoint of entry {point.seq}: {point.digest}")


def daily_checkpoint() -> None:
    """A chore of the worker: one checkpoint a day, while things happen."""
    now = utc_now()
    if is_due(db.session(), now=now):
        signer = current_app.extensions["signer"]
        with writing() as session:
            make_checkpoint(
                session, signer.sign_bytes, signer.fingerprint, checkpoint_folder(), now=now
            )
