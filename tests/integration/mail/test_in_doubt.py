"""A letter that its worker was cut off at: never lost, and twice only where we know it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from induction.config import Settings
from induction.database import utc_now, writing
from induction.mail import claims, outbox
from induction.mail.letters import Letter
from induction.people.models import Role
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.mail import MailServer
from tests.support.postgres import end_every_session
from tests.support.record import rows
from tests.support.server import PROJECT


@pytest.fixture(autouse=True)
def at_the_mail_server(app: Flask, smtp_server: MailServer) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)
    queue(app)


def queue(app: Flask) -> None:
    with app.app_context(), writing() as session:
        outbox.queue(session, "ada@college.example", Letter("Hello", "Words"), now=utc_now())


def send(app: Flask, **later: float) -> tuple[int, int]:
    with app.app_context():
        return outbox.send_due(app.extensions["settings"], now=utc_now() + timedelta(**later))


def doubts(app: Flask) -> int:
    ((number,),) = rows(app, "SELECT doubts FROM outbox_mail")
    return int(number)


@pytest.mark.parametrize(("step", "copies"), [("RCPT", 1), ("DATA", 2)])
def test_t30_a_worker_that_is_killed_loses_no_letter_and_it_comes_twice_where_that_is_known(
    app: Flask, smtp_server: MailServer, instance: Path, step: str, copies: int
) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "INDUCTION_INSTANCE": str(instance),
        "INDUCTION_MAIL_URL": smtp_server.url,
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "worker", "--once"]
    worker = subprocess.Popen(command, cwd=PROJECT, env=environ)

    def cut(at: str) -> None:
        if at == step:
            worker.kill()
            worker.wait()

    smtp_server.at_step = cut
    assert worker.wait(60) == -signal.SIGKILL
    smtp_server.at_step = lambda _: None
    assert doubts(app) == copies - 1, "in doubt is what the mail server may have, and nothing else"
    assert send(app, minutes=9) == (0, 0), "whoever had it might be alive"
    assert send(app, minutes=11) == (1, 0)
    sent = [message["Message-ID"] for message in smtp_server.messages]
    assert (len(sent), len(set(sent))) == (copies, 1)
    assert doubts(app) == copies - 1


def test_while_one_worker_hands_a_letter_over_no_other_gets_it(
    app: Flask, smtp_server: MailServer
) -> None:
    others: list[claims.Claim | None] = []

    def another_looks(_step: str) -> None:
        with app.app_context():
            others.append(claims.claim(lambda: utc_now() + timedelta(minutes=9)))

    smtp_server.at_step = another_looks
    assert send(app) == (1, 0)
    assert others == [None, None]


def test_whoever_was_so_slow_that_another_took_over_does_not_send(
    app: Flask, smtp_server: MailServer
) -> None:
    def another_takes_over(_step: str) -> None:
        with app.app_context():
            assert claims.claim(lambda: utc_now() + timedelta(minutes=11))

    smtp_server.at_step = another_takes_over
    assert send(app) == (0, 0)
    smtp_server.at_step = lambda _: None
    assert smtp_server.messages == []
    assert send(app, hours=1) == (1, 0)
    assert (len(smtp_server.messages), doubts(app)) == (1, 0)


def test_what_the_server_refuses_or_never_gets_is_in_no_doubt(
    app: Flask, smtp_server: MailServer
) -> None:
    smtp_server.refuse_with = "451 try later"
    assert send(app) == (0, 1)
    with smtp_server.being_down():
        assert send(app, hours=1) == (0, 1)
    assert doubts(app) == 0


def test_in_doubt_for_the_third_time_it_waits_for_a_person(
    app: Flask, smtp_server: MailServer
) -> None:
    smtp_server.hangs_up = True
    for hours in (0, 3, 6):
        assert send(app, hours=hours) == (0, 1)
    assert send(app, hours=9) == (0, 0)
    assert (len(smtp_server.messages), doubts(app)) == (claims.MOST_DOUBTS, claims.MOST_DOUBTS)
    cast = Cast(app)
    admin = cast.signed_in(cast.account(Role.ADMIN))
    page = admin.read("/admin/mail")
    assert "Ask whether it has arrived" in page.text
    smtp_server.hangs_up = False
    form = next(f for f in page.forms if f.action[-1].isdigit())
    assert admin.send(form).status_code == 303
    assert send(app, minutes=1) == (1, 0)


@pytest.mark.postgres
def test_a_letter_that_went_while_the_database_was_away_is_noted_when_it_is_back(
    make_app: AppMaker,
    postgres_url: str,
    instance: Path,
    smtp_server: MailServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "PAUSE", 0.01)
    app = make_app(
        Settings.from_environment(
            {
                "INDUCTION_INSTANCE": str(instance),
                "INDUCTION_MAIL_URL": smtp_server.url,
                "DATABASE_URL": postgres_url,
            }
        )
    )
    queue(app)
    smtp_server.at_step = lambda step: end_every_session(postgres_url) if step == "DATA" else None
    assert send(app) == (1, 0)
    assert send(app, hours=1) == (0, 0)
    assert (len(smtp_server.messages), doubts(app)) == (1, 0)
