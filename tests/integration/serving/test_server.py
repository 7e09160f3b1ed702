"""The production server: starts whole, ends whole, and says what is wrong with a setting."""

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.mail import outbox
from induction.mail.letters import Letter
from tests.conftest import AppMaker, ServerMaker
from tests.support.mail import MailServer
from tests.support.server import PROJECT, Server


def processes_of(server: Server) -> list[str]:
    """The commands of the server's living processes: master, web workers, mail worker."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in table.splitlines())
    return [row[2] for row in rows if int(row[0]) == server.process.pid and row[1][0] != "Z"]


def wait_for(what: Callable[[], object], seconds: float = 40) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def queue_mail(app: Flask) -> None:
    with app.app_context(), writing() as session:
        outbox.queue(session, "learner@college.example", Letter("Hello", "Words"), now=utc_now())


def test_the_embedded_worker_sends_mail_and_ends_with_the_server(
    app: Flask, serve: ServerMaker, smtp_server: MailServer
) -> None:
    queue_mail(app)
    server = serve(INDUCTION_WORKER="embedded", INDUCTION_MAIL_URL=smtp_server.url)
    wait_for(lambda: smtp_server.messages)
    assert any("flask" in command and "worker" in command for command in processes_of(server))
    server.stop()
    wait_for(lambda: not processes_of(server))


def test_no_process_outlives_a_killed_master(serve: ServerMaker) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process that its parent has gone")
    server = serve(INDUCTION_WORKER="embedded")
    wait_for(lambda: len(processes_of(server)) == 4)  # the master, two web workers, the worker
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    wait_for(lambda: not processes_of(server))


def test_a_web_worker_inherits_no_database_connection(app: Flask) -> None:
    hooks = runpy.run_path(str(PROJECT / "gunicorn.conf.py"))
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        db.session.remove()
        before = db.engine.pool
        hooks["post_fork"](SimpleNamespace(app=SimpleNamespace(wsgi=lambda: app)), None)
        assert db.engine.pool is not before
        before.dispose()  # the master's, which is this process


_HASHING = """
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from induction.people.passwords import hash_password

runpy.run_path("gunicorn.conf.py")["give_back_what_hashing_took"]()
with ThreadPoolExecutor(4) as threads:
    list(threads.map(hash_password, 12 * ["orchard lantern copper"]))
    print(Path("/proc/self/status").read_text())
"""


def test_what_hashing_passwords_took_is_given_back() -> None:
    if sys.platform != "linux":
        pytest.skip("only the GNU C library keeps it, and only Linux tells how much there is")
    ended = subprocess.run(
        [sys.executable, "-c", _HASHING],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    status = dict(line.split(":", 1) for line in ended.stdout.splitlines() if ":" in line)
    peak, left = (int(status[name].split()[0]) / 1024 for name in ("VmHWM", "VmRSS"))
    assert peak - left > 19, "four hashed at once, in 19 MiB each, and nothing of that stays"


_HEAVY = """
import app, runpy, sys
heavy = {"openpyxl", "pyhanko", "pypdf", "weasyprint", "xlsxwriter"}
print(sorted(heavy & set(sys.modules)))
runpy.run_path("gunicorn.conf.py")["when_ready"](None)
print(sorted(heavy & set(sys.modules)))
"""


def test_what_draws_certificates_is_loaded_by_the_server_for_its_workers_and_by_no_command(
    tmp_path: Path,
) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "INDUCTION_INSTANCE": str(tmp_path / "instance"),
        "INDUCTION_WORKER": "external",
    }
    ended = subprocess.run(
        [sys.executable, "-c", _HEAVY],
        cwd=PROJECT, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout.splitlines() == ["[]", "['pyhanko', 'weasyprint']"]


def test_with_an_external_worker_it_serves_alone_and_comes_back_with_its_data_after_a_power_cut(
    app: Flask, server: Server
) -> None:
    assert not [command for command in processes_of(server) if "flask" in command]
    queue_mail(app)
    server.kill()
    server.restart()
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM outbox_mail")) == 1


@pytest.mark.postgres
def test_the_application_is_ready_on_postgresql(
    make_app: AppMaker, instance: object, postgres_url: str
) -> None:
    environ = {"INDUCTION_INSTANCE": str(instance), "DATABASE_URL": postgres_url}
    app = make_app(Settings.from_environment(environ))
    assert app.test_client().get("/readyz").status_code == 200


def test_a_bad_setting_stops_the_start_with_one_line_that_names_it(tmp_path: Path) -> None:
    """Each setting that can be bad stands in ``tests/unit/test_settings.py``."""
    environ = {
        "PATH": os.environ["PATH"],
        "INDUCTION_INSTANCE": str(tmp_path / "instance"),
        "SECRET_KEY": "short",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--check-config", "app:app"],
        cwd=PROJECT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert ended.stderr.strip() == "SECRET_KEY: too short; use at least 16 random characters"


def test_what_gunicorn_cannot_count_is_named_by_the_step_before_it(tmp_path: Path) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "instance"), "WEB_CONCURRENCY": "x"}
    ended = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=PROJECT, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr == "WEB_CONCURRENCY: must be a whole number, 1 or more\n"
