"""The post: whatever the application has sent, as those who get it read it."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from flask import Flask
from sqlalchemy import update

from induction.database import writing
from induction.reminders.models import ReminderSettings
from tests.support.mail import Received, received


@contextmanager
def _own_signals() -> Iterator[None]:
    """The worker listens for the signals that would end it; the tests keep their own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def work(app: Flask) -> str:
    """Let the worker do what is due, once; returns what it says."""
    with _own_signals():
        result = app.test_cli_runner().invoke(args=["worker", "--once"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return str(result.output)


def outbox(app: Flask) -> list[Received]:
    """Let the worker send, and read what is in the outbox folder, oldest first."""
    work(app)
    folder = app.extensions["settings"].instance / "outbox"
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [received(file.read_bytes()) for file in files]


def send_summaries_on_mondays(app: Flask) -> None:
    """As it is at first: tutors get a summary of their cohorts each week (see conftest)."""
    with app.app_context(), writing() as session:
        session.execute(update(ReminderSettings).values(digest_weekday=0))


def link_in(message: EmailMessage) -> str:
    """The address in a message."""
    found = re.search(r"https?://\S+", message.get_content())
    assert found, "there is no link in the message"
    return found.group()


def path_in(message: EmailMessage) -> str:
    """The link without the host, as the test client opens it."""
    return "/" + link_in(message).split("/", 3)[3]
