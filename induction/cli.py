"""Gathers each room's commands, and its chores for the worker."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from induction import machines
from induction.administration import commands as administration
from induction.approvals import asking
from induction.audit import commands as audit
from induction.audit_pack import commands as audit_pack
from induction.backup import commands as backup
from induction.backup import nightly
from induction.certificates import commands as certificates
from induction.compliance import commands as compliance
from induction.compliance import stamps
from induction.curriculum.faults import CurriculumError
from induction.demo import commands as demo
from induction.enrolment import carrying_on
from induction.enrolment import commands as enrolment
from induction.environment import BadSetting
from induction.extensions import db
from induction.health import commands as health
from induction.mail import commands as mail
from induction.people import commands as people
from induction.people import ending
from induction.policy_versions import commands as policy_versions
from induction.policy_versions import content_commands, review, scheduling
from induction.progress import keeping
from induction.register import commands as register
from induction.reminders import second_looks, sending
from induction.reports import reporting
from induction.revisit import sending as revisits
from induction.schema import refuse_unreachable, refuse_unready
from induction.second_factor import commands as second_factor
from induction.sign_on import commands as sign_on
from induction.signing.keys import KeyFault
from induction.throttles import summary

_WITHOUT_DATABASE = {"content check", "certificates verify", "doctor"}
_MAKES_TABLES = {"demo load", "restore", "upgrade"}

_COMMANDS = (
    content_commands.content_cli,
    people.people_cli,
    second_factor.second_step_cli,
    administration.settings_cli,
    demo.demo_cli,
    audit.audit_cli,
    certificates.certificates_cli,
    mail.worker,
    mail.mail_cli,
    health.doctor,
    backup.backup,
    backup.restore,
    backup.upgrade,
    policy_versions.policy_cli,
)


def _asks_first(act: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The act of a command, refused in plain words where the database or the files are not fit."""

    @with_appcontext
    @wraps(act)
    def asked(*args: Any, **options: Any) -> Any:
        try:
            if name not in _WITHOUT_DATABASE:
                refuse_unreachable(db.engine)
                if name not in _MAKES_TABLES:
                    refuse_unready(db.session())
                if name == "worker":
                    machines.join(current_app)
            return act(*args, **options)
        except (BadSetting, CurriculumError, KeyFault) as fault:
            raise click.ClickException(str(fault)) from fault

    return asked


def _prepare(command: click.Command, name: str) -> None:
    if isinstance(command, click.Group):
        for part, below in command.commands.items():
            _prepare(below, f"{name} {part}")
    elif command.callback:
        command.callback = _asks_first(command.callback, name)


people.people_cli.add_command(enrolment.import_people)
people.people_cli.add_command(enrolment.undo_import)
audit.audit_cli.add_command(compliance.verify)
audit.audit_cli.add_command(compliance.write_stamps)
for _part in (audit_pack.export, audit_pack.verify, register.revoke):
    certificates.certificates_cli.add_command(_part)
for _command in _COMMANDS:  # once: the commands are the same for every application
    _prepare(_command, _command.name or "")


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    for command in _COMMANDS:
        app.cli.add_command(command)
    app.extensions["chores"] = {  # besides mail; by the names that logs and the doctor say
        "what is kept of people": keeping.chore,
        "checkpoint": compliance.daily_checkpoint,
        "time stamps": stamps.chore,
        "lists to import": carrying_on.chore,
        "lists that were sent in": enrolment.forget_staged,
        "review of the policy": review.chore,
        "policy versions of today": scheduling.chore,
        "reminders": sending.chore,
        "revisits": revisits.chore,
        "reports": reporting.chore,
        "approvals": asking.chore,
        "last days": ending.chore,
        "refusals": summary.chore,
        "newcomers": sign_on.forget_newcomers,
        "backup": nightly.chore,  # last: it may take a while
    }
    app.extensions["second_looks"] = second_looks.LOOKS
