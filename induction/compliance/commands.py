"""``flask audit verify``, and the daily checkpoint."""

import sys
from itertools import islice
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from induction.audit import checkpoint as checkpoints
from induction.audit.models import AuditHead
from induction.audit.verify import checkpoint_folder, verify_chain
from induction.certificates.models import Certificate
from induction.compliance import outside, reconciliation, stamps
from induction.database import utc_now, writing
from induction.extensions import db
from induction.signing.timestamps import NoStamp

MOST_FAULTS = 1000


@click.command("verify")
@click.option(
    "--checkpoint",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint from outside: checkpoint.json of an earlier audit pack, or a mail with one.",
)
@with_appcontext
def verify(files: tuple[Path, ...]) -> None:
    """Walk the chain and compare the evidence with it; exit 1 and name what does not hold."""
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
    faults = list(islice(reconciliation.faults_of(db.session()), MOST_FAULTS))
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"the chain holds; beside it do not: {len(faults)}")
    click.echo(
        f"{length} entries hold, and agree with {len(held)} checkpoints outside the database."
    )
    try:
        stamped = sum(1 for _ in stamps.every(db.session()))
    except NoStamp as fault:
        raise click.ClickException(str(fault)) from fault
    if stamped:
        click.echo(f"Checkpoints with a time stamp of somebody outside: {stamped}.")
    certificates = db.session.scalar(select(func.count()).select_from(Certificate))
    click.echo(f"Answers, declarations and {certificates} certificates agree with them both ways.")


@click.command("stamps")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def write_stamps(folder: Path) -> None:
    """Write each checkpoint that was stamped to FOLDER: what was stamped, and its stamp."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        found = [*stamps.every(db.session())]
        for one in found:
            name = folder / f"{one.point.seq:012d}"
            name.with_suffix(".json").write_bytes(one.point.signed_bytes())
            name.with_suffix(".tsr").write_bytes(one.stamp.answer)
    except NoStamp as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(
        f"Stamped checkpoints: {len(found)}. To check one, with the authority’s certificate:"
    )
    click.echo("openssl ts -verify -in NUMBER.tsr -data NUMBER.json -CAfile AUTHORITY.pem")


def daily_checkpoint() -> None:
    """A chore of the worker: once a day, while things happen, a checkpoint leaves by mail."""
    now = utc_now()
    if outside.is_due(db.session(), now=now):
        with writing() as session:
            outside.send(session, now=now)
