"""The weekly summary for tutors: one mail with what needs them, each week once."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.database import writing
from induction.extensions import db
from induction.mail import outbox
from induction.mail.letters import Letter, letter
from induction.people import cohort_queries
from induction.people.models import Account, CohortTutor, Role, has_role
from induction.policy.store import content
from induction.progress import counts, learners
from induction.progress import rows as lines
from induction.progress.status import Part
from induction.reminders import schedule
from induction.reminders.models import Digest
from induction.reminders.schedule import Rhythm
from induction.uk_time import uk_day

MOST_COHORTS = 40


def send(rhythm: Rhythm, *, now: datetime) -> int:
    """Queue the summaries that are due today; returns how many."""
    if uk_day(now).weekday() != rhythm.digest_weekday:
        return 0
    week, sent = schedule.week_of(now), 0
    for tutor in _waiting(db.session(), week):
        with writing() as session:
            session.execute(insert(Digest).values(account_id=tutor.id, week=week, at=now))
            told = summary(session, tutor, now=now) if tutor.reminders_by_mail else None
            if told is not None:
                outbox.queue(session, tutor.email, told, now=now, account_id=tutor.id)
                sent += 1
    return sent


def _waiting(session: Session, week: str) -> list[Account]:
    had = select(Digest.account_id).where(Digest.week == week)
    looking_after = select(CohortTutor.account_id)
    return list(
        session.scalars(
            select(Account).where(
                has_role(Role.TUTOR),
                Account.deactivated_at.is_(None),
                Account.id.in_(looking_after),
                Account.id.not_in(had),
            )
        )
    )


def summary(session: Session, tutor: Account, *, now: datetime) -> Letter | None:
    """The letter for one tutor; None where nobody is under way."""
    today, policy = uk_day(now), content().policy
    rows = session.execute(cohort_queries.cohorts(tutor).limit(MOST_COHORTS)).all()
    counted = counts.of_cohorts(session, [row.id for row in rows], policy=policy, today=today)
    stands = [(row.name, counted[row.id]) for row in rows]
    open_cohorts = [(name, one) for name, one in stands if one.size > one.parts[Part.DONE]]
    if not open_cohorts:
        return None
    stuck = [
        (row.full_name, lines.status_in_words(row, policy, today)[1])
        for row in learners.needing(session, tutor, policy=policy, today=today)
    ]
    return letter("digest", tutor=tutor, cohorts=open_cohorts, stuck=stuck)
