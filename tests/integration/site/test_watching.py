"""What a program that watches can read: figures behind a token, and what was slow, in the log."""

import importlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import sentry_sdk
from flask import Flask

from induction import failures
from induction.config import Settings
from induction.environment import BadSetting
from induction.people.access import SIGNED_IN, allow
from induction.site import logs
from tests.conftest import AppMaker
from tests.support.abilities import cannot_run
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.post import work

TOKEN = "a-token-of-the-college"


@pytest.fixture
def watched(app: Flask) -> Flask:
    app.extensions["settings"] = replace(app.extensions["settings"], metrics_token=TOKEN)
    return app


def figures(visitor: Visitor) -> str:
    answer = visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return answer.text


def test_figures_are_there_for_whoever_has_the_token(
    watched: Flask, cast: Cast, visitor: Visitor
) -> None:
    before = figures(visitor)
    assert "\ninduction_worker_beat_seconds 0\n" in before
    learner = cast.learner("Łucja Wiśniewska")
    work(watched)
    after = figures(visitor)
    beat = re.search(r"^induction_worker_beat_seconds ([\d.]+)$", after, re.MULTILINE)
    assert beat is not None
    assert float(beat[1]) > 1_700_000_000
    acts = re.findall(r"^induction_acts_total (\d+)$", before + after, re.MULTILINE)
    assert int(acts[1]) > int(acts[0])
    assert learner.full_name not in after


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer \xe9"])
def test_nobody_else_reads_them(watched: Flask, visitor: Visitor, sent: str) -> None:
    answer = visitor.get("/metrics", headers={"Authorization": sent})
    assert (answer.status_code, "induction_acts" in answer.text) == (401, False)


def test_without_a_token_there_is_no_such_page(visitor: Visitor, tmp_path: Path) -> None:
    assert visitor.get("/metrics").status_code == 404
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "x"), "INDUCTION_METRICS_TOKEN": "short"}
    with pytest.raises(BadSetting, match="INDUCTION_METRICS_TOKEN"):
        Settings.from_environment(environ)


def test_prometheus_finds_nothing_wrong_with_them(watched: Flask, visitor: Visitor) -> None:
    tool = shutil.which("promtool")
    if tool is None:
        cannot_run("no promtool: `make test` installs it with prometheus")
    said = subprocess.run(
        [tool, "check", "metrics"], input=figures(visitor), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_what_the_database_is_slow_at_is_in_the_log_with_its_request_and_no_values(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    visitor = cast.signed_in(cast.learner("Łucja Wiśniewska", email="lucja@x.example"))
    lines: list[str] = []
    monkeypatch.setattr(logs, "SLOW", 0.0)
    monkeypatch.setattr(failures.log, "warning", lines.append)
    monkeypatch.setattr(failures.log, "info", lines.append)
    visitor.get("/account")
    told = [json.loads(line) for line in lines]
    [page] = [line for line in told if line.get("page") == "own_account.account"]
    slow = [line for line in told if "slow" in line]
    assert slow
    assert {line["request"] for line in slow} == {page["request"]}
    assert "lucja" not in " ".join(lines).lower()


class _Sink(BaseHTTPRequestHandler):
    """Takes what is sent to Sentry."""

    taken: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers.get("Content-Encoding")  # brotli where that is installed
        unpack = importlib.import_module("brotli" if kind == "br" else "gzip").decompress
        self.taken.append((unpack(body) if kind else body).decode())
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is said of it."""


@pytest.fixture
def sentry() -> Iterator[str]:
    """The address of a Sentry on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever).start()
    _Sink.taken.clear()
    try:
        yield f"http://key@127.0.0.1:{server.server_port}/1"
    finally:
        failures.tell_sentry("")
        server.shutdown()
        server.server_close()


def test_sentry_is_told_of_a_fault_and_of_nobody(
    settings: Settings, make_app: AppMaker, sentry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(replace(settings, sentry_dsn=sentry))
    cast = Cast(app)
    visitor = cast.signed_in(cast.learner("Łucja Wiśniewska", email="lucja@x.example"))

    @allow(SIGNED_IN)
    def fails() -> str:
        name = "Łucja Wiśniewska"
        raise ValueError(f"{name}, lucja@x.example")

    monkeypatch.setitem(app.view_functions, "own_account.account", fails)
    assert visitor.get("/account?who=lucja").status_code == 500
    sentry_sdk.flush()
    (told,) = _Sink.taken
    event = json.loads(told.splitlines()[-1])
    (fault,) = event["exception"]["values"]
    assert fault["type"] == "ValueError"
    assert fault["stacktrace"]["frames"][-1]["function"] == "fails"
    assert event["tags"]["request"], "it finds the line in the log"
    for word in ("ucja", "Wi\\u015bniewska", "Wiśniewska", "x.example", str(settings.instance)):
        assert word not in told
