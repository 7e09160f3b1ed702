"""Gathers each room's commands, and its chores for the worker."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from induction.administration import commands as administration
from induction.approvals import asking
from induction.audit import commands as audit
from induction.audit_pack import commands as audit_pack
from induction.backup import commands as backup
from induction.backup import nightly
from induction.certificates import commands as certificates
from induction.compliance import commands as compliance
from induction.config import BadSetting
from induction.curriculum.faults import CurriculumError
from induction.demo import commands as demo
from induction.enrolment import commands as enrolment
from induction.extensions import db
from induction.health import commands as health
from induction.mail import commands as mail
from induction.people import commands as people
from induction.policy_versions import commands as policy_versions
from induction.policy_versions import content_commands, review
from induction.register import commands as register
from induction.reminders import sending
from induction.reports import reporting
from induction.revisit import sending as revisits
from induction.schema import refuse_unreachable, refuse_unready
from induction.second_factor import commands as second_factor
from induction.sign_on import commands as sign_on
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
            return act(*args, **options)
        except (BadSetting, CurriculumError) as fault:
            raise click.ClickException(str(fault)) from fault

    return asked


def _prepare(command: click.Command, name: str) -> None:
    if isinstance(command, click.Group):
        for part, below in command.commands.items():
            _prepare(below, f"{name} {part}")
    elif command.callback:
        command.callback = _asks_first(command.callback, name)


people.people_cli.add_command(enrolment.import_people)
audit.audit_cli.add_command(compliance.verify)
for _part in (audit_pack.export, audit_pack.verify, register.revoke):
    certificates.certificates_cli.add_command(_part)
for _command in _COMMANDS:  # once: the commands are the same for every application
    _prepare(_command, _command.name or "")


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    for command in _COMMANDS:
        app.cli.add_command(command)
    app.extensions["chores"] = [  # besides mail
        compliance.daily_checkpoint,
        enrolment.forget_drafts,
        review.chore,
        sending.chore,
        revisits.chore,
        reporting.chore,
        asking.chore,
        summary.chore,
        sign_on.forget_newcomers,
        nightly.chore,  # last: it may take a while
    ]
