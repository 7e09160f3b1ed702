"""``flask content …``: the curriculum's commands, joined to the application's settings.

Apart from the curriculum, which knows no Flask.
"""

from collections import defaultdict
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from induction.curriculum.checks import OnRecord
from induction.curriculum.report import run_check
from induction.database import utc_now
from induction.extensions import db
from induction.journey.models import Answer, Attempt, Enrolment
from induction.journey.tries import AttemptKind
from induction.uk_time import uk_day

_ANSWERED = (
    select(Enrolment.policy, Attempt.kind, Attempt.step, Answer.scenario, Answer.chosen)
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
    context.exit(run_check(root, today, as_json, _on_record()))


def _on_record() -> dict[str, OnRecord]:
    """What learners of this installation have answered, by policy.

    Nothing where there is no database yet: authors check their files before anything is installed.
    """
    found: defaultdict[str, OnRecord] = defaultdict(OnRecord)
    try:
        for policy, kind, step, scenario, chosen in db.session.execute(_ANSWERED):
            found[policy].chosen.setdefault(scenario, set()).update(chosen)
            if kind == AttemptKind.SECTION:
                found[policy].tried.setdefault(step, set()).add(scenario)
    except DBAPIError:
        db.session.rollback()
    return found
