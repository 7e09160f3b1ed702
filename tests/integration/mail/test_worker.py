"""The worker, which runs for weeks: it knows what has changed, and no fault of a chore ends it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.institute import institute
from induction.mail import chores, outbox
from induction.mail.commands import one_round
from induction.mail.letters import Letter
from tests.support.client import Visitor
from tests.support.mail import MailServer
from tests.support.post import work
from tests.support.record import rows


def test_letters_of_the_worker_name_the_institute_as_it_is_called_now(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    monkeypatch.setitem(app.extensions, "chores", {"names": lambda: names.append(institute().name)})
    with app.app_context():
        one_round(app.extensions["settings"])
        with app.app_context(), acting(SYSTEM, utc_now()) as act:
            settings_changes.change(act, {"name": "Northfield College"})
        one_round(app.extensions["settings"])
    assert names[0] != names[1] == "Northfield College"


def queue(app: Flask, *recipients: str) -> None:
    with app.app_context(), writing() as session:
        for recipient in recipients:
            outbox.queue(session, recipient, Letter("Hello", "Words"), now=utc_now())


def test_a_chore_that_fails_is_named_and_tried_again_and_the_rest_goes_on(
    app: Flask, visitor: Visitor, smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    done: list[str] = []
    faults: list[Exception] = [ValueError("Ada Dale, ada@college.example")]

    def sometimes() -> None:
        done.append("tried")
        if faults:
            raise faults[0]

    last = {"sometimes": sometimes, "always": lambda: done.append("always")}
    monkeypatch.setitem(app.extensions, "chores", last)
    app.extensions["settings"] = replace(
        app.extensions["settings"], mail_url=smtp_server.url, metrics_token="a-token-of-the-college"
    )
    queue(app, "ada@college.example")
    work(app)
    work(app)
    assert done == ["tried", "always", "always"], "it is not tried again at once"
    assert len(smtp_server.messages) == 1
    assert rows(app, "SELECT name, tries FROM failing_chore") == [("sometimes", 1)]

    (line,) = [json.loads(line) for line in caplog.messages if "doing" in line]
    assert (line["doing"], line["failure"]) == ("sometimes", "ValueError")
    said = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "fail  Chores: The worker cannot do: sometimes, since" in said
    assert "Ada Dale" not in said + json.dumps(line), "what it was about is nobody's business"
    token = {"Authorization": "Bearer a-token-of-the-college"}
    assert "\ninduction_chores_failing 1\n" in visitor.get("/metrics", headers=token).text

    faults.clear()
    with app.app_context():
        chores.do("sometimes", sometimes, now=utc_now() + timedelta(minutes=2))
    assert done.count("tried") == 2
    assert rows(app, "SELECT name FROM failing_chore") == []
    assert "ok    Chores" in app.test_cli_runner().invoke(args=["doctor"]).output


def test_a_letter_that_cannot_be_written_holds_up_none_behind_it(
    app: Flask, smtp_server: MailServer
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)
    queue(app, "zo\u00eb\u0000@", "ada@college.example")
    assert "1 sent, 1 to be tried again" in work(app)
    assert [message["To"] for message in smtp_server.messages] == ["ada@college.example"]


def test_what_the_mail_server_took_is_not_sent_again_when_it_says_goodbye_badly(
    app: Flask, smtp_server: MailServer
) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)
    smtp_server.goodbye = "421 4.3.2 shutting down"
    queue(app, "ada@college.example")
    assert "1 sent, 0 to be tried again" in work(app)
    assert rows(app, "SELECT tries, last_error FROM outbox_mail WHERE sent_at IS NOT NULL") == [
        (1, "")
    ]
