"""The day on which an approved version comes into force by itself: set, called back, kept."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from induction.approvals import asking
from induction.approvals.models import ApprovalOutcome
from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.policy.models import PolicyVersion
from induction.policy.store import Content, content
from induction.policy_versions import carrying_over, publishing
from induction.policy_versions.models import PolicySchedule, ScheduleOutcome
from induction.policy_versions.publishing import PUBLICATION
from induction.policy_versions.version_steps import Deadlines, subject
from induction.refusals import NotNow
from induction.uk_time import uk_day


def set_day(act: Act, held: Content, version_id: int, day: date, deadlines: Deadlines) -> None:
    """Have an approved version come into force by itself on a day. Raises NotNow.

    Where it takes two people, this is what the second one does.
    """
    version, _ = publishing.ready(act, held, version_id)
    row = {
        "policy": version.policy,
        "version_id": version_id,
        "day": day,
        "redo_by": deadlines.redo_by,
        "joiner_days": deadlines.joiner_days,
        "by_id": act.account_id,
        "at": act.now,
        "outcome": ScheduleOutcome.WAITING.value,
        "why": "",
    }
    dialect = postgresql if act.session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(PolicySchedule).values(row).on_conflict_do_nothing()
    if act.session.execute(made.returning(PolicySchedule.id)).scalar() is None:
        raise NotNow("A version waits for its day already. Call that back first.")
    asking.end(act, PUBLICATION, subject(version_id), ApprovalOutcome.DONE)
    redo_by = deadlines.redo_by
    act.record(
        Action.POLICY_SCHEDULED,
        subject(version_id),
        day=day.isoformat(),
        redo_by=redo_by.isoformat() if redo_by else None,
        joiner_days=deadlines.joiner_days,
    )


def call_back(act: Act, held: Content, version_id: int) -> None:
    """Take the day back: the version stays approved. Raises NotNow where it waits for none."""
    row = _waiting(act, held.slug)
    if row is None or row.version_id != version_id:
        raise NotNow("It waits for no day any more. Nothing was changed.")
    row.outcome = ScheduleOutcome.CALLED_BACK.value
    row.ended_by_id, row.ended_at = act.account_id, act.now
    publishing.ask_for_another(act, version_id)
    act.record(Action.POLICY_CALLED_BACK, subject(version_id), day=row.day.isoformat())


def chore() -> None:
    """Of the worker: put in force what was to be in force from today."""
    now = utc_now()
    due = select(PolicySchedule.version_id).where(
        PolicySchedule.policy == content().slug,
        PolicySchedule.outcome == ScheduleOutcome.WAITING.value,
        PolicySchedule.day <= uk_day(now),
    )
    version_id = db.session.scalar(due)
    if version_id is None:
        return
    ahead = carrying_over.foresee(db.session(), content(), version_id)
    try:
        with acting(SYSTEM, now) as act:
            publishing.hold(act.session, content().slug)  # first, as whoever publishes by hand
            row = _waiting(act, content().slug)
            if row is None or row.version_id != version_id:
                return  # called back, or put in force by another worker, a moment ago
            deadlines = Deadlines(row.redo_by, row.joiner_days)
            publishing.publish(act, content(), version_id, deadlines, ahead, set_by=row.by_id)
    except NotNow as fault:
        _overtaken(version_id, str(fault), now)


def _overtaken(version_id: int, why: str, now: datetime) -> None:
    """It cannot come into force: say so to every officer, and leave everything as it is."""
    with acting(SYSTEM, now) as act:
        row = _waiting(act, content().slug)
        if row is None or row.version_id != version_id:
            return
        row.outcome, row.why, row.ended_at = ScheduleOutcome.OVERTAKEN.value, why, now
        version = act.session.get_one(PolicyVersion, version_id)
        asking.tell(act, "version-overtaken", version=version, day=row.day, why=why)
        act.record(Action.POLICY_OVERTAKEN, subject(version_id), day=row.day.isoformat())


def _waiting(act: Act, policy: str) -> PolicySchedule | None:
    """What waits for its day, held until the commit."""
    query = select(PolicySchedule).where(
        PolicySchedule.policy == policy, PolicySchedule.outcome == ScheduleOutcome.WAITING.value
    )
    return act.session.scalars(
        query.with_for_update().execution_options(populate_existing=True)
    ).first()
