"""Gathers each room's commands."""

from flask import Flask

from induction import content_commands
from induction.demo import commands as demo
from induction.mail import commands as mail
from induction.people import commands as people


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    app.cli.add_command(content_commands.content_cli)
    app.cli.add_command(people.people_cli)
    app.cli.add_command(demo.demo_cli)
    app.cli.add_command(mail.worker)
