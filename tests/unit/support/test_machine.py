"""The test machinery does what the tests rely on."""

import smtplib
import socket
from email.message import EmailMessage

import psycopg
import pytest

from tests.conftest import LONGEST
from tests.support import postgres
from tests.support.mail import MailServer
from tests.support.server import PROJECT
from tests.support.sockets import OutsideThisMachineError, free_port


def test_the_files_that_begin_first_are_there() -> None:
    assert [file for file in LONGEST if not (PROJECT / file).is_file()] == []


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_nothing_outside_this_machine_is_reached(host: str) -> None:
    with pytest.raises(OutsideThisMachineError):
        socket.create_connection((host, 80), timeout=1)


def test_loopback_is_reached() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()), timeout=5)


def test_the_mail_server_keeps_refuses_and_goes_down(smtp_server: MailServer) -> None:
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = "a@example.org", "b@example.org", "Hello"
    message.set_content("Words")

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", smtp_server.port, "localhost") as client:
            client.send_message(message)

    send()
    assert [kept["Subject"] for kept in smtp_server.messages] == ["Hello"]
    smtp_server.refuse_with = "451 later"
    with pytest.raises(smtplib.SMTPDataError):
        send()
    smtp_server.refuse_with = ""
    smtp_server.down()
    with pytest.raises(ConnectionRefusedError):
        send()
    smtp_server.up()
    send()
    assert len(smtp_server.messages) == 2


@pytest.mark.postgres
def test_a_postgresql_of_our_own_starts_and_leaves_nothing() -> None:
    with postgres.server() as address, postgres.database(address) as url:
        plain = url.replace("+psycopg", "")
        with psycopg.connect(plain) as connection:
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, connect_timeout=2)
