"""Reminders: each occasion once, by mail or on the page alone, whatever the mail server does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import delete, update

from induction.database import writing
from induction.journey.models import Enrolment
from induction.mail.outbox import send_due
from induction.people.models import Account, Role
from induction.reminders import sending
from induction.reminders.models import Reminder
from tests.support.cast import Cast
from tests.support.mail import MailServer
from tests.support.post import send_summaries_on_mondays
from tests.support.record import actions, count, rows

NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # a Wednesday


def enrolled_days_ago(app: Flask, days: int) -> None:
    with app.app_context(), writing() as session:
        session.execute(update(Enrolment).values(enrolled_at=NOW - timedelta(days=days)))


def run(app: Flask, now: datetime = NOW) -> int:
    with app.app_context():
        return sending.run(now=now)


def test_each_occasion_is_reminded_of_once(app: Flask, cast: Cast) -> None:
    cast.learner(due_on=(NOW - timedelta(days=2)).date())
    enrolled_days_ago(app, 20)
    assert run(app) == 1
    assert run(app) == 0
    assert run(app, NOW + timedelta(days=1)) == 1, "the other occasion, on another day"
    assert run(app, NOW + timedelta(days=1)) == 0
    assert run(app, NOW + timedelta(days=8)) == 1
    assert len(rows(app, "SELECT id FROM reminder")) == 3
    assert actions(app).count("tutoring:reminded") == 3


def test_nobody_is_overdue_before_they_have_had_time_to_begin(app: Flask, cast: Cast) -> None:
    cast.learner(due_on=(NOW - timedelta(days=3)).date())
    enrolled_days_ago(app, 0)
    assert run(app, NOW + timedelta(hours=1)) == 0
    assert run(app, NOW + timedelta(days=6)) == 0
    for days in (8, 9):
        run(app, NOW + timedelta(days=days))
    kinds = rows(app, "SELECT kind FROM reminder ORDER BY id")
    assert sorted(kinds) == [("overdue",), ("start",)]
    with app.app_context(), writing() as session:
        session.execute(delete(Reminder))
    enrolled_days_ago(app, 4)  # the day before it was due
    assert run(app) == 1


def test_nothing_goes_out_in_quiet_hours(app: Flask, cast: Cast) -> None:
    cast.learner()
    enrolled_days_ago(app, 8)
    assert run(app, NOW.replace(hour=22)) == 0
    assert run(app) == 1


def test_who_wants_no_mail_has_the_note_on_the_page(app: Flask, cast: Cast) -> None:
    account = cast.learner()
    enrolled_days_ago(app, 8)
    learner = cast.signed_in(account)
    form = learner.read("/account").form("by_mail")
    assert learner.send(form, at="/account").status_code == 303
    assert run(app) == 1
    assert count(app, "outbox_mail") == 0
    assert "Your induction is ready" in learner.read("/induction").text


def test_t30_a_mail_server_that_is_down_costs_nothing_and_doubles_nothing(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    for number in range(3):
        cast.learner(f"Learner {'ABC'[number]}")
    enrolled_days_ago(app, 8)
    assert run(app) == 3
    settings = replace(app.extensions["settings"], mail_url=smtp_server.url)
    later = NOW
    with app.app_context(), smtp_server.being_down():
        assert send_due(settings, now=later) == (0, 3)
    board = cast.signed_in(cast.account(Role.TUTOR)).read("/tutor")
    assert "could not be sent yet: 3" in board.text
    with app.app_context():
        smtp_server.refuse_with = "451 try later"
        later += timedelta(hours=1)
        assert send_due(settings, now=later)[0] == 0
        smtp_server.refuse_with = ""
        for _ in range(4):
            later += timedelta(hours=3)
            send_due(settings, now=later)
    sent = [message["Message-ID"] for message in smtp_server.messages]
    assert len(sent) == len(set(sent)) == 3


def test_tutors_get_a_summary_a_week_once(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cast.learner(cohort=cast.cohort("Bricks", tutor))
    monday = NOW - timedelta(days=2)
    send_summaries_on_mondays(app)
    run(app, monday)
    run(app, monday + timedelta(hours=1))
    [(body,)] = rows(app, "SELECT body FROM outbox_mail WHERE recipient = :to", to=tutor.email)
    assert "Bricks: 0 of 1 done" in body


def test_by_hand_with_own_words_and_not_twice_a_day(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cohort = cast.cohort("Bricks", tutor)
    learner = cast.learner("Ann Lee", cohort=cohort)
    visitor, address = cast.signed_in(tutor), f"/tutor/cohorts/{cohort.public_id}/remind"
    page = visitor.read(address)
    assert "Ann Lee" in page.text
    form = page.form("own_words")
    for _ in range(2):
        said = "See  you on Friday!\r\n\r\n\r\n- Bring a pen.\r\n- Ask Bo. "
        sent = visitor.send(form, {"own_words": said, "send": "1"}, at=address)
        assert sent.status_code == 303
    [(body,)] = rows(app, "SELECT body FROM outbox_mail")
    assert "has been reminded by hand today" in visitor.read(address).text
    cast.learner("Bo Li", cohort=cohort)
    left = visitor.read(address).text
    assert "1 person who has not finished: Bo Li" in left
    assert "Left out, since they have been reminded by hand today: 1." in left
    assert "\n\nSee you on Friday!\n\n- Bring a pen.\n- Ask Bo.\n\n" in body
    assert "See you on Friday!" in cast.signed_in(learner).read("/induction").text
    with app.app_context():
        assert isinstance(learner, Account)
