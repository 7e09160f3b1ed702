"""Who needs a tutor, what they seem to believe, and what most likely helps."""

from collections.abc import Iterable, Sequence
from datetime import date

from flask import url_for
from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, UtcDateTime
from induction.journey.models import Answer, Attempt, Enrolment, Progress
from induction.people.models import Account
from induction.progress import rows as lines
from induction.progress.learners import LearnerFilter, learners
from induction.progress.rows import LearnerLine
from induction.progress.status import LearnerStatus
from induction.reminders.models import Reminder
from induction.reminders.schedule import BY_HAND
from induction.tutoring.act_kinds import ACTS
from induction.tutoring.rules import TutorAct
from induction.uk_time import uk_midnight

_CHOSEN: AnySelect = (
    select(Attempt.enrolment_id, Answer.scenario, Answer.scene, Answer.chosen)
    .join(Answer, Answer.attempt_id == Attempt.id)
    .join(Progress, Progress.enrolment_id == Attempt.enrolment_id)
    .where(
        Attempt.enrolment_id.in_(bindparam("enrolments", expanding=True)),
        Attempt.step == Progress.step,
        Answer.result != "right",
    )
    .order_by(Answer.id)
)


def beliefs(session: Session, policy: Policy, rows: Iterable[AnyRow]) -> dict[int, str]:
    """By enrolment: the belief behind the last slip at the part where somebody is.

    In the words of today; whose last slip rests on none that the authors named is left out. One
    query.
    """
    ids = [row.enrolment_id for row in rows if row.failed_tries]
    found: dict[int, str] = {}
    chosen = session.connection().execute(_CHOSEN, {"enrolments": ids}) if ids else ()
    for enrolment_id, scenario_id, scene_id, names in chosen:
        scenario = policy.scenario(scenario_id)
        scene = scenario.scene(scene_id) if scenario else None
        for name in names if scene else ():
            option = scene.option(name) if scene else None
            if option and option.misconception:
                found[enrolment_id] = option.misconception
    return found


def lines_with_beliefs(
    session: Session, policy: Policy, rows: Sequence[AnyRow], today: date, within: str = ""
) -> list[LearnerLine]:
    """The lines of a list, with what each seems to believe; ``within`` is what links say of it."""
    believed = beliefs(session, policy, rows)
    found = []
    for row in rows:
        line = lines.learner_line(row, today)
        line.belief = believed.get(row.enrolment_id, "")
        if within:
            line.href += f"?{within}"
        found.append(line)
    return found


def lines_with_needs(
    session: Session, policy: Policy, rows: Sequence[AnyRow], today: date
) -> list[LearnerLine]:
    """The same, and what most likely helps."""
    reminded = _reminded(session, rows, today)
    found = lines_with_beliefs(session, policy, rows, today)
    for row, line in zip(rows, found, strict=True):
        line.likely = _likely(line, reminded=row.enrolment_id in reminded)
    return found


_BY_HAND = Reminder.kind == BY_HAND
_TODAY: AnySelect = select(Reminder.enrolment_id).where(
    Reminder.enrolment_id.in_(bindparam("enrolments", expanding=True)),
    _BY_HAND,
    Reminder.at >= bindparam("midnight", type_=UtcDateTime),
)


def _reminded(session: Session, rows: Sequence[AnyRow], today: date) -> set[int]:
    """Which of these enrolments a tutor has reminded today. One query."""
    given = {"enrolments": [row.enrolment_id for row in rows], "midnight": uk_midnight(today)}
    return {row.enrolment_id for row in session.connection().execute(_TODAY, given)}


def to_remind(session: Session, viewer: Account, policy: Policy, today: date) -> bool:
    """Whether anybody is overdue whom no tutor has reminded today. One query."""
    query, values = learners(viewer, asked=LearnerFilter("overdue"), policy=policy, today=today)
    reminded = exists().where(
        Reminder.enrolment_id == Enrolment.id,
        _BY_HAND,
        Reminder.at >= bindparam("midnight", type_=UtcDateTime),
    )
    first = query.order_by(None).where(~reminded).limit(1)
    given = {**values, "midnight": uk_midnight(today)}
    return session.connection().execute(first, given).first() is not None


def _likely(line: LearnerLine, *, reminded: bool) -> tuple[str, str]:
    """What to do first, in words, and where; nobody is reminded twice a day."""
    if line.status is LearnerStatus.STUCK:
        heading = ACTS[TutorAct.SETTLE].heading
        return heading, url_for("acts.act", public_id=line.id, name=TutorAct.SETTLE)
    if reminded:
        act = TutorAct.DUE_DATE
        return ACTS[act].heading, url_for("acts.act", public_id=line.id, name=act)
    return "Remind", url_for("reminders.by_hand", who=line.id)
