"""The one writer of the row that sums up a learner's way for lists."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from induction.database import chunks, table
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.journey.queries import Journey, load_many
from induction.people.models import Account
from induction.policy.store import Content

_enrolment, _progress = table(Enrolment), table(Progress)
_LOCK_THEM = (
    select(_enrolment.c.id)
    .where(_enrolment.c.account_id.in_(bindparam("accounts", type_=Integer, expanding=True)))
    .order_by(_enrolment.c.id)
    .with_for_update()
)
_SUMMARY = update(_progress).where(_progress.c.enrolment_id == bindparam("of_enrolment"))


def summarise(
    session: Session,
    journey: Journey,
    standing: rules.JourneyState,
    *,
    now: datetime | None,
    begun_at: datetime | None = None,
) -> None:
    """Keep the summary row in step with the rows it summarises; ``begun_at`` where this begins it.

    What stays as it was is left out: setting it would be written into its index all the same, and
    noted for the counts over all.
    """
    values = _values(journey.enrolment_id, standing, now)
    if begun_at is not None:
        values["begun_at"] = begun_at
    if journey.signed_at is None and standing.state is not rules.LearnerState.COMPLETE:
        del values["completed_at"]
    session.connection().execute(_SUMMARY, values)


def keep_flags(session: Session, enrolment_id: int, found: Sequence[str]) -> None:
    """What of the answers is worth a word, for the same row."""
    session.execute(_SUMMARY, {"flags": found, "of_enrolment": enrolment_id})


def refresh(session: Session, content: Content, people: Sequence[Account]) -> None:
    """Keep summaries in step where something else than an answer has changed: the audience.

    As many statements for hundreds as for one.
    """
    for some in chunks([account.id for account in people]):
        session.execute(_LOCK_THEM, {"accounts": some})
        values = [
            _values(way.enrolment_id, way.standing, last)
            for way in load_many(session, content, some)
            for last in [way.signed_at if way.declared else way.last_activity_at]
        ]
        if values:
            session.connection().execute(_SUMMARY, values)


def _values(
    enrolment_id: int, standing: rules.JourneyState, now: datetime | None
) -> dict[str, Any]:
    present = standing.present
    return {
        "of_enrolment": enrolment_id,
        "state": standing.state.value,
        "step": present.slug if present else "",
        "passed": standing.passed,
        "steps": len(standing.steps),
        "failed_tries": present.failed_tries if present else 0,
        "last_activity_at": now,
        "completed_at": now if standing.state is rules.LearnerState.COMPLETE else None,
        "renewing": standing.renewing,
    }
