"""``make run`` on a machine where all is installed: the first start, and every later one."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from induction.people.models import Role
from tests.bench.visitor import Visitor
from tests.support.server import PROJECT, Server

ROLES = {role.value for role in Role}
LINE = re.compile(r"^\s+([a-z-]+)\s+(\S+@\S+)\s+(\S+)$", re.MULTILINE)
FIRST_START = 400.0  # seconds; forty learners answer, and a busy machine is slow


class MakeRun(Server):
    """The server as ``make run`` starts it."""

    def __init__(self, instance: Path, log: Path) -> None:
        super().__init__({"INDUCTION_INSTANCE": str(instance)}, log)

    def _start(self) -> subprocess.Popen[bytes]:
        self._command = ["make", "--no-print-directory", "run", f"PORT={self.port}"]
        return super()._start()

    def interrupt(self) -> None:
        """Ctrl-C: every process of the group is told."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(90)


@contextmanager
def running(instance: Path, log: Path) -> Iterator[MakeRun]:
    """``make run`` until the end of the block, whatever happens in it."""
    run = MakeRun(instance, log)
    try:
        yield run.wait_until_ready(within=FIRST_START)
    finally:
        run.kill()


def test_the_first_start_makes_a_demo_institute_and_the_second_keeps_it(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "first-start.sqlite").write_bytes(b"an earlier first start was cut short here")
    signed_in: list[set[tuple[str, ...]]] = []
    for number in (1, 2):
        with running(instance, tmp_path / f"run-{number}.log") as run:
            output = run.log.read_text()
            shown = set(LINE.findall(output))
            assert f"http://127.0.0.1:{run.port}" in output
            assert ("demo institute" in output) == (number == 1), "made once, then kept"
            assert {role for role, _, _ in shown} == ROLES, output
            for role, email, password in shown:
                visitor = Visitor(run)
                visitor.sign_in(email, password)
                if role == "tutor":
                    board = visitor.get("/tutor").body.decode()
                    assert "Who needs you" in board, "somebody is stuck, as on any Monday"
            signed_in.append(shown)
            if number == 1:
                run.interrupt()
            else:
                run.stop()  # make alone is told, as a supervisor does
                with socket.socket() as trial, pytest.raises(ConnectionRefusedError):
                    trial.connect(("127.0.0.1", run.port))  # and whatever it started has ended
    assert signed_in[0] == signed_in[1]
    assert sorted(path.name for path in instance.glob("*first-start*")) == []


def test_a_taken_port_is_named_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = subprocess.run(
            ["make", "run", f"PORT={port}"],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert ended.returncode != 0
    assert f"PORT: cannot serve on port {port}" in ended.stderr
