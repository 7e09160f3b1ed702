"""The one writer of allowances: a fresh start, an excused section, a renewal that has begun."""

from datetime import UTC

from sqlalchemy import insert

from induction.audit.act import Act
from induction.journey import rules
from induction.journey.models import AllowanceRow
from induction.journey.queries import Journey
from induction.journey.summaries import summarise


def allow(act: Act, journey: Journey, given: rules.Allowance) -> None:
    """Keep what somebody with an account allows a learner, and the summary in step with it."""
    act.session.execute(
        insert(AllowanceRow).values(
            enrolment_id=journey.enrolment_id,
            kind=given.kind.value,
            step=given.step,
            after_try=given.after_try,
            by_id=act.account_id,
            at=given.at.astimezone(UTC).isoformat(timespec="seconds"),
        )
    )
    summarise(
        act.session,
        journey,
        rules.standing(journey.in_force, journey.learner.with_allowance(given)),
        now=journey.last_activity_at,
    )
