"""``make torture``: what is confirmed stays, whatever is killed, full or wrong while people work.

Learners take whole journeys of a small policy. Meanwhile, at random moments, processes are killed,
database sessions ended, the clock goes back and the disk is full. Afterwards the record is asked.
"""

import argparse
import contextlib
import json
import os
import queue
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from induction import create_app
from induction.audit.act import SYSTEM, acting
from induction.audit.batch import Batch
from induction.certificates.models import Certificate
from induction.config import Settings
from induction.curriculum.model import Policy
from induction.database import utc_now
from induction.enrolment.enrolling import NewLearner, take_in
from induction.extensions import db
from induction.journey.models import Answer, Attempt, Declaration, Enrolment
from induction.mail.claims import LONGEST_WAIT, MOST_DOUBTS
from induction.mail.models import OutboxMail
from induction.mail.outbox import send_due
from induction.people.models import Account
from induction.people.passwords import hash_password
from induction.policy.store import content
from tests.bench.visitor import Visitor
from tests.load.journeys import Address, Deed, Journey, LostError
from tests.support import postgres
from tests.support.mail import MailServer
from tests.support.places import TINY
from tests.support.server import Server

PASSWORD = "orchard lantern copper"
NAME = "Amina Yusuf"
PAUSES = (0.3, 2.0)  # seconds between two faults, at least and at most
LASTS = 1.0  # seconds that a fault lasts which does not end by itself
BACK_WITHIN = 90.0  # seconds that a request is tried again
AN_HOUR_BACK = "-3600"
HARDLY_A_PAGE = 4096  # bytes that a file may have on the full disk


@dataclass
class Place:
    """Servers on one database, and what can be done to them."""

    servers: Sequence[Server]
    database: str = ""  # its address; "": SQLite
    clock: Path | None = None  # what tests.load.clock reads

    def kill_a_worker(self) -> None:
        """One web worker, or the worker beside the server."""
        _kill(random.choice(self._processes()))

    def kill_every_worker(self) -> None:
        """All of them in the same moment."""
        for pid in self._processes():
            _kill(pid)

    def kill_the_worker_that_sends(self) -> None:
        """``flask worker``, which is started again by its server."""
        for pid in self._processes():
            if b"flask" in _command(pid):
                _kill(pid)

    def kill_a_server(self) -> None:
        """The master with all that it has started, as a power cut would; then start it again."""
        server = random.choice(self.servers)
        server.kill()
        server.restart()

    def end_every_session_of_the_database(self) -> None:
        """As an administrator does, or a failover."""
        postgres.end_every_session(self.database)

    def put_the_clock_back(self) -> None:
        """By an hour, for a moment."""
        assert self.clock is not None
        self.clock.write_text(AN_HOUR_BACK)
        time.sleep(LASTS)
        self.clock.unlink()

    def fill_the_disk(self) -> None:
        """No file of the machine can grow for a moment."""
        pids = self._processes()
        for pid in pids:
            _limit(pid, HARDLY_A_PAGE)
        time.sleep(LASTS)
        for pid in pids:
            _limit(pid, resource.RLIM_INFINITY)

    def faults(self) -> list[Callable[[], None]]:
        """All that can be done here."""
        found = [
            self.kill_a_worker, self.kill_every_worker, self.kill_the_worker_that_sends,
            self.kill_a_server,
        ]  # fmt: skip
        if hasattr(resource, "prlimit"):  # Linux
            found.append(self.fill_the_disk)
        if self.database:
            found.append(self.end_every_session_of_the_database)
        if self.clock:
            found.append(self.put_the_clock_back)
        return found

    def _processes(self) -> list[int]:
        return [pid for server in self.servers for pid in server.workers()]


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.kill(pid, signal.SIGKILL)


def _limit(pid: int, size: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@dataclass
class Result:
    """What was done, and what the record says of it. ``wrong`` is empty where all is well."""

    journeys: list[Journey] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    letters: int = 0  # that went
    twice: int = 0  # of these came more than once, with the same Message-ID
    in_doubt: int = 0  # of these may have: so many the outbox names
    took: float = 0.0
    logged: Counter[str] = field(default_factory=Counter)  # what the server said failed, and where

    @property
    def deeds(self) -> list[Deed]:
        """Every request of everybody."""
        return [deed for journey in self.journeys for deed in journey.deeds]

    @property
    def acknowledged(self) -> int:
        """Answers that somebody was told are kept."""
        return sum(len(journey.acknowledged) for journey in self.journeys)

    @property
    def certified(self) -> int:
        """Certificates that somebody was told of."""
        return sum(bool(journey.certificate) for journey in self.journeys)

    def in_words(self) -> str:
        """For a terminal."""
        statuses = Counter(deed.status for deed in self.deeds)
        failures = ", ".join(
            f"{count} × {status or 'no answer'}"
            for status, count in sorted(statuses.items())
            if not 200 <= status < 500
        )
        done = ", ".join(f"{count} × {name}" for name, count in sorted(self.faults.items()))
        letters = (
            f"- {self.letters} letters went; of {self.in_doubt} the outbox knows that they may have"
            f" come more than once, and {self.twice} did"
        )
        return "\n".join(
            [
                f"- {sum(self.faults.values())} faults in {self.took:.0f} s: {done}",
                f"- {len(self.deeds)} requests; failed and tried again: {failures or 'none'}",
                f"- {self.acknowledged} answers and {self.certified} certificates were confirmed",
                letters,
                *(f"- in the log, {count} ×: {what}" for what, count in self.logged.most_common()),
                *(f"- WRONG: {one}" for one in self.wrong or []),
                "- "
                + (f"{len(self.wrong)} wrong" if self.wrong else "nothing lost, nothing double"),
            ]
        )


def people(app: Flask, count: int) -> list[str]:
    """So many learners with the password of this module, in an installation of the small policy."""
    known, now = hash_password(PASSWORD), utc_now()
    learners = [
        NewLearner(
            {
                "email": f"tried{number}@college.example",
                "full_name": NAME,
                "learner_ref": f"T{number}",
                "audience": "learner",
                "password_hash": known,
                "first_signed_in_at": now,
            }
        )
        for number in range(count)
    ]
    with app.app_context(), acting(SYSTEM, now) as act, Batch(act) as entries:
        take_in(entries, content().policy, learners, how="test")
    return [str(one.values["email"]) for one in learners]


@dataclass
class Crowd:
    """Learners who work at once, one journey after another, until they are told that it is over."""

    urls: tuple[str, ...]
    policy: Policy
    emails: Sequence[str]
    result: Result = field(default_factory=Result)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        for email in self.emails:
            self.waiting.put(email)

    def work(self) -> None:
        """One place in the crowd."""
        with contextlib.suppress(queue.Empty):
            while not self.over.is_set():
                self._journey(self.waiting.get_nowait())

    def _journey(self, email: str) -> None:
        visitor = Visitor(Address(self.urls))
        journey = Journey(visitor, self.policy, email, PASSWORD, NAME, patience=BACK_WITHIN)
        self.result.journeys.append(journey)
        try:
            journey.run()
        except (LostError, AssertionError) as error:
            self.result.wrong.append(f"{email} could not go on: {error}")


def torture(
    crowd: Crowd,
    faults: Sequence[Callable[[], None]],
    *,
    seconds: float,
    at_once: int,
    at_most: int = sys.maxsize,
) -> Result:
    """Let people work and faults happen for so long; then let everybody come to their end."""
    begun = time.monotonic()
    workers = [threading.Thread(target=crowd.work) for _ in range(at_once)]
    for worker in workers:
        worker.start()
    try:
        while time.monotonic() - begun < seconds and crowd.result.faults.total() < at_most:
            time.sleep(random.uniform(*PAUSES))
            fault = random.choice(faults)
            fault()
            crowd.result.faults[fault.__name__.replace("_", " ")] += 1
    finally:
        crowd.over.set()
        for worker in workers:
            worker.join()
    crowd.result.took = time.monotonic() - begun
    return crowd.result


def logged(log: Path) -> Counter[str]:
    """What failed, by kind and place, in a server's log."""
    found: Counter[str] = Counter()
    for line in log.read_text(errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if "failure" in told:
                found[
                    f"{told['failure']} at {told['trace'][-1].rpartition('site-packages/')[2]}"
                ] += 1
    return found


def look(app: Flask, result: Result) -> None:
    """Ask the record whether what was confirmed is there, whole and once."""
    with app.app_context():
        db.engine.dispose()  # its connections may be among those that were ended
        for journey in result.journeys:
            result.wrong += _lost(journey)
        for what in ("certificates", "declarations"):
            if doubled := _more_than_one(what):
                result.wrong.append(f"{doubled} people have more than one of their {what}")
        db.session.remove()
    verified = app.test_cli_runner().invoke(args=["audit", "verify"])
    if verified.exit_code != 0:
        result.wrong.append(f"flask audit verify: {verified.output[-500:]}")


def look_at_letters(app: Flask, result: Result, mail: MailServer) -> None:
    """Send what still waits, and ask whether each letter came, and how often; by Message-ID."""
    with app.app_context():
        # So late that nobody who was killed has a letter any more.
        send_due(app.extensions["settings"], now=utc_now() + LONGEST_WAIT)
        found = db.session.execute(
            select(OutboxMail.message_id, OutboxMail.doubts, OutboxMail.sent_at)
        ).all()
        db.session.remove()
    arrived = Counter(str(message["Message-ID"]) for message in mail.messages)
    for letter in found:
        copies = arrived[letter.message_id]
        result.letters += letter.sent_at is not None
        result.in_doubt += letter.doubts > 0
        result.twice += copies > 1
        if not copies:
            result.wrong.append(f"the letter {letter.message_id} is lost")
        elif copies > 1 + letter.doubts or copies > MOST_DOUBTS:
            result.wrong.append(f"the letter {letter.message_id} came {copies} times")


def _lost(journey: Journey) -> list[str]:
    """What this learner was told is kept, and is not; in words."""
    of = select(Answer.scenario, func.count()).join(Attempt, Attempt.id == Answer.attempt_id)
    mine = (Enrolment.account_id == Account.id, Account.email == journey.email)
    rows = db.session.execute(
        of.join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Account, mine[0])
        .where(mine[1])
        .group_by(Answer.scenario)
    )
    kept: Mapping[str, int] = {row[0]: row[1] for row in rows}
    said = Counter(journey.acknowledged)
    lost = [f"{journey.email}: the answer to {one}" for one in said if kept.get(one, 0) < said[one]]
    number = select(Certificate.number).where(Certificate.number == journey.certificate)
    if journey.certificate and db.session.scalar(number) is None:
        lost.append(f"{journey.email}: certificate {journey.certificate}")
    return lost


def _more_than_one(what: str) -> int:
    """Unique keys refuse it: this says so where somebody takes one away."""
    of = {"certificates": Certificate.account_id, "declarations": Declaration.enrolment_id}[what]
    several = select(of).group_by(of).having(func.count() > 1).subquery()
    return db.session.scalar(select(func.count()).select_from(several)) or 0


def main() -> int:
    """Torture an installation on each database, and print what came of it."""
    parser = argparse.ArgumentParser(prog="make torture ARGS=…", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--faults", type=int, default=sys.maxsize, help="then it ends earlier")
    parser.add_argument("--at-once", type=int, default=6, help="learners in the same moment")
    parser.add_argument("--learners", type=int, default=2000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seed", type=int, default=None, help="of the moments and the faults")
    options = parser.parse_args()
    random.seed(options.seed)
    both = ("sqlite", "postgresql")
    wrong = 0
    for kind in both if options.database == "both" else (options.database,):
        result = _tortured(kind, options)
        sys.stdout.write(f"\n## {kind}\n\n{result.in_words()}\n")
        sys.stdout.flush()
        wrong += len(result.wrong)
    return 1 if wrong else 0


def _tortured(kind: str, options: argparse.Namespace) -> Result:
    with ExitStack() as at_end:
        folder = Path(
            at_end.enter_context(tempfile.TemporaryDirectory(prefix="induction-torture-"))
        )
        url = ""
        if kind == "postgresql":
            url = at_end.enter_context(postgres.database(at_end.enter_context(postgres.server())))
        mail = MailServer()
        at_end.callback(mail.down)
        environ = {
            "INDUCTION_INSTANCE": str(folder / "instance"),
            "INDUCTION_CONTENT": str(TINY),
            "INDUCTION_POLICY": "visitor-safety",
            "INDUCTION_MAIL_URL": mail.url,
            "INDUCTION_WORKER": "embedded",
            "CLOCK_FILE": str(folder / "clock"),
            "DATABASE_URL": url,
        }
        app = create_app(Settings.from_environment(environ))
        with app.app_context():
            upgrade()
            at_end.callback(db.engine.dispose)
            policy = content().policy
        emails = people(app, options.learners)
        server = Server(environ, folder / "server.log", app="tests.load.clock:app")
        at_end.callback(server.stop)
        server.wait_until_ready()
        place = Place([server], url, folder / "clock")
        crowd = Crowd((server.url,), policy, emails)
        result = torture(
            crowd,
            place.faults(),
            seconds=options.seconds,
            at_once=options.at_once,
            at_most=options.faults,
        )
        look(app, result)
        server.kill()  # with the worker
        result.logged = logged(folder / "server.log")
        look_at_letters(app, result, mail)
    return result


if __name__ == "__main__":
    sys.exit(main())
