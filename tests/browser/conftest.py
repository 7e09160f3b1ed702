"""One institute, server and browser for what looks at every page; a small policy for the rest."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, ViewportSize

from induction import create_app
from induction.config import Settings
from induction.extensions import db
from tests.conftest import AppMaker, _left_as_it_was, _made_anew
from tests.support.browser import Visits, follow
from tests.support.cast import PASSWORD, Cast
from tests.support.client import Visitor
from tests.support.institute import Institute, build
from tests.support.places import TINY, taught
from tests.support.queries import Watch
from tests.support.server import Server
from tests.support.solver import right_choice, wrong_choice

NOBODY = ""
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass
class Windows:
    """A window for each person of the institute, signed in when it is first asked for."""

    institute: Institute
    visits: Visits
    open: dict[tuple[str, int], Page] = field(default_factory=dict)

    def of(self, who: str, tab: int = 0) -> Page:
        """A tab of this person's window, as wide as a phone; nobody is signed out."""
        if (who, 0) not in self.open:
            self.open[who, 0] = first = self.visits.open(viewport=PHONE, reduced_motion="reduce")
            if who != NOBODY:
                sign_in(first, self.institute.people[who])
        if (who, tab) not in self.open:
            self.open[who, tab] = self.open[who, 0].context.new_page()
        page = self.open[who, tab]
        page.set_viewport_size(PHONE)  # another test may have left it wide
        return page


def sign_in(page: Page, email: str) -> None:
    """Through the form, as anyone does."""
    page.goto("/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    follow(page.locator("main button[type=submit]"))
    assert not page.url.endswith("/sign-in"), f"{email} was not let in"


@pytest.fixture(scope="session")
def windows(
    migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Windows]:
    """The windows of an institute that is being served."""
    folder = tmp_path_factory.mktemp("institute")
    shutil.copytree(migrated_instance, folder / "instance")
    with windows_on(folder, chromium) as opened:
        yield opened


@contextmanager
def windows_on(folder: Path, browser: Browser) -> Iterator[Windows]:
    """Fill and serve the migrated instance in this folder."""
    environ = {"INDUCTION_INSTANCE": str(folder / "instance"), "WEB_CONCURRENCY": "1"}
    with ExitStack() as at_end:
        server = Server(environ, folder / "server.log")
        at_end.callback(server.stop)
        # Signing waits for an event loop of its own, and the browser's runs in this thread.
        with ThreadPoolExecutor(1) as elsewhere:
            institute = elsewhere.submit(_filled, environ, server.url).result()
        at_end.callback(_close, institute.app)
        visits = Visits(browser, server.wait_until_ready().url)
        at_end.callback(visits.close)
        yield Windows(institute, visits)


def _filled(environ: dict[str, str], url: str) -> Institute:
    app = create_app(Settings.from_environment({**environ, "INDUCTION_BASE_URL": url}))
    app.config["TESTING"] = True
    app.test_client_class = Visitor
    with app.app_context():
        app.extensions["watch"] = Watch(db.engine)
    return build(app, url)


def _close(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


# ---- one learner at the small policy, which is soon through ------------------------------------


@pytest.fixture
def instance(migrated_instance: Path, _tiny_app: Flask) -> Path:
    """The instance folder of the application that teaches the small policy, made anew."""
    return _made_anew(_tiny_app, migrated_instance)


@pytest.fixture
def settings(instance: Path) -> Settings:
    """The tests of the journey teach the small policy."""
    return taught(instance)


@pytest.fixture
def app(make_app: AppMaker, settings: Settings, _tiny_app: Flask) -> Iterator[Flask]:
    """The application on this test's own database."""
    if settings != _tiny_app.extensions["settings"]:
        yield make_app(settings)
        return
    with _left_as_it_was(_tiny_app) as app:
        yield app


@contextmanager
def served(
    app: Flask, migrated: Path, folder: Path, *options: str, **environ: str
) -> Iterator[Server]:
    """A server for several tests on the instance that they make anew: starting one is slow.

    It begins on a new one as well: what another test has left, it may refuse.
    """
    instance = str(_made_anew(app, migrated))
    settings = {"INDUCTION_INSTANCE": instance, "WEB_CONCURRENCY": "1", **environ}
    server = Server(settings, folder / "server.log", options=options)
    yield server.wait_until_ready()
    server.stop()


@pytest.fixture(scope="session")
def _tiny_server(
    _tiny_app: Flask, migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server for all tests that want this policy."""
    policy = {"INDUCTION_CONTENT": str(TINY), "INDUCTION_POLICY": "visitor-safety"}
    folder = tmp_path_factory.mktemp("server")
    with served(_tiny_app, migrated_instance, folder, **policy) as server:
        yield server


@pytest.fixture
def server(instance: Path, _tiny_server: Server) -> Server:
    """A server that teaches it, on this test's own database; it knows of no test before."""
    del instance  # was made anew before the server looks at it
    return _tiny_server.begin_anew()


@dataclass
class Study:
    """A learner in a window of the browser."""

    page: Page
    cast: Cast
    email: str
    name: str = "Amina Yusuf"

    @property
    def options(self) -> Locator:
        """What can be chosen here."""
        return self.page.locator("input[name=option]")

    @property
    def next(self) -> Locator:
        """The one next step."""
        return self.page.locator("main [data-next]")

    def choice(self, *, rightly: bool = True) -> list[str]:
        """What to choose on this page: from the curriculum, never from the page."""
        scenario = self.page.locator("input[name=scenario]").input_value()
        scene = self.page.locator("input[name=scene]")
        choose = right_choice if rightly else wrong_choice
        return choose(self.cast.policy, scenario, scene.input_value() if scene.count() else "")

    def to_a_question(self) -> None:
        """From the hub, follow the next steps until a question is asked."""
        self.page.goto("/induction")
        while not self.options.count():
            follow(self.next)


class StudyMaker(Protocol):
    """Opens a window with Playwright's options for a context; the learner is signed in."""

    def __call__(self, **options: Any) -> Study: ...


@pytest.fixture
def study(visits: Visits, cast: Cast) -> StudyMaker:
    """A learner who has not begun."""
    learner = cast.learner()

    def open_window(**options: Any) -> Study:
        page = visits.phone(**options)
        sign_in(page, learner.email)
        return Study(page, cast, learner.email)

    return open_window
