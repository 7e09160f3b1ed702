"""``flask content …``: the curriculum's commands, joined to the application's settings.

Apart from the curriculum, which knows no Flask.
"""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from induction.curriculum.report import run_check
from induction.database import utc_now
from induction.extensions import db
from induction.journey.models import Answer, Attempt, Enrolment
from induction.uk_time import uk_day

_ANSWERED = (
    select(Enrolment.policy, Answer.scenario, Answer.chosen)
    .join(Attempt, Attempt.id == Answer.attempt_id)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .distinct()
)

content_cli = AppGroup("content", help="The policies and quizzes that authors write.")


@content_cli.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check_command(context: click.Context, as_json: bool) -> None:
    """Find every fault in content/ and quizzes/; show where each clause is taught and tested."""
    root = Path(current_app.extensions["settings"].content_root)
    today = uk_day(utc_now())
    context.exit(run_check(root, today, as_json, _answered()))


def _answered() -> dict[str, dict[str, set[str]]]:
    """What learners of this installation have answered: it must stay where their records lead.

    Nothing where there is no database yet: authors check their files before anything is installed.
    """
    found: dict[str, dict[str, set[str]]] = {}
    try:
        for policy, scenario, chosen in db.session.execute(_ANSWERED):
            found.setdefault(policy, {}).setdefault(scenario, set()).update(chosen)
    except DBAPIError:
        db.session.rollback()
    return found
