"""What an audit entry costs: ten writers at once, with and without one in their transaction."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from induction import create_app
from induction.audit.act import VISITOR, acting
from induction.audit.actions import Action
from induction.audit.verify import verify_chain
from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.throttles.models import CountedTry

WRITERS = 10
EACH = 40


def _plain() -> None:
    with writing() as session:
        session.add(CountedTry(limit="account", key="e" * 64, at=utc_now()))


def _audited() -> None:
    now = utc_now()
    with acting(VISITOR, now) as act:
        act.session.add(CountedTry(limit="account", key="e" * 64, at=now))
        act.record(
            Action.SIGN_IN_REFUSED,
            "sign-in:failed",
            reason="mismatch",
            personal={"email": "someone@example.ac.uk"},
        )


def _seconds(app: Flask, act: Callable[[], None]) -> float:
    """Ten writers, each with as many transactions; how long one transaction takes on the whole."""

    def work() -> None:
        with app.app_context():
            for _ in range(EACH):
                act()

    threads = [threading.Thread(target=work) for _ in range(WRITERS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.perf_counter() - begun) / (WRITERS * EACH)


def measure(rounds: int) -> str:
    """A table: a durable transaction without and with an audit entry, in interleaved rounds."""
    with tempfile.TemporaryDirectory(prefix="induction-bench-") as folder:
        app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(Path(folder))}))
        with app.app_context():
            upgrade()
        taken: dict[str, list[float]] = {"plain": [], "audited": []}
        for _ in range(rounds):
            taken["plain"].append(_seconds(app, _plain))
            taken["audited"].append(_seconds(app, _audited))
        with app.app_context():
            broken = verify_chain(db.session())
            db.engine.dispose()
    pairs = zip(taken["audited"], taken["plain"], strict=True)
    ratio = statistics.median(one / other for one, other in pairs)
    plain, audited = (1000 * statistics.median(taken[name]) for name in ("plain", "audited"))
    lines = [
        f"| {WRITERS} writers at once, each transaction committed durably | ms | ratio |",
        "| --- | --: | --: |",
        f"| one row | {plain:.2f} | 1.00 |",
        f"| one row and an audit entry | {audited:.2f} | {ratio:.2f} |",
        "",
        "The chain afterwards: " + (broken.reason if broken else "holds"),
    ]
    return "\n".join(lines)
