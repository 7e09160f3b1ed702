"""The worker: does the rooms' chores, sends queued mail, and goes on until told to stop."""

import signal
import threading

import click
from flask import current_app
from flask.cli import with_appcontext

from induction.config import Settings
from induction.database import utc_now
from induction.mail.beats import beat
from induction.mail.outbox import send_due

EVERY = 5.0  # seconds between looks at the outbox


def sender_of(settings: Settings) -> str:
    """The address that mail comes from: no-reply at the public host."""
    host = settings.base_url.split("//", 1)[1].split("/")[0].split(":")[0]
    return f"Learner Induction <no-reply@{host}>"


def one_round(settings: Settings) -> tuple[int, int]:
    """Do the chores and send what is due; returns how many mails went and how many have to wait.

    In a context of its own: what was changed in the settings since the last round is seen.
    """
    with current_app.app_context():
        beat(now=utc_now())
        for chore in current_app.extensions["chores"]:
            chore()
        return send_due(settings.mail_url, settings.instance, sender_of(settings), now=utc_now())


@click.command("worker")
@click.option("--once", is_flag=True, help="Send what is due now, and stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Send queued mail until told to stop."""
    settings: Settings = current_app.extensions["settings"]
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        sent, failed = one_round(settings)
        if sent or failed or once:
            click.echo(f"{sent} sent, {failed} to be tried again")
        if once:
            return
        stop.wait(EVERY)
