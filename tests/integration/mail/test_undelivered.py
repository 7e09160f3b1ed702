"""Letters that do not arrive: which are tried again, which end, and who is told whose they are."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.database import utc_now, writing
from induction.mail import outbox
from induction.mail.letters import Letter
from induction.mail.models import OutboxMail
from induction.mail_settings import mail_from
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.mail import MailServer
from tests.support.record import actions, count, rows

LETTER = Letter("Your induction is ready", "Hello")


@pytest.fixture(autouse=True)
def at_the_mail_server(app: Flask, smtp_server: MailServer) -> None:
    app.extensions["settings"] = replace(app.extensions["settings"], mail_url=smtp_server.url)


def write_to(app: Flask, address: str, account: Account | None = None) -> None:
    with app.app_context(), writing() as session:
        outbox.queue(
            session, address, LETTER, now=utc_now(), account_id=account.id if account else None
        )


def send(app: Flask, **later: float) -> tuple[int, int]:
    with app.app_context():
        return outbox.send_due(app.extensions["settings"], now=utc_now() + timedelta(**later))


def tries(app: Flask) -> list[tuple[object, ...]]:
    return rows(app, "SELECT tries, refused_at IS NOT NULL, sent_at IS NOT NULL FROM outbox_mail")


def test_an_address_that_is_refused_for_good_ends_and_holds_up_nobody(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    learner = cast.learner("Ada Dale")
    smtp_server.refused[learner.email] = "550 5.1.1 no such mailbox"
    write_to(app, learner.email, learner)
    write_to(app, "other@college.example")
    assert send(app) == (1, 0)
    assert send(app, days=2) == (0, 0)
    assert [message["To"] for message in smtp_server.messages] == ["other@college.example"]
    record = cast.signed_in(cast.account(Role.HEAD)).read(f"/tutor/learners/{learner.public_id}")
    assert "The last letter did not arrive" in record.text
    assert "refused for good" in record.text
    assert "no such mailbox" in record.text
    page = cast.signed_in(cast.account(Role.ADMIN)).read("/admin/mail")
    assert "Ada Dale" in page.text
    board = cast.signed_in(cast.account(Role.TUTOR)).read("/tutor")
    assert "The mail server does not answer" not in board.text, "one dead mailbox is no dead server"


@pytest.mark.parametrize(
    "answer",
    ["450 4.2.0 greylisted", "550 5.7.1 relaying denied", "530 5.7.0 sign in first"],
)
def test_what_time_or_an_administrator_can_mend_is_tried_again(
    app: Flask, smtp_server: MailServer, answer: str
) -> None:
    smtp_server.refused["ada@college.example"] = answer
    write_to(app, "ada@college.example")
    for hours in (0, 1, 2):
        assert send(app, hours=hours) == (0, 1)
    assert tries(app) == [(3, 0, 0)]
    smtp_server.refused.clear()
    assert send(app, hours=9) == (1, 0)


def test_nobody_is_written_to_for_ever(app: Flask, smtp_server: MailServer) -> None:
    smtp_server.down()
    write_to(app, "ada@college.example")
    assert send(app, days=3) == (0, 1)
    assert tries(app) == [(1, 0, 0)]
    assert send(app, days=5) == (0, 0)
    assert tries(app) == [(2, 1, 0)]


def test_a_letter_goes_again_to_the_address_that_was_put_right(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    learner = cast.learner("Ada Dale")
    wrong, right = learner.email, "ada.dale@college.example"
    smtp_server.refused[wrong] = "550 5.1.1 no such mailbox"
    write_to(app, wrong, learner)
    send(app)
    with app.app_context(), writing() as session:
        session.merge(learner).email = right
    admin = cast.signed_in(cast.account(Role.ADMIN))
    form = next(f for f in admin.read("/admin/mail").forms if f.action[-1].isdigit())
    assert admin.send(form).status_code == 303
    assert admin.send(form).status_code == 404, "once"
    assert send(app, minutes=1) == (1, 0)
    assert smtp_server.messages[-1]["To"] == right
    assert "mail:letter-sent-again" in actions(app)
    record = cast.signed_in(cast.account(Role.HEAD)).read(f"/tutor/learners/{learner.public_id}")
    assert "did not arrive" not in record.text


def test_what_is_out_of_date_is_not_sent_again(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    smtp_server.refused["ada@college.example"] = "550 5.1.1 no such mailbox"
    write_to(app, "ada@college.example")
    send(app)
    with app.app_context(), writing() as session:
        mail = session.scalars(outbox.undelivered(OutboxMail)).one()
        mail.created_at -= timedelta(days=2)
        letter = mail.id
    admin = cast.signed_in(cast.account(Role.ADMIN))
    page = admin.read("/admin/mail")
    assert not [form for form in page.forms if form.action[-1].isdigit()]
    assert "Invite or remind again" in page.text
    token = page.forms[0].fields["csrf_token"]
    assert admin.post(f"/admin/mail/{letter}", data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize(
    ("given", "name", "address"),
    [
        ("", "Collège of Arts, Leeds", "no-reply@127.0.0.1"),
        ("induction@college.example", "Collège of Arts, Leeds", "induction@college.example"),
        ('"Inductions, Łódź" <post@college.example>', "Inductions, Łódź", "post@college.example"),
    ],
)
def test_letters_come_by_the_name_of_the_institute_where_none_is_given(
    app: Flask, smtp_server: MailServer, given: str, name: str, address: str
) -> None:
    said = mail_from({"INDUCTION_MAIL_FROM": given})
    app.extensions["settings"] = replace(app.extensions["settings"], mail_from=said)
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"name": "Collège of Arts, Leeds"})
    write_to(app, "ada@college.example")
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    (message,) = smtp_server.messages
    (sender,) = message["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, address)


def test_letters_name_their_sender_and_where_answers_go(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    app.extensions["settings"] = replace(
        app.extensions["settings"], mail_from="Northbridge <induction@college.example>"
    )
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, {"reply_to": "help@college.example"})
    write_to(app, "ada@college.example")
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0
    (message,) = smtp_server.messages
    assert message["From"] == "Northbridge <induction@college.example>"
    assert message["Reply-To"] == "help@college.example"


def test_an_address_with_letters_of_any_alphabet_is_reached(
    app: Flask, smtp_server: MailServer
) -> None:
    write_to(app, "ada@bücher.example")
    assert send(app) == (1, 0)
    assert smtp_server.messages[-1]["To"] == "ada@xn--bcher-kva.example"


def test_a_test_message_says_what_the_server_answered(
    app: Flask, cast: Cast, smtp_server: MailServer
) -> None:
    admin = cast.signed_in(cast.account(Role.ADMIN))

    def press() -> str:
        form = next(f for f in admin.read("/admin/mail").forms if f.action == "/admin/mail/test")
        return admin.read(admin.send(form).location).text

    assert "has taken a message" in press()
    assert len(smtp_server.messages) == 1
    smtp_server.refuse_with = "554 5.2.252 SendAsDenied; no-reply not allowed to send"
    assert "INDUCTION_MAIL_FROM" in press()
    smtp_server.down()
    assert "does not answer" in press()
    assert count(app, "outbox_mail") == 0
    ran = app.test_cli_runner().invoke(args=["mail", "test", "ada@college.example"])
    assert ran.exit_code == 1
    assert "does not answer" in ran.output
