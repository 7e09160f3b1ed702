"""Days are UK days: in files that are taken away, and in both databases."""

import csv
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import literal, select

from induction.audit.act import SYSTEM, acting
from induction.audit_pack.gaps import gaps
from induction.certificates.queries import by_number
from induction.database import UkDay, UtcDateTime
from induction.extensions import db
from induction.people.models import Role
from induction.register.listing import Wanted
from induction.register.withdrawal import Withdrawal, withdraw
from induction.uk_time import uk_day
from tests.support.cast import Cast

NIGHT = datetime(2026, 6, 30, 23, 20, tzinfo=UTC)  # 1 July in the UK, twenty past midnight
MOMENTS = [
    NIGHT,
    datetime(2026, 6, 30, 22, 59, 59, 999999, tzinfo=UTC),
    datetime(2027, 1, 31, 23, 59, tzinfo=UTC),
    *(datetime(2027, 3, 27, 22, 30, tzinfo=UTC) + timedelta(hours=h) for h in range(28)),
    *(datetime(2027, 10, 30, 21, 30, tzinfo=UTC) + timedelta(hours=h) for h in range(28)),
]


def test_the_databases_know_the_same_day(here: Flask) -> None:
    with here.app_context():
        days = [UkDay(literal(at, UtcDateTime)) for at in MOMENTS]
        assert list(db.session.execute(select(*days)).one()) == [uk_day(at) for at in MOMENTS]


def test_t14_a_certificate_has_the_same_day_wherever_it_is_listed(tiny: Cast) -> None:
    learner = tiny.learner("Amina Yusuf")
    number = tiny.graduate(learner, now=NIGHT)
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    assert "1 July 2026" in officer.read(f"/certificates/{number}").text
    listed = officer.get("/compliance/certificates/list.csv").text
    [line] = csv.DictReader(listed.lstrip("\ufeff").splitlines())
    assert (line["Number"], line["Issued"]) == (number, "2026-07-01")


def test_a_withdrawal_has_the_same_day_on_the_record_and_among_the_gaps(tiny: Cast) -> None:
    learner = tiny.learner("Amina Yusuf")
    number = tiny.graduate(learner, now=NIGHT)
    content = tiny.app.extensions["content"]
    with tiny.app.app_context(), acting(SYSTEM, NIGHT + timedelta(days=1)) as act:
        held = by_number(act.session, number)
        assert held is not None
        withdraw(act, content, held, Withdrawal("Sat by another"), two_people=False)
        [[line]] = gaps(act.session, tiny.policy, Wanted(), uk_day(NIGHT))
    assert line[6] == f"Certificate {number} was withdrawn on 2 July 2026: Sat by another"
    record = tiny.signed_in(tiny.account(Role.ADMIN)).read(f"/tutor/learners/{learner.public_id}")
    assert "Withdrawn on 2 July 2026" in record.text
