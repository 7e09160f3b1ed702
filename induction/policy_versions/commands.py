"""``flask policy``: versions, publishing without anyone at a page, the signed-off document."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from induction.audit.act import SYSTEM, acting
from induction.curriculum.faults import CurriculumError
from induction.database import utc_now
from induction.extensions import db
from induction.policy.store import content
from induction.policy_versions import carrying_over, drawing_up, publishing, queries
from induction.policy_versions.documents import NotADocument, attach, checked
from induction.policy_versions.rules import ChangeMark, Weight, to_be_marked
from induction.policy_versions.version_steps import Deadlines
from induction.refusals import NotNow

policy_cli = AppGroup("policy", help="Versions of the policy, and its signed-off document.")
DAY = click.DateTime(["%Y-%m-%d"])


@policy_cli.command("attach")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--version-date", type=DAY, help="Of the version in force where not given.")
def attach_document(file: Path, version_date: datetime | None) -> None:
    """Attach the institute's own document (PDF, DOCX, Markdown or text) to a policy version."""
    try:
        document = checked(file.name, file.read_bytes())
        with acting(SYSTEM, utc_now()) as act:
            content().keep(act)
            day = attach(act, content(), document, version_date.date() if version_date else None)
    except NotADocument as fault:
        raise click.ClickException(f"{file}: {fault}") from fault
    click.echo(f"{document.name} is attached to the version of {day}.")
    click.echo(f"SHA-256 {document.sha256}")


@policy_cli.command("versions")
def list_versions() -> None:
    """Every version with its state, newest first; and whether the content folder differs."""
    session = db.session()
    policy = content().look(session).policy
    for version in queries.versions(session, policy.slug):
        last = version.last
        click.echo(
            f"{version.id:>4}  {version.version_date}  {version.content[:12]}  "
            f"{last.text.lower():<9} {last.at:%Y-%m-%d %H:%M} UTC  {last.by.lower()}"
        )
    try:
        same = content().candidate().policy.digest == policy.digest
    except CurriculumError:
        click.echo("The files in the content folder have faults: see flask content check.")
    else:
        word = "are what is in force" if same else "differ from what is in force"
        click.echo(f"The files in the content folder {word}.")


@policy_cli.command("publish")
@click.option("--material", multiple=True, metavar="CLAUSE", help="A change that matters.")
@click.option("--reason", required=True, help="Why; it stays on record with every change.")
@click.option("--redo-by", type=DAY, help="When those who do something again are to be done.")
@click.option("--joiner-days", type=click.IntRange(1, 365), help="Days for new learners.")
def publish(
    material: tuple[str, ...], reason: str, redo_by: datetime | None, joiner_days: int | None
) -> None:
    """Draw up, approve and publish the content folder in one go, for unattended use.

    Changed clauses named with --material are material (``declaration`` is one of the names); every
    other change is minor.
    """
    try:
        candidate = content().candidate()
        with acting(SYSTEM, utc_now()) as act:
            content().keep(act)
            before = content().look(act.session).policy
            changes = {change.item: change for change in to_be_marked(before, candidate.policy)}
            for name in material:
                if name not in changes:
                    raise click.ClickException(f"{name} has not changed")
            marks = {
                change.key: ChangeMark(
                    Weight.MATERIAL if item in material else Weight.MINOR, reason
                )
                for item, change in changes.items()
            }
            version_id = drawing_up.draw_up(act, content(), candidate, marks)
            publishing.approve(act, content(), version_id)
        ahead = carrying_over.foresee(db.session(), content(), version_id)
        deadlines = Deadlines(redo_by.date() if redo_by else None, joiner_days)
        with acting(SYSTEM, utc_now()) as act:
            concerned = publishing.publish(act, content(), version_id, deadlines, ahead)
    except CurriculumError as error:
        raise click.ClickException("\n".join(str(fault) for fault in error.faults)) from error
    except NotNow as refusal:
        raise click.ClickException("\n".join(refusal.lines)) from refusal
    click.echo(
        f"Version {version_id} is in force. People who have something to do again: {len(concerned)}"
    )
