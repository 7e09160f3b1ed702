"""A learner has one status on every page and in every file, and who is not here is in none."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit_pack.gaps import gaps
from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import utc_now, writing
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.models import Account, Cohort, Role
from induction.progress.status import (
    ENDED_AT,
    FILTERS,
    HOLDS_NONE,
    SETTLED,
    LearnerStatus,
    Part,
    has_status,
    part,
    status_of,
)
from induction.register.listing import Wanted
from induction.reminders import sending
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import send_summaries_on_mondays
from tests.support.record import rows

HELD = (CurrentCertificate.account_id == Account.id) & (
    CurrentCertificate.policy == Enrolment.policy
)
FACTS = (
    select(
        Progress.state,
        SETTLED.label("settled"),
        Progress.renewing,
        HOLDS_NONE.label("withdrawn"),
        Certificate.number,
        Certificate.valid_until,
        Enrolment.left_at,
        ENDED_AT.label("ended_at"),
    )
    .select_from(Enrolment)
    .join(Account, Account.id == Enrolment.account_id)
    .join(Progress, Progress.enrolment_id == Enrolment.id)
    .outerjoin(CurrentCertificate, HELD)
    .outerjoin(Certificate, Certificate.id == CurrentCertificate.certificate_id)
)


# In which parts of the numbers somebody of a status may be.
PARTS = {
    LearnerStatus.NOT_STARTED: {Part.WAITING},
    LearnerStatus.IN_PROGRESS: {Part.GOING},
    LearnerStatus.DECLARATION: {Part.GOING},
    LearnerStatus.COMPLETE: {Part.DONE},
    LearnerStatus.EXPIRED: {Part.EXPIRED},
    LearnerStatus.WITHDRAWN: {Part.WITHDRAWN},
    LearnerStatus.REDO: {Part.REDO},
    LearnerStatus.RENEWING: {Part.DONE, Part.EXPIRED, Part.GOING},
}


def withdraw(cast: Cast, number: str) -> None:
    args = ["certificates", "revoke", number, "--reason", "Sat by another"]
    assert cast.app.test_cli_runner().invoke(args=args).exit_code == 0


def test_python_and_database_agree_on_whatever_may_be_stored(tiny: Cast) -> None:
    now = utc_now()
    today, year_ago = uk_day(now), now - timedelta(days=400)
    holding = [tiny.learner() for _ in range(4)]  # none, current, run out, withdrawn
    tiny.graduate(holding[1])
    tiny.graduate(holding[2], now=year_ago, valid_months=12)
    withdraw(tiny, tiny.graduate(holding[3]))
    conditions = [has_status(status, today).label(status.name) for status in LearnerStatus]
    found, counted_as = set(), part(today)
    with tiny.app.app_context(), writing() as session:
        for account, state, flags in product(holding, LearnerState, product((0, 1), repeat=5)):
            _store(session, account, state, flags, now)
            mine = Enrolment.account_id == account.id
            facts = session.execute(FACTS.where(mine)).one()
            fits = session.execute(FACTS.with_only_columns(*conditions).where(mine)).one()
            status = status_of(facts, today)
            assert [name for name, fit in fits._mapping.items() if fit] == [status.name], facts
            found.add(status)
            here = Part(session.scalar(FACTS.with_only_columns(counted_as).where(mine)) or "")
            assert here in PARTS.get(status, {*Part}), facts
    assert found == {*LearnerStatus}


def _store(
    session: Session, account: Account, state: LearnerState, flags: tuple[int, ...], now: datetime
) -> None:
    settled, renewing, left, ended, erased = flags
    mine = Enrolment.account_id == account.id
    session.execute(
        update(Progress)
        .where(Progress.enrolment_id == select(Enrolment.id).where(mine).scalar_subquery())
        .values(
            state=state.value, renewing=bool(renewing), step="arriving", failed_tries=3,
            settled_step="arriving", settled_tries=2 + settled,
        )
    )  # fmt: skip
    session.execute(update(Enrolment).where(mine).values(left_at=now if left else None))
    gone = {"deactivated_at": now if ended else None, "erased_at": now if erased else None}
    session.execute(update(Account).where(Account.id == account.id).values(**gone))


def get_stuck(cast: Cast, account: Account) -> None:
    query = (
        "SELECT state FROM progress p JOIN enrolment e ON e.id = p.enrolment_id"
        " WHERE e.account_id = :id"
    )
    cast.taking(account).walk(
        lambda _: rows(cast.app, query, id=account.id) == [("stuck",)], rightly=False
    )


COLUMNS = ("done", "to_redo", "expired", "withdrawn", "under_way", "not_started")


@dataclass
class College:
    """A cohort with somebody in each status, by its name."""

    cast: Cast
    cohort: Cohort
    people: dict[LearnerStatus, Account]
    tutor: Visitor

    def names(self, address: str) -> list[str]:
        links = self.tutor.read(address).all("a")
        return [a.text for a in links if a["href"].startswith("/tutor/learners/")]

    def act(self, account: Account, name: str) -> None:
        at = f"/tutor/learners/{account.public_id}/{name}"
        sent = self.tutor.send(self.tutor.read(at).form("reason"), {"reason": "Agreed"}, at=at)
        assert sent.status_code == 303


@pytest.fixture
def college(tiny: Cast) -> College:
    teacher = tiny.account(Role.TUTOR)
    cohort = tiny.cohort("Bricks", teacher)
    people = {s: tiny.learner(s.label, cohort=cohort) for s in LearnerStatus}
    here = College(tiny, cohort, people, tiny.signed_in(teacher))
    tiny.advance(people[LearnerStatus.IN_PROGRESS], until=tiny.policy.sections[-1].slug)
    tiny.advance(people[LearnerStatus.DECLARATION])
    tiny.graduate(people[LearnerStatus.COMPLETE])
    year_ago = utc_now() - timedelta(days=400)
    for status in (LearnerStatus.EXPIRED, LearnerStatus.RENEWING):
        tiny.graduate(people[status], now=year_ago, valid_months=12)
    renewing = tiny.taking(people[LearnerStatus.RENEWING])
    renewing.open()
    renewing.press()
    for status in (LearnerStatus.STUCK, LearnerStatus.SETTLED):
        get_stuck(tiny, people[status])
    here.act(people[LearnerStatus.SETTLED], "settle")
    here.act(people[LearnerStatus.LEFT], "leave")
    withdraw(tiny, tiny.graduate(people[LearnerStatus.WITHDRAWN]))
    number = tiny.graduate(people[LearnerStatus.REDO])
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    at = f"/compliance/certificates/{number}/revoke"
    given = {"reason": "Sat by another", "again": "y"}
    assert officer.send(officer.read(at).form("reason"), given, at=at).status_code == 303
    tiny.deactivate(people[LearnerStatus.ENDED])
    return here


def test_one_status_in_lists_files_and_on_the_record(college: College) -> None:
    address = f"/tutor/cohorts/{college.cohort.public_id}"
    for status, account in college.people.items():
        also = [LearnerStatus.RENEWING.label] if status is LearnerStatus.EXPIRED else []
        assert college.names(f"{address}?state={status}") == [status.label, *also], status
        data = college.tutor.get(f"{address}/learners.csv?state={status}").get_data()
        line = next(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
        assert line["full_name"] == status.label
        record = college.tutor.read(f"/tutor/learners/{account.public_id}")
        badge = next(p for p in record.all("p") if p["class"] == "actions")
        assert badge.text == line["state"], "the record and the list say the same"
    everybody = {status.label for status in LearnerStatus if status.here}
    assert set(college.names(address)) == everybody
    invited = {"uninvited", "never-came", "planned"}
    others = {"unfinished", "needs", "overdue", "word", "new"} | invited
    assert set(FILTERS) == {*others, *LearnerStatus}


def test_who_is_not_here_is_in_no_number_list_gap_or_reminder(college: College) -> None:
    gone = {LearnerStatus.LEFT.label, LearnerStatus.ENDED.label}
    here = len(LearnerStatus) - len(gone)
    address = f"/tutor/cohorts/{college.cohort.public_id}"
    board = college.tutor.get("/tutor/cohorts.csv").get_data().decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(board))
    assert line["learners"] == str(here)
    assert f"1 to {here} of {here} learners" in college.tutor.read(address).text
    officer = college.cast.signed_in(college.cast.account(Role.COMPLIANCE))
    [head] = [s for s in officer.read("/compliance").all("section") if "not started" in s.text]
    assert "1 not started" in head.text, "the leaver and the ended account had not begun either"
    assert "1 done" in head.text
    counted = {name: int(line[name]) for name in COLUMNS}
    assert counted == {
        "done": 1, "to_redo": 1, "expired": 2, "withdrawn": 1, "under_way": 4, "not_started": 1,
    }, "each of them once"  # fmt: skip
    assert sum(counted.values()) == here
    with college.cast.app.app_context(), writing() as session:
        lines = gaps(session, college.cast.policy, Wanted(), uk_day(utc_now()))
        without = {str(line[1]) for batch in lines for line in batch}
    assert without == {s.label for s in LearnerStatus} - gone - {LearnerStatus.COMPLETE.label}
    for status in LearnerStatus:
        page = college.tutor.read(f"{address}/remind?state={status}")
        assert not gone & {one.text for one in page.all("bdi")}, status
    form = college.tutor.read(f"{address}/remind").form("own_words")
    college.tutor.send(form, {"send": "1"}, at=f"{address}/remind")
    reminded = rows(
        college.cast.app,
        "SELECT full_name FROM account a JOIN enrolment e ON e.account_id = a.id"
        " JOIN reminder r ON r.enrolment_id = e.id WHERE r.kind = 'by-hand'",
    )
    assert reminded
    assert not gone & {str(name) for (name,) in reminded}


def test_who_is_not_here_is_written_to_by_nobody(college: College) -> None:
    noon = utc_now().replace(hour=12)
    send_summaries_on_mondays(college.cast.app)
    with college.cast.app.app_context():
        for days in range(1, 12):  # a reminder to begin after a week, and a summary on Monday
            sending.run(now=noon + timedelta(days=days))
    mails = rows(college.cast.app, "SELECT recipient, body FROM outbox_mail")
    gone = [college.people[LearnerStatus.LEFT], college.people[LearnerStatus.ENDED]]
    here = college.people[LearnerStatus.NOT_STARTED]
    assert here.email in {to for to, _ in mails}
    assert not {one.email for one in gone} & {to for to, _ in mails}
    assert any(f"1 of {len(LearnerStatus) - len(gone)} done" in str(body) for _, body in mails)
