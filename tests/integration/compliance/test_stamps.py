"""t21: checkpoints that an authority outside has stamped, with an authority of openssl's."""

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import text

from induction.database import writing
from induction.people.models import Role
from induction.signing import timestamps
from tests.support.abilities import cannot_run
from tests.support.cast import Cast
from tests.support.record import count, rows

EXTENSIONS = "extendedKeyUsage=critical,timeStamping"
CONFIG = """
[tsa]
default_tsa = here
[here]
serial = serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
"""


class Drops(BaseHTTPRequestHandler):
    """An answer without an end, a byte at a time."""

    sent: ClassVar[list[float]] = []  # after each, how many seconds went by at least

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(OSError):  # whoever asked has gone
            while True:
                self.wfile.write(b"0")
                self.sent.append(0.02)
                time.sleep(self.sent[-1])

    def log_message(self, *_: object) -> None:
        """Nothing is written to the tests' output."""


class Authority:
    """An authority for time stamps: ``openssl ts`` behind an address."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.says = folder, 0, b""
        (folder / "tsa.cnf").write_text(CONFIG)
        (folder / "serial").write_text("01")
        self.run(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Clock",
            "-addext", EXTENSIONS, "-keyout", "key.pem", "-out", "clock.pem",
        )  # fmt: skip
        authority = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                answer = authority.says or authority.stamp(asked)
                authority.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                """Nothing is written to the tests' output."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}/tsr"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, *arguments: str) -> str:
        """What openssl says, in the authority's folder; raises where it fails."""
        openssl = shutil.which("openssl") or cannot_run("openssl is not installed")
        done = subprocess.run(
            [openssl, *arguments],
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    def stamp(self, asked: bytes) -> bytes:
        """The answer to a question."""
        (self.folder / "asked.tsq").write_bytes(asked)
        self.run(
            "ts", "-reply", "-queryfile", "asked.tsq", "-config", "tsa.cnf", "-signer", "clock.pem",
            "-inkey", "key.pem", "-out", "answer.tsr",
        )  # fmt: skip
        return (self.folder / "answer.tsr").read_bytes()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "authority"
    folder.mkdir()
    made = Authority(folder)
    yield made
    made.server.shutdown()
    made.server.server_close()


def work(app: Flask) -> None:
    """Let the worker go round once."""
    assert app.test_cli_runner().invoke(args=["worker", "--once"]).exit_code == 0


@pytest.fixture
def stamping(tiny: Cast, authority: Authority) -> Flask:
    """An institute that has its checkpoints stamped, where something has happened."""
    tiny.app.extensions["settings"] = replace(
        tiny.app.extensions["settings"], tsa_url=authority.url
    )
    tiny.account(Role.COMPLIANCE)
    return tiny.app


def test_t21_a_checkpoint_is_stamped_once_and_openssl_believes_it(
    stamping: Flask, authority: Authority, tmp_path: Path
) -> None:
    for _ in range(3):
        work(stamping)
    assert (authority.asked, count(stamping, "checkpoint_stamp")) == (1, 1)
    run, into = stamping.test_cli_runner().invoke, tmp_path / "stamps"
    verified = run(args=["audit", "verify"])
    assert verified.exit_code == 0, verified.output
    assert "time stamp of somebody outside: 1" in verified.output
    assert run(args=["audit", "stamps", str(into)]).exit_code == 0
    (stamp,), (point,) = into.glob("*.tsr"), into.glob("*.json")
    given = ("-in", str(stamp), "-data", str(point), "-CAfile", "clock.pem")
    assert "Verification: OK" in authority.run("ts", "-verify", *given)
    point.write_bytes(point.read_bytes().replace(b'"seq":', b'"seq":1'))
    with pytest.raises(subprocess.CalledProcessError):
        authority.run("ts", "-verify", *given)


def test_t21_a_checkpoint_that_was_made_anew_does_not_fit_its_stamp(stamping: Flask) -> None:
    work(stamping)
    work(stamping)
    with stamping.app_context(), writing() as session:
        for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type='trigger'")):
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE audit_checkpoint SET at = '2020-01-01 00:00:00'"))
    for path in (stamping.extensions["settings"].instance / "checkpoints").iterdir():
        path.unlink()
    run = stamping.test_cli_runner().invoke
    assert run(args=["audit", "verify"]).exit_code == 1
    refused = run(args=["audit", "stamps", str(stamping.instance_path)])
    assert (refused.exit_code, "is about something else" in refused.output) == (1, True)


@pytest.mark.parametrize("says", [b"no", b"\x30\x05\x30\x03\x02\x01\x02"])
def test_an_authority_that_gives_none_is_asked_again_and_the_rest_of_the_round_goes_on(
    stamping: Flask, authority: Authority, says: bytes
) -> None:
    authority.says = says
    work(stamping)
    work(stamping)
    assert count(stamping, "checkpoint_stamp") == 0
    assert rows(stamping, "SELECT name, fault LIKE 'NoStamp%' FROM failing_chore") == [
        ("time stamps", 1)
    ]
    authority.says = b""
    with stamping.app_context(), writing() as session:
        session.execute(text("UPDATE failing_chore SET not_before = '2020-01-01 00:00:00'"))
    work(stamping)
    assert count(stamping, "checkpoint_stamp") == 1
    assert count(stamping, "failing_chore") == 0


def test_an_authority_that_answers_in_drops_does_not_hold_the_worker_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timestamps, "PATIENCE", 0.3)
    with ThreadingHTTPServer(("127.0.0.1", 0), Drops) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(timestamps.NoStamp, match="too slowly"):
            timestamps.ask(f"http://127.0.0.1:{server.server_port}/tsr", b"point")
        assert sum(Drops.sent) < 10
        server.shutdown()
