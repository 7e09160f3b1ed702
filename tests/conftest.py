"""What every test may ask for. Each test has an instance folder and a database of its own."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from time import sleep
from typing import Protocol

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_migrate import upgrade
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from induction import create_app
from induction.config import Settings
from induction.database import utc_now, writing
from induction.extensions import db
from induction.institute import Institute
from induction.reminders.models import ReminderSettings
from induction.reminders.schedule import NEVER, Rhythm
from induction.uk_time import uk_day, uk_day_after
from tests.support import chance, keys, passwords, postgres, sockets
from tests.support.abilities import cannot_run
from tests.support.browser import Visits, chromium_at
from tests.support.chromium import find_chromium
from tests.support.client import Visitor
from tests.support.compiled import Compiled
from tests.support.mail import MailServer
from tests.support.places import taught
from tests.support.queries import Statements, Watch, statements
from tests.support.server import Server
from tests.support.thorough import FACTOR

pytest_plugins = ["tests.support.cast", "tests.support.clock"]
OURS = ("INDUCTION_", "DATABASE_URL", "SECRET_KEY", "PORT", "WEB_CONCURRENCY", "FLASK_")
FAILED = pytest.StashKey[bool]()
A_TEST_TAKES = 30  # seconds, at most, if it asks which day it is
CHECKED = "checked"  # the property of a test that says what it looked at
MEMORY, ENOUGH = Path("/dev/shm"), 2 * 2**30  # bytes; a folder that is no disk, where there is one


def pytest_configure() -> None:
    """From the first import on, nothing outside this machine can be reached; no test is timed.

    What is made up or drawn is the same each time, unless THOROUGH asks for more.
    """
    sockets.stay_on_this_machine()
    chance.take_over()
    keys.make_once()
    passwords.look_once()
    hypothesis.settings.register_profile(
        "untimed", deadline=None, derandomize=FACTOR == 1, database=None
    )
    hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    """Hypothesis draws once: the first time, it looks through every object there is."""
    hypothesis.given(hypothesis.strategies.none())(lambda _: None)()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What several tests share is made alike, whichever of them is the first."""
    if fixturedef.scope == "function":
        return (yield)
    with keys.of_several(), chance.of(f"{fixturedef.argname} {getattr(request, 'param', '')}"):
        return (yield)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors: some test is always waiting, for a server or a worker."""
    return (os.cpu_count() or 1) + 1


# What takes longest begins first, so that at the end no processor waits for another.
LONGEST = (
    "tests/browser/test_accessible.py",
    "tests/integration/site/test_every_field.py",
    "tests/integration/serving/test_at_once.py",
    "tests/integration/serving/test_make_run.py",
    "tests/integration/policy_versions/test_policy_versions.py",
    "tests/integration/serving/test_torture.py",
    "tests/integration/serving/test_several_machines.py",
    "tests/integration/cards/test_cards.py",
    "tests/integration/test_migrations.py",
    "tests/integration/directory/test_outside_client.py",
    "tests/integration/serving/test_server.py",
    "tests/integration/serving/test_power_cuts.py",
    "tests/integration/enrolment/test_killed_under_way.py",
    "tests/integration/test_nightly_backups.py",
    "tests/integration/test_backup.py",
    "tests/integration/serving/test_deploy.py",
    "tests/integration/test_personal_data.py",
    "tests/integration/site/test_everything.py",
    "tests/integration/demo/test_copies.py",
    "tests/integration/progress/test_kept_figures.py",
    "tests/unit/journey/test_draws.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files in this order; xdist gives them out as they come."""
    places = {file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: as in ``app.py``, it is not looked through for rubbish.

    The rest is looked through seldom: tests make pages of many elements, and processes end soon.
    """
    gc.freeze()
    gc.set_threshold(100_000)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was looked at, and what was found; whichever process did it."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, looked_at in report.user_properties:
            if name == CHECKED and report.when == "call":
                terminalreporter.section("accessibility")
                terminalreporter.write_line(str(looked_at))


@pytest.fixture(autouse=True)
def _on_one_day() -> None:
    """A test may ask several times which day it is: none begins as a day ends."""
    now = utc_now()
    ends = uk_day_after(uk_day(now)), datetime.combine(now.date(), time.max, UTC)
    left = min((end - now).total_seconds() for end in ends)
    if left < A_TEST_TAKES:
        sleep(left + 0.1)


@pytest.fixture(autouse=True)
def _same_draws(request: pytest.FixtureRequest) -> None:
    """This test draws what it drew the last time, and is given keys that are made."""
    chance.begin(request.node.nodeid)
    keys.begin()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's shell reaches a test, and no test the developer's data."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("INDUCTION_INSTANCE", str(tmp_path / "unused"))


# ---- the application ---------------------------------------------------------------------------


def _prepared(app: Flask) -> Flask:
    """The application with our test client, which looks at everything that it sends and is sent."""
    app.config["TESTING"] = True
    app.jinja_env.bytecode_cache = Compiled()
    app.test_client_class = Visitor
    with app.app_context():
        app.extensions["watch"] = Watch(db.engine)
    return app


def _close(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def migrated_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with a migrated, empty SQLite database, made once. Copy, never change."""
    folder = tmp_path_factory.mktemp("migrated") / "instance"
    app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(folder)}))
    with app.app_context():
        upgrade()
        _settle()
    _close(app)
    return folder


def _settle() -> None:
    """What holds where a test does not say otherwise.

    Staff sign in with a password alone; no tutor gets a summary, so that no test depends on the
    day of the week.
    """
    with writing() as session:
        session.execute(update(Institute).values(staff_second_step=False))
        session.add(ReminderSettings(id=1, **Rhythm(digest_weekday=NEVER).values()))


def _app_for_many(settings: Settings) -> Iterator[Flask]:
    """An application for all tests that want such settings: making one is slow."""
    app = _prepared(create_app(settings))
    yield app
    _close(app)


def _made_anew(app: Flask, migrated_instance: Path) -> Path:
    """Empty the application's instance folder and database, and return the folder."""
    folder = Path(app.extensions["settings"].instance)
    _close(app)
    shutil.rmtree(folder)
    shutil.copytree(migrated_instance, folder)
    return folder


@contextmanager
def _left_as_it_was(app: Flask) -> Iterator[Flask]:
    config, extensions = dict(app.config), dict(app.extensions)
    yield app
    app.config.clear()
    app.config.update(config)
    app.extensions = extensions


def _memory() -> Path | None:
    """Where whoever writes waits for no disk, if that can be had."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH else None


@pytest.fixture(scope="session")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for databases, in memory where there is room."""
    memory = _memory()
    if memory is None:
        yield tmp_path_factory.mktemp("databases")
        return
    with tempfile.TemporaryDirectory(prefix="induction-tests-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def _usual_app(migrated_instance: Path, in_memory: Path) -> Iterator[Flask]:
    folder = in_memory / "usual"
    shutil.copytree(migrated_instance, folder)
    yield from _app_for_many(Settings.from_environment({"INDUCTION_INSTANCE": str(folder)}))


@pytest.fixture(scope="session")
def _tiny_app(migrated_instance: Path, in_memory: Path) -> Iterator[Flask]:
    folder = in_memory / "tiny"
    shutil.copytree(migrated_instance, folder)
    yield from _app_for_many(taught(folder))


@pytest.fixture
def instance(migrated_instance: Path, _usual_app: Flask) -> Path:
    """This test's instance folder, made anew, with a migrated and empty database in it."""
    return _made_anew(_usual_app, migrated_instance)


@pytest.fixture
def settings(instance: Path) -> Settings:
    """This test's settings. Override the fixture in a module to change them."""
    return Settings.from_environment({"INDUCTION_INSTANCE": str(instance)})


class AppMaker(Protocol):
    """Builds an application; it is closed with the test."""

    def __call__(self, settings: Settings) -> Flask: ...


@pytest.fixture
def make_app() -> Iterator[AppMaker]:
    """For tests that need an application with settings of their own, or several."""
    with ExitStack() as at_end:

        def make(settings: Settings) -> Flask:
            app = _prepared(create_app(settings))
            at_end.callback(_close, app)
            return app

        yield make


@pytest.fixture
def app(make_app: AppMaker, settings: Settings, _usual_app: Flask) -> Iterator[Flask]:
    """The application on this test's own database."""
    if settings != _usual_app.extensions["settings"]:
        yield make_app(settings)
        return
    with _left_as_it_was(_usual_app) as app:
        yield app


@pytest.fixture
def tiny_app(migrated_instance: Path, _tiny_app: Flask) -> Iterator[Flask]:
    """An installation that teaches the small policy: its journey is soon through."""
    _made_anew(_tiny_app, migrated_instance)
    with _left_as_it_was(_tiny_app) as app:
        yield app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who has not signed in. Every page that they open is inspected."""
    client = app.test_client()
    assert isinstance(client, Visitor)
    return client


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs Flask commands: ``runner.invoke(args=["content", "check"])``."""
    return app.test_cli_runner()


@pytest.fixture
def queries(app: Flask) -> Callable[..., AbstractContextManager[Statements]]:
    """Counts SQL: ``with queries() as sent: …; assert len(sent) <= 3``, or of another application.

    The look for another version, which some page makes every two seconds, belongs to no page;
    nor does what the first page of a process reads and keeps.
    """

    def record(of: Flask = app) -> AbstractContextManager[Statements]:
        of.test_client().get("/sign-in")
        look = of.extensions["content"]._marks
        with of.app_context():
            return statements(db.engine, left_out=str(look.compile(db.engine)))

    return record


# ---- neighbours --------------------------------------------------------------------------------


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    """A mail server that keeps what it is sent, and can be taken down."""
    server = MailServer()
    yield server
    server.down()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server on which databases may be made."""
    with ExitStack() as until_the_end:
        try:
            address = until_the_end.enter_context(postgres.server(_memory()))
        except postgres.NoPostgresError as error:
            cannot_run(str(error))
        yield address


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """DATABASE_URL of a database with nothing in it."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a migrated, empty database, made once. Copy, never change."""
    folder = tmp_path_factory.mktemp("postgres") / "instance"
    with postgres.database(postgres_server) as url:
        environ = {"INDUCTION_INSTANCE": str(folder), "DATABASE_URL": url}
        app = create_app(Settings.from_environment(environ))
        with app.app_context():
            upgrade()
            _settle()
        _close(app)
        yield url.rsplit("/", 1)[1]


@pytest.fixture
def postgres_url(postgres_server: str, migrated_postgres: str) -> Iterator[str]:
    """DATABASE_URL of this test's own migrated database."""
    with postgres.database(postgres_server, migrated_postgres) as url:
        yield url


def _app_on_postgres(settings: Settings, server: str, template: str) -> Iterator[Flask]:
    """As ``_app_for_many``, on a database of PostgreSQL."""
    with postgres.database(server, template) as url:
        yield from _app_for_many(replace(settings, database_url=url))


def _made_anew_on_postgres(app: Flask, migrated_instance: Path, server: str, template: str) -> None:
    _made_anew(app, migrated_instance)
    name = app.extensions["settings"].database_url.rsplit("/", 1)[1]
    postgres.make_anew(server, name, template)


@pytest.fixture(scope="session")
def _usual_on_postgres(
    migrated_instance: Path, in_memory: Path, postgres_server: str, migrated_postgres: str
) -> Iterator[Flask]:
    folder = in_memory / "usual on PostgreSQL"
    shutil.copytree(migrated_instance, folder)
    settings = Settings.from_environment({"INDUCTION_INSTANCE": str(folder)})
    yield from _app_on_postgres(settings, postgres_server, migrated_postgres)


@pytest.fixture(scope="session")
def _tiny_on_postgres(
    migrated_instance: Path, in_memory: Path, postgres_server: str, migrated_postgres: str
) -> Iterator[Flask]:
    folder = in_memory / "tiny on PostgreSQL"
    shutil.copytree(migrated_instance, folder)
    yield from _app_on_postgres(taught(folder), postgres_server, migrated_postgres)


@pytest.fixture
def app_on_postgres(
    _usual_on_postgres: Flask, migrated_instance: Path, postgres_server: str, migrated_postgres: str
) -> Iterator[Flask]:
    """What ``app`` is, on PostgreSQL."""
    _made_anew_on_postgres(
        _usual_on_postgres, migrated_instance, postgres_server, migrated_postgres
    )
    with _left_as_it_was(_usual_on_postgres) as app:
        yield app


@pytest.fixture
def tiny_on_postgres(
    _tiny_on_postgres: Flask, migrated_instance: Path, postgres_server: str, migrated_postgres: str
) -> Iterator[Flask]:
    """What ``tiny_app`` is, on PostgreSQL."""
    _made_anew_on_postgres(_tiny_on_postgres, migrated_instance, postgres_server, migrated_postgres)
    with _left_as_it_was(_tiny_on_postgres) as app:
        yield app


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def here(request: pytest.FixtureRequest) -> Flask:
    """An application on each of the databases."""
    on = {"sqlite": "app", "postgresql": "app_on_postgres"}
    found: Flask = request.getfixturevalue(on[request.param])
    return found


@pytest.fixture(params=BOTH)
def tiny_here(request: pytest.FixtureRequest) -> Flask:
    """An installation that teaches the small policy, on each of the databases."""
    on = {"sqlite": "tiny_app", "postgresql": "tiny_on_postgres"}
    found: Flask = request.getfixturevalue(on[request.param])
    return found


# ---- the real server and a real browser --------------------------------------------------------


class ServerMaker(Protocol):
    """Starts a server on this test's instance folder; further settings by name."""

    def __call__(self, *options: str, **environ: str) -> Server: ...


@pytest.fixture
def serve(instance: Path, tmp_path: Path) -> Iterator[ServerMaker]:
    """Starts gunicorn: ``serve("--workers=1", DATABASE_URL=…)``. Ended with the test."""
    with ExitStack() as at_end:

        def start(*options: str, **environ: str) -> Server:
            server = Server(
                {"INDUCTION_INSTANCE": str(instance), **environ},
                tmp_path / "server.log",
                options=options,
            )
            at_end.callback(server.stop)
            return server.wait_until_ready()

        yield start


@pytest.fixture
def server(serve: ServerMaker) -> Server:
    """The production server on this test's own database, which ``app`` shares."""
    return serve()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window."""
    path = find_chromium()
    if path is None:
        cannot_run("no Chromium: `make test` installs it, or set CHROMIUM to its path")
    with chromium_at(path) as browser:
        yield browser


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know at their end whether their test failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def visits(chromium: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """Opens browser windows on the server; a test fails where a page complained meanwhile."""
    opened = Visits(chromium, server.url)
    yield opened
    if request.node.stash.get(FAILED, False):
        opened.picture(request.node.name)
    opened.close()
    assert not opened.complaints, "; ".join(opened.complaints)


@pytest.fixture
def phone(visits: Visits) -> Page:
    """A page on a phone: 360 × 740 points, touch."""
    return visits.phone()


@pytest.fixture
def desktop(visits: Visits) -> Page:
    """A page on an ordinary screen."""
    return visits.desktop()
