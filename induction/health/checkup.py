"""The list of checks, and all of them at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from induction.extensions import db
from induction.health import cohorts, machine, record, rights
from induction.health.finding import Finding, Installation, State


@dataclass(frozen=True, slots=True)
class Check:
    """What is looked at, in a word or two, and how; ``reads`` the tables, or works without."""

    title: str
    look: Callable[[Installation], Finding]
    reads: bool = False


CHECKS = (
    Check("Address", machine.address),
    Check("Mail server", machine.mail_server),
    Check("Signing in", machine.sign_in),
    Check("Instance folder", machine.folder),
    Check("Disk", machine.disk),
    Check("Drawing", machine.drawing),
    Check("Signing key", machine.signing_key),
    Check("Policy", machine.policy_files),
    Check("Backups", machine.backup_recipient),
    Check("Database", machine.database),
    Check("Clock", record.clock, reads=True),
    Check("Machines", record.machines, reads=True),
    Check("Evidence", rights.evidence, reads=True),
    Check("Worker", record.worker, reads=True),
    Check("Chores", record.failing_chores, reads=True),
    Check("Letters", record.letters, reads=True),
    Check("Nightly backups", record.nightly_backups, reads=True),
    Check("Checkpoints", record.checkpoint, reads=True),
    Check("Name", record.institute_name, reads=True),
    Check("Whom to tell", record.whom_to_tell, reads=True),
    Check("Second step", record.second_step, reads=True),
    Check("Two people", record.two_people, reads=True),
    Check("Directory", record.directory, reads=True),
    Check("Administrators", record.administrators, reads=True),
    Check("Tutors", cohorts.tutors, reads=True),
    Check("Demo accounts", record.demo_accounts, reads=True),
)


def examine(*, now: datetime) -> list[tuple[str, Finding]]:
    """What each check found, by its title. Those that read wait until the database is fit."""
    extensions = current_app.extensions
    at = Installation(
        extensions["settings"], extensions["content"], extensions["signer"], db.session(), now
    )
    without = [(check.title, check.look(at)) for check in CHECKS if not check.reads]
    if dict(without)["Database"].state is State.FAIL:
        return without
    return without + [(check.title, check.look(at)) for check in CHECKS if check.reads]


def how_many(found: list[tuple[str, Finding]], state: State) -> int:
    """How many checks came out so."""
    return sum(finding.state is state for _, finding in found)


def in_lines(found: list[tuple[str, Finding]]) -> str:
    """What was found, as a terminal shows it."""
    lines = []
    for title, finding in found:
        lines.append(f"{finding.state:<5} {title}: {finding.what}")
        if finding.act:
            lines.append(f"      {finding.where}: {finding.act}")
    counts = {state: how_many(found, state) for state in State}
    lines.append(
        f"To mend: {counts[State.FAIL]}, to look at: {counts[State.WARN]}, "
        f"fine: {counts[State.OK]}."
    )
    return "\n".join(lines)
