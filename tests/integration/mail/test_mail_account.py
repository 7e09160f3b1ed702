"""Signing in to the mail server: with a password where nobody listens, or with a token (OAuth)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from flask import Flask

from induction.config import Settings
from induction.database import utc_now, writing
from induction.environment import BadSetting
from induction.mail import outbox
from induction.mail.letters import Letter
from induction.mail_settings import MailOauth
from tests.support.mail import MailServer
from tests.support.record import rows


class TokenService:
    """Gives the tokens that are put into ``gives``, in turn, for an hour each."""

    def __init__(self) -> None:
        self.gives: list[str] = []
        self.asked: list[dict[str, list[str]]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                service.asked.append(parse_qs(self.rfile.read(length).decode()))
                given = service.gives.pop(0) if service.gives else ""
                refusal = {"error": "invalid_client", "error_description": "the secret has expired"}
                said = {"access_token": given, "expires_in": 3600} if given else refusal
                self.send_response(200 if given else 401)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"


@pytest.fixture
def tokens() -> Iterator[TokenService]:
    service = TokenService()
    thread = Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    service.server.server_close()
    thread.join()


def by_token(
    app: Flask, smtp_server: MailServer, tokens: TokenService, refresh: str = ""
) -> Settings:
    """A mailbox that is signed in to by a token; each service has a client of its own."""
    settings: Settings = app.extensions["settings"]
    oauth = MailOauth(tokens.url, "the-app", "the-secret", "the-scope", refresh)
    url = smtp_server.url.replace("//", "//mailbox%40college.example@")
    return replace(settings, mail_url=url, mail_oauth=oauth)


def send(app: Flask, settings: Settings, **later: float) -> tuple[int, int]:
    with app.app_context():
        with writing() as session:
            letter = Letter("Hello", "Words")
            outbox.queue(session, "ada@college.example", letter, now=utc_now())
        return outbox.send_due(settings, now=utc_now() + timedelta(**later))


def error(app: Flask) -> str:
    (found,) = rows(app, "SELECT last_error FROM outbox_mail WHERE last_error != '' LIMIT 1")
    return str(found[0])


def test_a_token_signs_in_and_is_asked_for_once_an_hour(
    app: Flask, smtp_server: MailServer, tokens: TokenService
) -> None:
    settings = by_token(app, smtp_server, tokens)
    tokens.gives = ["first", "second"]
    smtp_server.token = "first"
    assert send(app, settings) == (1, 0)
    assert send(app, settings, minutes=50) == (1, 0)
    assert len(tokens.asked) == 1
    assert tokens.asked[0]["grant_type"] == ["client_credentials"]
    assert tokens.asked[0]["scope"] == ["the-scope"]
    smtp_server.token = "second"
    assert send(app, settings, minutes=59) == (1, 0)


def test_a_token_that_ended_early_is_asked_for_anew_and_nothing_is_sent_twice(
    app: Flask, smtp_server: MailServer, tokens: TokenService
) -> None:
    settings = by_token(app, smtp_server, tokens)
    tokens.gives = ["first", "second"]
    smtp_server.token = "first"
    assert send(app, settings) == (1, 0)
    smtp_server.token = "second"
    assert send(app, settings) == (0, 1)
    assert "refused the user name, password or token" in error(app)
    with app.app_context():
        assert outbox.send_due(settings, now=utc_now() + timedelta(hours=1)) == (1, 0)
    assert len(smtp_server.messages) == 2


def test_a_refused_secret_is_named_and_is_nowhere_in_the_record(
    app: Flask, smtp_server: MailServer, tokens: TokenService
) -> None:
    settings = by_token(app, smtp_server, tokens)
    assert send(app, settings) == (0, 1)
    assert "the secret has expired" in error(app)
    assert "the-secret" not in error(app)
    assert tokens.asked[0]["client_secret"] == ["the-secret"]


def test_a_refresh_token_is_what_google_takes(
    app: Flask, smtp_server: MailServer, tokens: TokenService
) -> None:
    settings = by_token(app, smtp_server, tokens, refresh="for-long")
    tokens.gives, smtp_server.token = ["first"], "first"
    assert send(app, settings) == (1, 0)
    assert tokens.asked[0]["grant_type"] == ["refresh_token"]
    assert "scope" not in tokens.asked[0]


def test_a_password_never_leaves_in_clear(app: Flask, smtp_server: MailServer) -> None:
    url = f"smtp://mailbox:secret@0.0.0.0:{smtp_server.port}"  # this machine, but not by its name
    settings = replace(app.extensions["settings"], mail_url=url)
    assert send(app, settings) == (0, 1)
    assert "offers no encryption" in error(app)
    assert smtp_server.messages == []


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"INDUCTION_MAIL_FROM": "nobody"}, "INDUCTION_MAIL_FROM"),
        ({"INDUCTION_MAIL_OAUTH_TOKEN_URL": "http://mail.example/token"}, "TOKEN_URL"),
        (
            {
                "INDUCTION_MAIL_OAUTH_TOKEN_URL": "https://mail.example/token",
                "INDUCTION_MAIL_URL": "smtp://mailbox@mail.example:587",
            },
            "INDUCTION_MAIL_OAUTH_CLIENT_ID",
        ),
        (
            {
                "INDUCTION_MAIL_OAUTH_TOKEN_URL": "https://mail.example/token",
                "INDUCTION_MAIL_OAUTH_CLIENT_ID": "app",
                "INDUCTION_MAIL_OAUTH_CLIENT_SECRET": "secret",
                "INDUCTION_MAIL_URL": "smtp://mail.example:587",
            },
            "INDUCTION_MAIL_URL",
        ),
    ],
)
def test_what_cannot_be_used_is_named_at_the_start(
    app: Flask, values: dict[str, str], named: str
) -> None:
    instance = str(app.extensions["settings"].instance)
    with pytest.raises(BadSetting, match=named):
        Settings.from_environment({"INDUCTION_INSTANCE": instance, **values})
