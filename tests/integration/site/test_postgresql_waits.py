"""t13 on PostgreSQL: a lock, a primary that goes away at any moment, a pooler in between."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from induction import postgresql
from induction.config import Settings
from induction.database import table, wipe
from induction.extensions import db
from induction.people.models import Account
from tests.conftest import AppMaker
from tests.support.abilities import cannot_run
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.places import taught
from tests.support.pooler import NoPoolerError, pooled
from tests.support.record import count

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
    monkeypatch.setattr(postgresql, "LOCK_WAIT", "200ms")
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    with psycopg.connect(plain(postgres_url)) as other:
        other.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        answer = visitor.get("/account")
        assert (answer.status_code, KIND in answer.text) == (503, True)
        other.rollback()
    assert visitor.get("/account").status_code == 200


def waits() -> tuple[str, ...]:
    names = ("lock_timeout", "statement_timeout")
    rows = (db.session.connection().exec_driver_sql(f"SHOW {name}") for name in names)
    return tuple(row.scalar_one() for row in rows)


def compiles() -> bool:
    """Whether PostgreSQL may take longer to compile a statement than to answer it."""
    return bool(db.session.connection().exec_driver_sql("SHOW jit").scalar_one() == "on")


def pages_wait_and_commands_do_not(app: Flask) -> None:
    """In turns, as where commands and pages come to the same connection."""
    for _ in range(2):
        with app.app_context():
            assert waits() == ("0", "0")
            assert not compiles()
        with app.test_request_context():
            assert waits() == ("5s", "10s")
            order = db.session.connection().exec_driver_sql("SHOW join_collapse_limit")
            assert order.scalar_one() == "12", "or a page of a cohort joins everybody first"
            assert not compiles()
            db.session.rollback()
            assert waits() == ("5s", "10s"), "in the next transaction too"
    with app.app_context():
        assert waits() == ("0", "0")


def test_pages_wait_at_most_ten_seconds_and_commands_as_long_as_it_takes(
    on_postgres: Flask,
) -> None:
    pages_wait_and_commands_do_not(on_postgres)
    with on_postgres.test_request_context():
        wipe(db.session(), table(Account))  # which waits for a lock of its own accord
        assert waits() == ("5s", "10s")


def test_a_connection_is_told_once_how_long_pages_wait(
    on_postgres: Flask, postgres_url: str
) -> None:
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    visitor.get("/account")
    with psycopg.connect(plain(postgres_url), autocommit=True) as other:
        asked = "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        asked += " AND pid <> pg_backend_pid() AND query <> ''"
        seen: list[str] = []
        with on_postgres.app_context():
            engine = db.engine

        def look(*_: Any) -> None:
            seen.extend(query for (query,) in other.execute(asked))

        event.listen(engine, "before_cursor_execute", look)
        try:
            visitor.get("/account")
        finally:
            event.remove(engine, "before_cursor_execute", look)
    assert seen, "somebody was connected"
    assert not [query for query in seen if "set_config" in query]


def test_t13_a_statement_that_takes_too_long_is_ended(
    on_postgres: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_WAIT", "200ms")
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    with on_postgres.app_context():
        engine = db.engine

    def slow(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        asks = statement.lstrip().startswith("SELECT")
        return ("SELECT pg_sleep(60)", {}) if asks else (statement, parameters)

    event.listen(engine, "before_cursor_execute", slow, retval=True)
    try:
        answer = visitor.get("/account")
    finally:
        event.remove(engine, "before_cursor_execute", slow)
    assert (answer.status_code, KIND in answer.text) == (503, True)
    assert visitor.get("/account").status_code == 200


def test_t13_a_server_that_takes_no_connection_is_waited_for_a_while_and_no_longer(
    on_postgres: Flask,
) -> None:
    cast = Cast(on_postgres)
    visitor = cast.signed_in(cast.learner())
    with on_postgres.app_context():
        engine = db.engine
    waits: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def elsewhere(_dialect: Any, _record: Any, _args: Any, given: dict[str, Any]) -> None:
            waits.append(given["connect_timeout"])
            given |= {"port": silent.getsockname()[1], "connect_timeout": 2}

        event.listen(engine, "do_connect", elsewhere)
        engine.dispose()
        try:
            answer = visitor.get("/account")
        finally:
            event.remove(engine, "do_connect", elsewhere)
    assert (answer.status_code, KIND in answer.text) == (503, True)
    assert waits == [5]
    assert visitor.get("/account").status_code == 200


@contextmanager
def cut_at(app: Flask, moment: int) -> Iterator[list[int]]:
    """The server ends our connection before this beginning, statement or commit, from the first."""
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

    names = ("begin", "before_cursor_execute", "commit")
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
def pooled_url(postgres_url: str) -> Iterator[str]:
    """The same database behind pgbouncer, which has two connections for everybody."""
    try:
        with pooled(postgres_url) as (_, url):
            yield url
    except NoPoolerError as error:
        cannot_run(str(error))


def test_t26_behind_a_pooler_that_mixes_transactions_every_page_is_served(
    make_app: AppMaker, instance: Path, pooled_url: str
) -> None:
    app = make_app(on(pooled_url, instance))
    pages_wait_and_commands_do_not(app)
    cast = Cast(app)
    visitors = [cast.signed_in(cast.learner()) for _ in range(4)]

    def look(visitor: Any) -> list[int]:
        return [visitor.get("/account").status_code for _ in range(12)]

    with ThreadPoolExecutor(4) as at_once:
        statuses = [status for some in at_once.map(look, visitors) for status in some]
    assert statuses == [200] * 48
    learner: Learner = cast.taking(cast.learner())
    assert learner.finish()
