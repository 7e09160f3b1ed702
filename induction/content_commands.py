"""``flask content …``: the curriculum's commands, joined to the application's settings.

Apart from the curriculum, which knows no Flask.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import AppGroup

from induction.curriculum.commands import run_check

content_cli = AppGroup("content", help="The policies and quizzes that authors write.")


@content_cli.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check_command(context: click.Context, as_json: bool) -> None:
    """Find every fault in content/ and quizzes/; show where each clause is taught and tested."""
    root = Path(current_app.extensions["settings"].content_root)
    today = datetime.now(ZoneInfo("Europe/London")).date()
    context.exit(run_check(root, today, as_json))
