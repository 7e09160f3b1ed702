"""From a certificate that has run out to a new one, through the front door."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from induction.administration import settings_changes as settings_page
from induction.audit.act import SYSTEM, acting
from induction.audit_pack.gaps import gaps
from induction.curriculum import reading_time
from induction.database import utc_now
from induction.extensions import db
from induction.people.models import Account, Role
from induction.register.listing import Wanted
from induction.reminders import sending
from induction.uk_time import uk_date, uk_day
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.queries import Statements
from tests.support.record import actions, count, ledger, rows

RENEW = "/induction/renewal"
Counter = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture(autouse=True)
def _a_year(app: Flask) -> None:
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_page.change(act, {"validity_months": 12})


def holder(cast: Cast, days_ago: int, name: str = "Amina Yusuf") -> Account:
    """Somebody who signed so long ago, for a certificate of a year."""
    account = cast.learner(name)
    cast.graduate(account, now=utc_now() - timedelta(days=days_ago), valid_months=12)
    return account


def number_of(app: Flask) -> str:
    number: str = rows(app, "SELECT number FROM certificate ORDER BY id")[-1][0]
    return number


def status(cast: Cast, number: str) -> str:
    shown = cast.visitor().get(f"/verify/{number}", headers={"Accept": "application/json"})
    found: str = shown.get_json()["status"]
    return found


def refused(app: Flask, learner: Learner) -> str:
    """Press the button although it is not offered; what the hub says then."""
    token = learner.visitor.token()
    with ledger(app) as kept:
        response = learner.visitor.post(RENEW, data={"csrf_token": token})
        assert (response.status_code, kept.changed()) == (303, False)
    return learner.open(response.location).text


def test_from_run_out_to_a_new_certificate(app: Flask, cast: Cast, queries: Counter) -> None:
    learner = cast.taking(holder(cast, 400))
    first = number_of(app)
    with queries() as sent:
        hub = learner.open()
    assert len(sent) <= 3
    assert "Your certificate ran out on" in hub.text
    draw = cast.policy.final_check.draw
    # At the quickest pace there is: whoever the test lets answer does so in no time.
    check = reading_time.final_check(cast.policy, cast.policy.sections)
    minutes = round((check + reading_time.declaration(cast.policy, "learner")) / 2)
    takes = f"Renew it: {draw} questions and your signature, about {minutes} minutes"
    assert takes in hub.text
    assert hub.next_step.text == "Renew your certificate"
    assert status(cast, first) == "expired"

    hub = learner.press()
    assert "You are renewing your certificate" in hub.text
    assert f"To renew: {draw} questions, newly drawn" in hub.text
    assert "The policy has changed" not in hub.text
    asked: list[str] = []  # a story as often as it has scenes
    while not learner.path.startswith("/certificates/"):
        if learner.asked:
            assert status(cast, first) == "expired", "until then it stays what it is"
            asked.append(learner.asked)
        learner.press()
    ((before,), (after,)) = rows(
        app, "SELECT asked FROM attempt WHERE kind = 'final' ORDER BY number"
    )
    assert set(asked) == set(after.split())
    assert set(before.split()) != set(asked)

    second = number_of(app)
    assert (status(cast, first), status(cast, second)) == ("superseded", "current")
    until = rows(app, "SELECT valid_until FROM certificate ORDER BY id")[-1][0]
    assert date.fromisoformat(str(until)) > uk_day(utc_now()) + timedelta(days=360)
    assert rows(app, "SELECT renewal FROM declaration ORDER BY id") == [(0,), (1,)]
    assert rows(app, "SELECT state, renewing FROM progress") == [("complete", 0)]
    assert count(app, "current_certificate") == 1
    page = learner.visitor.read(f"/certificates/{second}").text
    assert first in page, "it says what it replaces"
    assert actions(app).count("journey:renewal-begun") == 1
    assert "You’ve done it" in learner.open().text
    assert "still has a while to go" in refused(app, learner)


def test_certificates_lead_to_the_renewal_in_its_window_alone(cast: Cast) -> None:
    early, late = cast.taking(holder(cast, 300)), cast.taking(holder(cast, 350, "Ben Late"))
    assert early.open("/certificates").next_step.text == "Back to my induction"
    page = late.open("/certificates")
    assert page.next_step["href"] == "/induction"
    assert page.next_step.text == "Renew my certificate"
    assert "Your certificate runs out on" in late.press().text
    assert late.page.next_step.text == "Renew your certificate"


def test_refusals_say_why_and_write_nothing(app: Flask, cast: Cast) -> None:
    early = cast.taking(holder(cast, 300))
    assert early.open().next_step.text == "See my certificate"
    assert "You can renew it nearer its end" in refused(app, early)
    assert "Finish what is open first" in refused(app, cast.taking(cast.learner("Nia New")))
    endless = cast.learner("Ed Endless")
    cast.graduate(endless)
    assert "does not run out" in refused(app, cast.taking(endless))
    assert "You hold no certificate" in refused(app, cast.taking(cast.account(Role.TUTOR)))
    late = cast.taking(holder(cast, 400, "Ben Late"))
    late.open()
    late.press()
    refused(app, late)
    assert count(app, "allowance") == 1, "pressed again, it is the same renewal"


def test_the_window_is_a_setting(app: Flask, cast: Cast) -> None:
    learner = cast.taking(holder(cast, 300))
    assert learner.open().next_step.text == "See my certificate"
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_page.change(act, {"renewal_days": 90})
    assert learner.open().next_step.text == "Renew your certificate"


def test_tutors_see_who_has_to_renew_and_who_is_renewing(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("Bricks", tutor)
    long_ago = (utc_now() - timedelta(days=380)).date()
    account = cast.learner("Amina Yusuf", cohort=cohort, due_on=long_ago)
    cast.graduate(account, now=utc_now() - timedelta(days=400), valid_months=12)
    board, address = cast.signed_in(tutor), f"/tutor/cohorts/{cohort.public_id}"
    assert "Amina Yusuf" in board.read(f"{address}?state=expired").text
    learner = cast.taking(account)
    learner.open()
    hub = learner.press()
    assert "is late" not in hub.text
    assert "Please finish by" not in hub.text
    page = board.read(f"{address}?state=renewing").text
    assert "Renewing" in page
    assert "the policy has changed" not in page
    assert "Amina Yusuf" in board.read(f"{address}?state=expired").text, "it is still past its end"
    for state in ("overdue", "redo"):
        assert "Amina Yusuf" not in board.read(f"{address}?state={state}").text
    record = board.read(f"/tutor/learners/{account.public_id}").text
    assert "Renewing: Final check" in record
    assert "Began to renew the certificate" in record


def test_a_gap_is_whoever_is_past_the_end_not_whoever_renews_in_time(
    app: Flask, cast: Cast
) -> None:
    ended, in_time = holder(cast, 400, "Ed Ended"), holder(cast, 350, "Tia Time")
    for account in (ended, in_time):
        learner = cast.taking(account)
        learner.open()
        learner.press()
    first = rows(app, "SELECT number, valid_until FROM certificate ORDER BY id")[0]
    with app.app_context():
        policy = app.extensions["content"].policy
        found = [
            line
            for batch in gaps(db.session(), policy, Wanted(), uk_day(utc_now()))
            for line in batch
        ]
    assert [(line[1], line[6]) for line in found] == [
        ("Ed Ended", f"Certificate {first[0]} expired on {uk_date(first[1])}")
    ]


def test_reminders_come_once_before_the_end_and_once_after(app: Flask, cast: Cast) -> None:
    signed = datetime(2026, 1, 14, 10, 0, tzinfo=UTC)
    account = cast.learner(due_on=date(2026, 1, 20))
    cast.graduate(account, now=signed, valid_months=12)

    def run(day: datetime) -> list[str]:
        before = count(app, "reminder")
        with app.app_context():
            sending.run(now=day)
        return [r[0] for r in rows(app, "SELECT kind FROM reminder ORDER BY id")][before:]

    end = datetime(2027, 1, 14, 10, 0, tzinfo=UTC)
    found = {days: run(end + timedelta(days=days)) for days in (-31, -30, -20, 0, 1, 2, 13)}
    assert {days: kinds for days, kinds in found.items() if kinds} == {
        -30: ["expiring"], 1: ["expired"],
    }  # fmt: skip
    subjects = [row[0] for row in rows(app, "SELECT subject FROM outbox_mail ORDER BY id")]
    assert subjects == [
        "Your certificate runs out on 14 January 2027",
        "Your certificate ran out on 14 January 2027",
    ]


def test_a_due_date_of_the_induction_reminds_nobody_of_a_renewal(app: Flask, cast: Cast) -> None:
    account = cast.learner(due_on=(utc_now() - timedelta(days=3)).date())
    cast.graduate(account, now=utc_now() - timedelta(days=400), valid_months=12)
    learner = cast.taking(account)
    learner.open()
    learner.press()
    with app.app_context():
        sending.run(now=utc_now().replace(hour=10))
    assert count(app, "reminder") == 0
