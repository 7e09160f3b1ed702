"""t13 on PostgreSQL: a lock, a primary that goes away at any moment, a pooler in between."""

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from induction import database
from induction.config import Settings
from induction.database import engine_options
from induction.extensions import db
from tests.conftest import AppMaker
from tests.support.abilities import cannot_run
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.places import taught
from tests.support.postgres import _unprivileged_user
from tests.support.record import count
from tests.support.sockets import free_port

pytestmark = pytest.mark.postgres
KIND = "Nothing that you saved is lost"


def on(url: str, instance: Path) -> Settings:
    return replace(taught(instance), database_url=url)


@pytest.fixture
def on_postgres(make_app: AppMaker, instance: Path, postgres_url: str) -> Flask:
    """An installation on PostgreSQL that teaches the small policy."""
    return make_app(on(postgres_url, instance))


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_t13_a_lock_that_somebody_holds_is_waited_for_a_while_and_no_longer(
    on_postgres: Flask, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCK_WAIT", "200ms")
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    with psycopg.connect(plain(postgres_url)) as other:
        other.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        answer = visitor.get("/account")
        assert (answer.status_code, KIND in answer.text) == (503, True)
        other.rollback()
    assert visitor.get("/account").status_code == 200


def test_pages_wait_at_most_ten_seconds_and_commands_as_long_as_it_takes(
    on_postgres: Flask,
) -> None:
    def waits() -> tuple[str, ...]:
        names = ("lock_timeout", "statement_timeout")
        rows = (db.session.connection().exec_driver_sql(f"SHOW {name}") for name in names)
        return tuple(row.scalar_one() for row in rows)

    with on_postgres.test_request_context():
        assert waits() == ("5s", "10s")
    with on_postgres.app_context():
        assert waits() == ("0", "0")
    assert engine_options("postgresql+psycopg://x/y")["connect_args"]["connect_timeout"] == 5


@contextmanager
def cut_at(app: Flask, moment: int) -> Iterator[list[int]]:
    """The server ends our connection before this statement or commit, counted from the first."""
    with app.app_context():
        engine, url = db.engine, db.engine.url
    where = url.set(drivername="postgresql").render_as_string(hide_password=False)
    seen: list[int] = []

    def cut(connection: Any, *_: Any) -> None:
        seen.append(len(seen))
        if len(seen) == moment + 1:
            pid = connection.connection.dbapi_connection.info.backend_pid
            with psycopg.connect(where, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    names = ("before_cursor_execute", "commit")
    for name in names:
        event.listen(engine, name, cut)
    try:
        yield seen
    finally:
        for name in names:
            event.remove(engine, name, cut)


def test_t13_a_primary_that_goes_at_any_moment_is_a_short_break_and_nothing_by_halves(
    on_postgres: Flask,
) -> None:
    cast = Cast(on_postgres)
    learner = cast.taking(cast.learner())
    learner.to_question()
    form, chosen, path = learner.form, learner.choice(), learner.path
    answer = learner.visitor.get(path)
    for asked in ("the page", "the answer"):
        moment, statuses = 0, []
        while True:
            with cut_at(on_postgres, moment) as seen:
                answer = (
                    learner.visitor.get(path)
                    if asked == "the page"
                    else learner.visitor.send(form, {"option": chosen}, at=path)
                )
            if len(seen) <= moment:
                break
            statuses.append(answer.status_code)
            assert KIND in answer.text, f"{asked}, {moment}: {answer.status_code}"
            moment += 1
        assert set(statuses) == {503}, asked
        assert moment > 3, "there was something to cut"
    assert answer.status_code == 303
    assert count(on_postgres, "answer") == 1


def test_t13_a_connection_that_breaks_while_it_is_made_is_a_short_break(
    on_postgres: Flask, postgres_url: str
) -> None:
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    with on_postgres.app_context():
        engine = db.engine

    def cut(connection: Any, _record: object) -> None:
        with psycopg.connect(plain(postgres_url), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))

    event.listen(engine, "connect", cut, insert=True)
    engine.dispose()
    try:
        answer = visitor.get("/account")
    finally:
        event.remove(engine, "connect", cut)
    assert (answer.status_code, KIND in answer.text) == (503, True)
    assert visitor.get("/account").status_code == 200


@pytest.fixture
def pooled_url(postgres_url: str, tmp_path: Path) -> Iterator[str]:
    """The same database behind pgbouncer, which has two connections for everybody."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/bin:/opt/homebrew/bin")
    if program is None:
        cannot_run("no pgbouncer: `make test` installs it")
    port, user = free_port(), _unprivileged_user()
    where, name = postgres_url.split("://", 1)[1].rsplit("/", 1)
    who, _, address = where.rpartition("@")
    host, _, its_port = address.partition(":")
    behind = f"host={host} port={its_port or 5432} user={who.partition(':')[0] or 'postgres'}"
    words = f"""
[databases]
* = {behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
"""
    with ExitStack() as at_end:
        folder = Path(at_end.enter_context(TemporaryDirectory(prefix="induction-pooler-")))
        (folder / "pooler.ini").write_text(words)
        if user:  # it refuses to run as root
            shutil.chown(folder, user)
        process = subprocess.Popen(
            [program, folder / "pooler.ini"], user=user, stderr=subprocess.PIPE, text=True
        )
        at_end.callback(process.wait)
        at_end.callback(process.terminate)
        assert process.stderr
        at_end.enter_context(process.stderr)
        said = list(takewhile(lambda line: "process up" not in line, process.stderr))
        assert process.poll() is None, said
        yield f"postgresql+psycopg://{who}@127.0.0.1:{port}/{name}"


def test_t26_behind_a_pooler_that_mixes_transactions_every_page_is_served(
    make_app: AppMaker, instance: Path, pooled_url: str
) -> None:
    app = make_app(on(pooled_url, instance))
    cast = Cast(app)
    visitors = [cast.signed_in(cast.learner()) for _ in range(4)]

    def look(visitor: Any) -> list[int]:
        return [visitor.get("/account").status_code for _ in range(12)]

    with ThreadPoolExecutor(4) as at_once:
        statuses = [status for some in at_once.map(look, visitors) for status in some]
    assert statuses == [200] * 48
    learner: Learner = cast.taking(cast.learner())
    assert learner.finish()
