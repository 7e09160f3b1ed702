"""The worker: does the rooms' chores, sends queued mail, and goes on until told to stop."""

import math
import signal
import threading
import time
from collections.abc import Callable

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from induction.config import Settings
from induction.database import utc_now
from induction.failures import log_failure
from induction.institute import institute
from induction.mail import chores
from induction.mail.beats import beat
from induction.mail.letters import letter
from induction.mail.outbox import send_due, send_test

EVERY = 5.0  # seconds between looks at the outbox
TURN = 30.0  # seconds of sending, after which the chores have theirs: thousands of letters may wait


def one_round(
    settings: Settings, stopped: Callable[[], bool] = lambda: False, turn: float = math.inf
) -> tuple[int, int]:
    """Do the chores and send what is due; returns how many mails went and how many have to wait.

    In a context of its own: what was changed in the settings since the last round is seen. A chore
    that fails is noted and tried again later; the others are done, and letters go.
    """
    with current_app.app_context():
        beat(now=utc_now())
        every: dict[str, Callable[[], None]] = current_app.extensions["chores"]
        for name, chore in every.items():
            chores.do(name, chore, now=utc_now())
        looks = current_app.extensions["second_looks"]
        reply_to = institute().reply_to
        until = time.monotonic() + turn

        def has_to_end() -> bool:
            return stopped() or time.monotonic() > until

        return send_due(settings, now=utc_now(), reply_to=reply_to, looks=looks, stopped=has_to_end)


@click.command("worker")
@click.option("--once", is_flag=True, help="Send what is due now, and stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Send queued mail until told to stop; a letter that is being sent is finished."""
    settings: Settings = current_app.extensions["settings"]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        try:
            sent, failed = one_round(settings, stop.is_set, math.inf if once else TURN)
        except DBAPIError as error:  # the database is away: it is asked again in the next round
            if once:
                raise
            log_failure(error, doing="worker")
            sent = failed = 0
        if sent or failed or once:
            click.echo(f"{sent} sent, {failed} to be tried again")
        if once:
            return
        stop.wait(EVERY)


@click.group("mail")
def mail_cli() -> None:
    """The mail server."""


@mail_cli.command("test")
@click.argument("address")
@with_appcontext
def test(address: str) -> None:
    """Send a message to ADDRESS now, and say what the mail server answers."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.mail_url:
        raise click.ClickException("INDUCTION_MAIL_URL: not set, so mail is written to files")
    if fault := send_test(settings, address, letter("test"), now=utc_now()):
        raise click.ClickException(fault)
    click.echo(f"The mail server has taken a message for {address}. Look whether it arrives.")
