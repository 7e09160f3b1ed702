"""A large demo institute: what is copied is as sound as what went through the pages."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditEntry
from induction.audit.verify import verify_chain
from induction.certificates.issuing import Issuer
from induction.certificates.models import Certificate, CertificateRecordRow
from induction.certificates.record_schema import check
from induction.demo.institute import load_institute
from induction.demo.plan import DemoPlan
from induction.extensions import db
from induction.journey import answer_counts, rules
from induction.journey.models import Answer, Enrolment, Progress
from induction.journey.queries import load
from induction.people.models import IS_STAFF, Account, Cohort, Membership, Role
from induction.policy.store import content
from tests.support.cast import PASSWORD

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LEARNERS, ORIGINALS = 100, 9


@pytest.fixture
def session(here: Flask) -> Iterator[Session]:
    """Of an institute in which most learners are copies."""
    issuer = Issuer({"name": "Demo", "ukprn": None}, here.extensions["settings"].base_url)
    plan = DemoPlan(LEARNERS, 0.5, 1, issuer, NOW, originals=ORIGINALS)
    with here.app_context():
        load_institute(content(), plan, {role.value: PASSWORD for role in Role}, lambda: None)
        yield db.session()


def test_copies_are_as_sound_as_their_originals(session: Session) -> None:
    they_stand_where_their_answers_say(session)
    each_certificate_is_its_holders_own(session)
    nobody_shares_what_is_theirs(session)
    the_counts_are_of_all(session)


def the_counts_are_of_all(session: Session) -> None:
    def counted() -> list[list[tuple[object, ...]]]:
        return [
            sorted(map(tuple, session.execute(select(*into.c).where(into.c[first] > 0))))
            for into, first in zip(
                answer_counts.TABLES.values(), ("learners", "first", "first"), strict=True
            )
        ]

    kept = counted()
    assert all(kept)
    answer_counts.count_anew(session, partial(content().clauses_of, session))
    assert counted() == kept


def they_stand_where_their_answers_say(session: Session) -> None:
    assert verify_chain(session) is None
    states = set()
    for account in session.scalars(select(Account).where(~IS_STAFF)):
        journey = load(session, content(), account.id)
        assert journey is not None
        summary = session.get_one(Progress, journey.enrolment_id)
        standing = journey.standing
        assert (summary.state, summary.passed) == (standing.state.value, standing.passed)
        states.add(standing.state)
        for tried in journey.learner.tries:
            for given in tried.answers:
                scenario = journey.policy.scenario(given.scenario)
                scene = scenario.scene(given.scene) if scenario else None
                assert scenario is not None
                assert scene is not None
                assert given.shown == rules.order_shown(
                    journey.learner.seed, f"{tried.kind}:{tried.step}", tried.number,
                    scenario, scene,
                )  # fmt: skip
    assert {
        rules.LearnerState.NOT_STARTED,
        rules.LearnerState.IN_PROGRESS,
        rules.LearnerState.COMPLETE,
    } <= states
    answered = select(func.count()).where(AuditEntry.action == "journey:answered")
    assert session.scalar(answered) == session.scalar(select(func.count(Answer.id)))


def each_certificate_is_its_holders_own(session: Session) -> None:
    rows = session.execute(
        select(Certificate, CertificateRecordRow.record, Account, Cohort.name)
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .join(Account, Account.id == Certificate.account_id)
        .join(Membership, Membership.account_id == Account.id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
    ).all()
    assert LEARNERS / 4 < len(rows) < LEARNERS * 3 / 4
    assert len({account.full_name for _, _, account, _ in rows}) > len(rows) / 2
    for certificate, text, account, cohort in rows:
        record = check(json.loads(text))
        assert hashlib.sha256(text.encode()).hexdigest() == certificate.record_sha256
        assert record["number"] == certificate.number
        assert record["status_url"].endswith(certificate.number)
        learner = record["learner"]
        assert (learner["name"], learner["reference"]) == (account.full_name, account.learner_ref)
        assert learner["cohort"] == cohort
        assert record["declaration"]["signed_name"] == account.full_name
        assert record["completed_at"] == certificate.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert certificate.issued_at < NOW


def nobody_shares_what_is_theirs(session: Session) -> None:
    learners = session.scalars(select(Account).where(~IS_STAFF)).all()
    assert len(learners) == LEARNERS + 1
    assert len({one.learner_ref for one in learners}) == len(learners)
    enrolments = session.execute(select(Enrolment.due_on, Cohort.due_on).join(
        Membership, Membership.account_id == Enrolment.account_id
    ).join(Cohort, Cohort.id == Membership.cohort_id).join(
        Account, Account.id == Enrolment.account_id
    ).where(Account.learner_ref != "L100000")).all()  # fmt: skip
    assert all(mine == theirs for mine, theirs in enrolments)
