"""Gathers each room's commands, and its chores for the worker."""

from flask import Flask

from induction import content_commands
from induction.audit import commands as audit
from induction.backup import commands as backup
from induction.certificates import commands as certificates
from induction.compliance import versions_commands, versions_review
from induction.demo import commands as demo
from induction.mail import commands as mail
from induction.people import commands as people
from induction.tutoring import commands as tutoring
from induction.tutoring import reminders


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(content_commands.content_cli)
    people.people_cli.add_command(tutoring.import_people)
    app.cli.add_command(people.people_cli)
    app.cli.add_command(demo.demo_cli)
    app.cli.add_command(audit.audit_cli)
    app.cli.add_command(certificates.certificates_cli)
    app.cli.add_command(mail.worker)
    app.cli.add_command(backup.backup)
    app.cli.add_command(backup.restore)
    app.cli.add_command(versions_commands.policy_cli)
    app.extensions["chores"] = [  # besides mail
        audit.daily_checkpoint,
        versions_review.chore,
        reminders.chore,
    ]
