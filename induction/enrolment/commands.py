"""The command that enrols many people at once, and the chore that lets go of lists."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import click
from flask.cli import with_appcontext

from induction.audit.act import SYSTEM, acting
from induction.database import table, utc_now, wipe, writing
from induction.enrolment import import_undoing, leaving, long_undoings, past_imports
from induction.enrolment.import_by_command import Besides, write
from induction.enrolment.import_plan import ImportPlan, plan
from induction.enrolment.leaving import Leavers, Scope
from induction.enrolment.missing_lists import tell_that_no_list_came
from induction.enrolment.models import ListLook, ListPage, StagedList
from induction.enrolment.naming_columns import remembered
from induction.enrolment.staged_lists import PeopleFile, any_outdated, forget_outdated, read_file
from induction.enrolment.under_way import LONG
from induction.enrolment.undo_findings import TakenBack
from induction.extensions import db
from induction.policy.store import content
from induction.spreadsheets.reading import NotASheet
from induction.uk_time import as_uk_clock, uk_day

IN_SHORT = ("new", "changed", "same", "refused", "left")  # of what an import counted


@click.command("import")
@with_appcontext
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--invite", "inviting", is_flag=True, help="Mail a link to begin to whoever has had none."
)
@click.option(
    "--invite-at",
    type=click.DateTime(["%Y-%m-%d %H:%M"]),
    help="The same at a time to come, as 2026-11-30 08:00 in the UK; quiet hours are waited for.",
)
@click.option("--skip-bad", is_flag=True, help="Leave refused rows out and take the others.")
@click.option(
    "--expect-at-least",
    "least",
    type=click.IntRange(1),
    help="For lists that come by themselves: write nothing where fewer rows came, or no file or "
    "one that cannot be taken, and send a letter to administrators and compliance.",
)
@click.option(
    "--leavers",
    "scope",
    type=click.Choice([scope.value for scope in Scope]),
    help="The list is whole: mark as left whoever is here and not in it, in the cohorts that it "
    "names or in all. Nothing is written where they are more than five and a tenth.",
)
@click.option(
    "--leavers-at-most",
    "most",
    type=click.IntRange(0),
    help="How many may be marked as left at once, in place of five and a tenth.",
)
def import_people(file: Path, dry_run: bool, scope: str | None, **asked: Any) -> None:
    """Enrol everyone in a FILE: CSV, XLSX, ILR, OneRoster; see docs/tutors.md for its columns.

    FILE may be - for what comes on standard input.
    """
    wanted = _Wanted(**asked, scope=Scope(scope) if scope else None)
    what_came = "the file cannot be read" if _is_there(file) else "no file has come"
    try:
        roll, read = _looked_at(file)
        what_came = f"fewer rows came than {wanted.least}"
        _enough(roll, wanted.least or 0)
        what_came = "more people are missing from it than may leave at once"
        gone = _gone(read, wanted)
        what_came = "rows are refused"
        _take(roll, read, gone, wanted, dry_run=dry_run)
    except click.ClickException:
        if wanted.least is not None and not dry_run:
            tell_that_no_list_came(what_came, now=utc_now())
        raise


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options ask for."""

    inviting: bool
    invite_at: datetime | None
    skip_bad: bool
    least: int | None
    most: int | None
    scope: Scope | None

    @property
    def invites(self) -> bool:
        """Whether invitations go, now or later."""
        return self.inviting or self.invite_at is not None

    @property
    def at(self) -> datetime | None:
        """When they go; None: at once."""
        at = self.invite_at
        return as_uk_clock(at).astimezone(UTC) if at else None


def _is_there(file: Path) -> bool:
    return str(file) == "-" or file.exists()


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """The file; what comes on standard input is read twice, so it waits in one without a name."""
    if str(file) != "-":
        with file.open("rb") as opened:
            yield opened
        return
    with tempfile.TemporaryFile() as held:
        shutil.copyfileobj(sys.stdin.buffer, held)
        held.seek(0)
        yield held


def _looked_at(file: Path) -> tuple[ImportPlan, PeopleFile]:
    try:
        with _opened(file) as opened:
            read = read_file(opened, remembered(db.session()))
    except OSError as fault:
        raise click.ClickException(f"{file}: {fault.strerror}") from fault
    except NotASheet as fault:
        raise click.ClickException(str(fault)) from fault
    today = uk_day(utc_now())
    return plan(db.session(), content().policy, read.sheet, None, today), read


def _gone(read: PeopleFile, wanted: _Wanted) -> Leavers:
    """Who is not in the list any more. Raises ClickException where they are too many."""
    if wanted.scope is None:
        return Leavers((), 0)
    gone = leaving.not_in(db.session(), content().slug, read.sheet, None, wanted.scope)
    number = len(gone.people)
    if number > wanted.most if wanted.most is not None else gone.many:
        raise click.ClickException(
            f"nothing was written: of {gone.here} people who are here, the list lacks {number}. "
            f"If they have all left, say so: --leavers-at-most {number}"
        )
    return gone


def _enough(roll: ImportPlan, least: int) -> None:
    came = len(roll.entries) + len(roll.refused)
    if came < least:
        raise click.ClickException(
            f"nothing was written: rows that came: {came}, fewer than {least}"
        )


def _take(
    roll: ImportPlan, read: PeopleFile, gone: Leavers, wanted: _Wanted, *, dry_run: bool
) -> None:
    _print(roll, everything=dry_run)
    for one in gone.people:
        click.echo(f"not in the list: {one.learner_ref} ({one.cohort or 'no cohort'})")
    if dry_run:
        click.echo("Dry run: nothing was written.")
        sys.exit(1 if roll.refused else 0)
    if roll.refused and not wanted.skip_bad:
        raise click.ClickException(
            "nothing was written: mend the refused rows, or leave them out with --skip-bad"
        )
    _write(roll, read, gone, wanted)


@click.command("undo-import")
@with_appcontext
@click.argument("stamp", default="")
@click.option("--dry-run", is_flag=True, help="Say what would be undone, and change nothing.")
def undo_import(stamp: str, dry_run: bool) -> None:
    """Take back the import called STAMP, as far as nobody has acted since on what it made.

    Without STAMP: the imports of the last 30 days.
    """
    session, now = db.session(), utc_now()
    if not stamp:
        for one in past_imports.past_imports(session, None, now):
            click.echo(_in_short(one))
        return
    at = past_imports.moment(stamp)
    found = past_imports.past_imports(session, None, now, at) if at else []
    if not found:
        raise click.ClickException(f"there is no import {stamp} of the last 30 days")
    if found[0].under_way or found[0].being_undone:
        raise click.ClickException(f"the import {stamp} is still under way")
    if dry_run:
        _print_undone(import_undoing.look(session, found[0], None))
    else:
        _print_undone(_undone(found[0]))
    click.echo("Dry run: nothing was changed." if dry_run else "Undone.")


def _undone(one: past_imports.PastImport) -> TakenBack:
    """A long one is undone in parts, so that nobody else waits for it."""
    session, why = db.session(), "By the command"
    people = import_undoing.people_of(session, one)
    number = sum(map(len, people))
    if number <= LONG:
        with acting(SYSTEM, utc_now()) as act:
            return import_undoing.undo(act, content(), one, None, why)
    with click.progressbar(
        length=number, label="People", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        return long_undoings.by_command(one, people, why, bar.update)


def _in_short(one: past_imports.PastImport) -> str:
    told = ", ".join(f"{n} {what}" for what, n in one.counts.items() if what in IN_SHORT)
    return f"{one.stamp}: {told}{' (undone)' if one.undone else ''}"


def _print_undone(done: TakenBack) -> None:
    for gone in done.removed:
        click.echo(f"removed: {gone.learner_ref}")
    for back in done.put_back:
        click.echo(f"put back: {back.account.learner_ref or back.account.email} ({back.what})")
    for words, _ in done.cohorts:
        click.echo(words)
    for left in done.left:
        click.echo(f"left as it is: {left.name}: {left.why}")


def _write(roll: ImportPlan, read: PeopleFile, gone: Leavers, wanted: _Wanted) -> None:
    besides = Besides(wanted.invites, wanted.at, gone, wanted.scope)
    quiet, number = not sys.stderr.isatty(), len(roll.entries)
    with click.progressbar(length=number, label="People", file=sys.stderr, hidden=quiet) as bar:
        done = write(roll, read, besides, bar.update)
    counts = done.counts
    if wanted.invites:
        click.echo(f"{counts['invited']} invited")
    if wanted.scope:
        click.echo(f"{counts['left']} marked as left")
    if by_now := counts["refused"] - len(roll.refused):
        click.echo(f"refused by now, and left out: {by_now}")
    if counts["left"] or counts["new"] or counts["changed"]:
        click.echo(f"To take it back: flask people undo-import {past_imports.stamp(done.at)}")


def forget_staged() -> None:
    """A chore of the worker: lists that have waited for a day go, from the database's files too."""
    now = utc_now()
    if any_outdated(db.session(), now=now):
        with writing() as session:
            forget_outdated(session, now=now)
        wipe(db.session(), *map(table, (StagedList, ListLook, ListPage)))


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
    for remark in roll.remarks:
        click.echo(remark)
    if roll.ignored:
        click.echo(f"Columns left aside: {', '.join(roll.ignored)}")
    if roll.passed_over:
        rows = ", ".join(map(str, roll.passed_over))
        click.echo(f"Rows that are nobody’s, such as a total, passed over: {rows}")
    if roll.new_cohorts:
        click.echo(f"New cohorts: {', '.join(roll.new_cohorts)}")
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in roll.counts().items()))
