"""Letters to tutors: what needs them, each week once, and a new version of the policy, once."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from induction.database import writing
from induction.extensions import db
from induction.mail import outbox
from induction.mail.letters import Letter, letter
from induction.people import cohort_queries
from induction.people.models import Account, CohortTutor, Role, has_role
from induction.policy import news
from induction.policy.editions import InForce
from induction.policy.store import content
from induction.progress import counts, learners
from induction.progress import rows as lines
from induction.progress.status import Part
from induction.reminders import schedule, version_notices
from induction.reminders.models import Digest, VersionDigest
from induction.reminders.schedule import Rhythm
from induction.uk_time import uk_day

MOST_COHORTS = 40
MOST_PEOPLE = 40


def send(rhythm: Rhythm, *, now: datetime) -> int:
    """Queue the summaries that are due today; returns how many."""
    if uk_day(now).weekday() != rhythm.digest_weekday:
        return 0
    week, sent = schedule.week_of(now), 0
    had = select(Digest.account_id).where(Digest.week == week)
    for tutor in _tutors(db.session(), _LOOKING_AFTER, Account.id.not_in(had)):
        with writing() as session:
            session.execute(insert(Digest).values(account_id=tutor.id, week=week, at=now))
            told = summary(session, tutor, now=now) if tutor.reminders_by_mail else None
            if told is not None:
                outbox.queue(session, tutor.email, told, now=now, account_id=tutor.id)
                sent += 1
    return sent


_LOOKING_AFTER = has_role(Role.TUTOR) & Account.id.in_(select(CohortTutor.account_id))


def _tutors(session: Session, *which: ColumnElement[bool]) -> list[Account]:
    return list(session.scalars(select(Account).where(Account.deactivated_at.is_(None), *which)))


def announce(*, now: datetime) -> int:
    """Queue the letters about the version in force, for tutors of those it concerns.

    Each has it once, in the days after it came into force; returns how many were queued.
    """
    held, sent = content().look(db.session()), 0
    if held.edition is None or held.edition.since < now - schedule.GRACE:
        return 0
    version_id = held.edition.version_id
    had = select(VersionDigest.account_id).where(VersionDigest.version_id == version_id)
    waiting = _tutors(db.session(), _LOOKING_AFTER | has_role(Role.HEAD), Account.id.not_in(had))
    concerned = version_notices.by_cohort(db.session(), version_id) if waiting else {}
    for tutor in waiting if concerned else ():
        with writing() as session:
            row = {"account_id": tutor.id, "version_id": version_id, "at": now}
            session.execute(insert(VersionDigest).values(row))
            told = _announcement(session, tutor, held, concerned)
            if told is not None and tutor.reminders_by_mail:
                outbox.queue(session, tutor.email, told, now=now, account_id=tutor.id)
                sent += 1
    return sent


def _announcement(
    session: Session, tutor: Account, held: InForce, concerned: Mapping[int, int]
) -> Letter | None:
    """The letter for one tutor; None where it asks nothing of their learners."""
    rows = session.execute(cohort_queries.cohorts(tutor)).all()
    cohorts = [(row.name, concerned[row.id]) for row in rows if row.id in concerned]
    if not cohorts or held.edition is None:
        return None
    new = [one for one in held.news if one.number == held.edition.number]
    return letter(
        "version-digest",
        tutor=tutor,
        edition=held.edition,
        rules=news.in_words(held.policy, new),
        people=sum(n for _, n in cohorts),
        cohorts=cohorts[:MOST_COHORTS],
        more=len(cohorts[MOST_COHORTS:]),
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
    needing = learners.needing(session, tutor, policy=policy, today=today, most=MOST_PEOPLE)
    return letter(
        "digest",
        tutor=tutor,
        cohorts=open_cohorts,
        needing=needing,
        people=[
            (row.full_name, lines.status_in_words(row, policy, today)[1], row.cohort, row.overdue)
            for row in needing.rows
        ],
    )
