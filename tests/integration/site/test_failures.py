"""t13: the database is locked, full or gone. A page says that nothing is lost; then all is well."""

import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event

from induction.certificates.pdf import render
from induction.config import Settings
from induction.extensions import db
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.learner import Learner
from tests.support.page import Page
from tests.support.record import count

LOST = "Nothing that you saved is lost"


def database(app: Flask) -> Path:
    return Path(app.extensions["settings"].instance) / "induction.sqlite"


def on_each_connection(app: Flask, pragma: str) -> Callable[[], None]:
    """Give every connection a setting from now on; returns what takes it back."""

    def set_it(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "connect", set_it)
    engine.dispose()

    def take_back() -> None:
        event.remove(engine, "connect", set_it)
        engine.dispose()

    return take_back


@pytest.fixture
def impatient(tiny: Cast) -> Iterator[None]:
    """Waiting for a lock takes ten seconds; the test does not."""
    take_back = on_each_connection(tiny.app, "busy_timeout=50")
    yield
    take_back()


@pytest.mark.usefixtures("impatient")
def test_t13_a_locked_database_says_so_and_recovers(tiny: Cast, newcomer: Learner) -> None:
    newcomer.to_question()
    form, chosen = newcomer.form, newcomer.choice()
    with closing(sqlite3.connect(database(tiny.app), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = newcomer.visitor.send(form, {"option": chosen}, at=newcomer.path)
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 503
        assert LOST in page.text
        assert "reload the page" in page.text
        assert newcomer.visitor.get("/induction").status_code == 200, "reading goes on"
    assert newcomer.visitor.send(form, {"option": chosen}, at=newcomer.path).status_code == 303
    assert count(tiny.app, "answer") == 1


def test_t13_a_full_disk_says_so_and_recovers(tiny: Cast, newcomer: Learner) -> None:
    newcomer.to_question()
    form, chosen = newcomer.form, newcomer.choice()
    with closing(sqlite3.connect(database(tiny.app))) as other:
        other.execute("VACUUM")  # leave no page free
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    take_back = on_each_connection(tiny.app, f"max_page_count={pages}")
    try:
        answer = newcomer.visitor.send(form, {"option": chosen}, at=newcomer.path)
    finally:
        take_back()
    assert answer.status_code == 503
    assert LOST in answer.get_data(as_text=True)
    assert count(tiny.app, "answer") == count(tiny.app, "attempt") == 0, "nothing by halves"
    assert newcomer.visitor.send(form, {"option": chosen}, at=newcomer.path).status_code == 303


@contextmanager
def no_file_can_grow() -> Iterator[None]:
    """As on a full disk, for this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_t13_a_certificate_that_there_is_no_room_to_draw_says_so_and_is_drawn_later(
    tiny: Cast,
) -> None:
    learner = tiny.learner()
    number, visitor = tiny.graduate(learner), tiny.signed_in(learner)
    render._press.cache_clear()  # fonts become files when the first certificate is drawn
    with no_file_can_grow():
        answer = visitor.get(f"/certificates/{number}.pdf")
    assert (answer.status_code, LOST in answer.get_data(as_text=True)) == (503, True)
    assert visitor.get(f"/certificates/{number}.pdf").data.startswith(b"%PDF")


def test_t13_a_database_that_is_gone_says_so_on_every_page_and_recovers(
    tiny: Cast, newcomer: Learner
) -> None:
    newcomer.to_question()
    path = database(tiny.app)
    with tiny.app.app_context():
        db.engine.dispose()
    for file in path.parent.glob("induction.sqlite*"):
        shutil.move(file, path.parent.parent / file.name)
    path.mkdir()  # nothing can be opened here
    assert newcomer.visitor.get("/no-such-page").status_code == 404
    for address in (newcomer.path, "/induction", "/account", "/"):
        answer = newcomer.visitor.get(address)
        assert (answer.status_code, LOST in answer.get_data(as_text=True)) == (503, True), address
    probe = newcomer.visitor.get("/readyz")
    assert probe.status_code == 503
    assert newcomer.visitor.get("/healthz").status_code == 200
    path.rmdir()
    for file in path.parent.parent.glob("induction.sqlite*"):
        shutil.move(file, path.parent / file.name)
    newcomer.press()
    assert count(tiny.app, "answer") == 1


@pytest.mark.postgres
def test_t13_a_postgresql_that_restarts_costs_one_page_at_most(
    postgres_url: str, make_app: AppMaker, instance: Path
) -> None:
    environ = {"INDUCTION_INSTANCE": str(instance), "DATABASE_URL": postgres_url}
    app = make_app(Settings.from_environment(environ))
    cast = Cast(app)
    visitor = cast.signed_in(cast.account())
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    where, name = postgres_url.split("://", 1)[1].rsplit("/", 1)
    with psycopg.connect(f"postgresql://{where}/postgres", autocommit=True) as server:
        server.execute(end_all, (name,))
    statuses = [visitor.get("/account").status_code for _ in range(4)]
    assert statuses[1:] == [200] * 3
    assert statuses[0] in {200, 503}


UNKNOWN = ["/no-such-page", "/induction/declaration/quiz", "/verify/x/y", "/induction/%0a"]


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_addresses_say_what_to_do(newcomer: Learner, path: str) -> None:
    page = newcomer.visitor.read(path, status=404)
    assert "There is nothing here" in page.heading
    assert "Check the address" in page.text


def test_a_form_address_opened_as_a_page_says_so(visitor: Visitor) -> None:
    answer = visitor.get("/sign-out")
    assert answer.status_code == 405
    assert answer.headers["Allow"]
    assert "only used by a form" in answer.get_data(as_text=True)


def test_t18_what_is_too_big_is_refused(visitor: Visitor) -> None:
    form = visitor.read("/sign-in").form("password")
    data = form.filled(email="x" * 7_000_000, password="y")
    answer = visitor.post("/sign-in", data=data)
    assert answer.status_code == 413
    page = Page(answer.get_data(as_text=True))
    assert "too big" in page.heading
    assert "6 MB" in page.text
    assert page.links["Open an empty form"] == "/sign-in"


def test_t18_too_large_a_report_says_how_to_get_the_words_back(cast: Cast) -> None:
    visitor = cast.signed_in(cast.learner())
    body = b'--x\r\nContent-Disposition: form-data; name="what"\r\n\r\n' + b"x" * 7_000_000
    kind = "multipart/form-data; boundary=x"
    answer = visitor.post("/report", data=body + b"\r\n--x--\r\n", content_type=kind)
    assert answer.status_code == 413
    page = Page(answer.get_data(as_text=True))
    assert "Press Back" in page.text
    assert page.links["Open an empty form"] == "/report"
    assert count(cast.app, "breach_report") == 0
    answer = visitor.post("/account/password", data=body, content_type=kind)
    assert answer.status_code == 413
    assert "Open an empty form" not in answer.get_data(as_text=True), "no page has this address"


@pytest.mark.parametrize("path", ["/induction/\x00", "/sign-in?next=%00", "/?a%00b=1"])
def test_t29_text_that_no_person_types_is_refused(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code in {303, 400}


def test_t29_no_text_with_a_nul_reaches_a_table(visitor: Visitor) -> None:
    form = visitor.read("/sign-in").form("password")
    answer = visitor.send(form, {"email": "a\x00b@college.example", "password": "x"}, at="/sign-in")
    assert answer.status_code == 400
    assert "Nothing was changed or lost" in answer.get_data(as_text=True)


def test_t29_a_number_too_large_for_any_table_is_an_unknown_address(newcomer: Learner) -> None:
    path = f"/induction/arriving/feedback/{'9' * 20}/late-for-class"
    newcomer.visitor.read(path, status=404)
