"""The real server in a process of its own, for tests and measurements over HTTP."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.support.sockets import free_port

PROJECT = Path(__file__).resolve().parents[2]
STARTS_WITHIN, ENDS_WITHIN = 90.0, 45.0  # seconds; a busy machine is slow


class Server:
    """gunicorn with the project's own configuration, on a free port of 127.0.0.1."""

    def __init__(
        self,
        environ: Mapping[str, str],
        log: Path,
        *,
        options: tuple[str, ...] = (),
        app: str = "app:app",
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PORT": str(self.port),
            "INDUCTION_BASE_URL": self.url,
            "INDUCTION_WORKER": "external",  # a test that needs the worker asks for it
            **environ,
        }
        bind = f"--bind=127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "gunicorn", bind, *options, app]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self, path: str = "/healthz", within: float = STARTS_WITHIN) -> Self:
        """Return when the server answers; raise with its log where it ended or stays silent."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5):
                    return self
            except urllib.error.HTTPError as error:
                error.close()
                return self
            except OSError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.log.read_text(errors='replace')}")

    def processor_time(self) -> float:
        """Seconds that the web workers have computed so far, on Linux; 0 elsewhere."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        workers = children.read_text().split() if children.exists() else []
        # Nanoseconds on a processor, nanoseconds of waiting for one, number of turns.
        files = (Path(f"/proc/{worker}/schedstat") for worker in workers)
        return sum(int(file.read_text().split()[0]) for file in files) / 1e9

    def workers(self) -> list[int]:
        """The process ids of what the server has started: web workers and, if so, the worker."""
        table = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
        ).stdout
        lines = [line.split() for line in table.splitlines()]
        ours = str(self.process.pid)
        return [int(pid) for pid, parent, stat in lines if parent == ours and stat[0] != "Z"]

    def kill(self) -> None:
        """End the server and all its workers at once, as a power cut would (SIGKILL)."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> Self:
        """Start again on the same port with the same data, after ``kill`` or ``stop``."""
        self.process = self._start()
        return self.wait_until_ready()

    def begin_anew(self) -> Self:
        """Let others take the place of its web workers, who know what they knew at the start.

        The instance may have been made anew meanwhile: nothing of the earlier one stays open.
        """
        if self.process.poll() is not None:
            return self.restart()
        before = set(self.workers())
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        while before & set(self.workers()):
            time.sleep(0.01)
        return self.wait_until_ready()

    def stop(self) -> None:
        """Ask the server to end; kill it where it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
