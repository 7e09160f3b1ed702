"""The command that enrols many people at once, and the chore that lets go of lists."""

import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import with_appcontext

from induction.audit.act import SYSTEM, acting
from induction.database import table, utc_now, wipe, writing
from induction.enrolment.applying import carry_out, to_invite
from induction.enrolment.drafts import any_outdated, forget_outdated, read_file
from induction.enrolment.import_plan import ImportPlan, plan
from induction.enrolment.missing_lists import tell_that_no_list_came
from induction.enrolment.models import ImportDraft
from induction.enrolment.naming_columns import remembered
from induction.extensions import db
from induction.people.invitations import invite
from induction.policy.store import content
from induction.spreadsheets.reading import NotASheet
from induction.uk_time import uk_day


@click.command("import")
@with_appcontext
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--invite", "inviting", is_flag=True, help="Mail a link to begin to whoever has had none."
)
@click.option("--skip-bad", is_flag=True, help="Leave refused rows out and take the others.")
@click.option(
    "--expect-at-least",
    "least",
    type=click.IntRange(1),
    help="For lists that come by themselves: write nothing where fewer rows came, or no file or "
    "one that cannot be taken, and send a letter to administrators and compliance.",
)
def import_people(
    file: Path, dry_run: bool, inviting: bool, skip_bad: bool, least: int | None
) -> None:
    """Enrol everyone in a FILE: CSV, XLSX, ILR, OneRoster; see docs/tutors.md for its columns."""
    what_came = "the file cannot be read" if file.exists() else "no file has come"
    try:
        roll, sha256 = _looked_at(file)
        what_came = f"fewer rows came than {least}"
        _enough(roll, least or 0)
        what_came = "rows are refused"
        _take(roll, sha256, dry_run=dry_run, inviting=inviting, skip_bad=skip_bad)
    except click.ClickException:
        if least is not None and not dry_run:
            tell_that_no_list_came(what_came, now=utc_now())
        raise


def _looked_at(file: Path) -> tuple[ImportPlan, str]:
    try:
        with file.open("rb") as opened:
            read = read_file(opened, remembered(db.session()))
    except OSError as fault:
        raise click.ClickException(f"{file}: {fault.strerror}") from fault
    except NotASheet as fault:
        raise click.ClickException(str(fault)) from fault
    today = uk_day(utc_now())
    return plan(db.session(), content().policy, read.sheet, None, today), read.sha256


def _enough(roll: ImportPlan, least: int) -> None:
    came = len(roll.entries) + len(roll.refused)
    if came < least:
        raise click.ClickException(f"nothing was written: {came} rows came, fewer than {least}")


def _take(roll: ImportPlan, sha256: str, *, dry_run: bool, inviting: bool, skip_bad: bool) -> None:
    _print(roll, everything=dry_run)
    if dry_run:
        click.echo("Dry run: nothing was written.")
        sys.exit(1 if roll.refused else 0)
    if roll.refused and not skip_bad:
        raise click.ClickException(
            "nothing was written: mend the refused rows, or leave them out with --skip-bad"
        )
    _write(roll, sha256, inviting=inviting)


def _write(roll: ImportPlan, sha256: str, *, inviting: bool) -> None:
    quiet = not sys.stderr.isatty()
    with (
        click.progressbar(
            length=len(roll.entries), label="People", file=sys.stderr, hidden=quiet
        ) as bar,
        acting(SYSTEM, utc_now()) as act,
    ):
        made = carry_out(act, content(), roll, sha256=sha256, tick=lambda: bar.update(1))
        invited = invite(act, to_invite(act, roll, made)) if inviting else 0
    if inviting:
        click.echo(f"{invited} invited")


def forget_drafts() -> None:
    """A chore of the worker: lists that have waited for a day go, from the database's files too."""
    now = utc_now()
    if any_outdated(db.session(), now=now):
        with writing() as session:
            forget_outdated(session, now=now)
        wipe(db.session(), table(ImportDraft))


def _due(day: date | None) -> str:
    return f"due {day.isoformat()}" if day else "no due date"


def _print(roll: ImportPlan, *, everything: bool) -> None:
    for refused in roll.refused:
        click.echo(f"row {refused.row}: refused: {' '.join(refused.reasons)}")
    for entry in roll.entries:
        if not everything and not entry.alike and not entry.notes:
            continue
        what = "; ".join(entry.differences)
        whole = entry.verdict != "same"
        where = f"{entry.cohort or 'no cohort'}, {_due(entry.due_on)}, {entry.audience}"
        texts = (where if whole else "", what, "; ".join(entry.alike), " ".join(entry.notes))
        said = "".join(f" ({text})" for text in texts if text)
        click.echo(f"row {entry.person.row}: {entry.verdict}: {entry.person.learner_ref}{said}")
    if roll.ignored:
        click.echo(f"Columns left aside: {', '.join(roll.ignored)}")
    if roll.new_cohorts:
        click.echo(f"New cohorts: {', '.join(roll.new_cohorts)}")
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in roll.counts().items()))
