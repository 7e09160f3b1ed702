"""The whole way in a real Chromium on a phone: from the sign-in to the certificate in the hand."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from induction.config import Settings
from induction.curriculum.model import Policy
from induction.people.models import Account
from tests.conftest import ServerMaker
from tests.support.abilities import cannot_run
from tests.support.browser import Visits, follow
from tests.support.cast import PASSWORD, Cast
from tests.support.record import rows
from tests.support.server import Server
from tests.support.solver import right_choice, wrong_choice

pytestmark = pytest.mark.browser

WIDTH = 390  # points, of an ordinary phone
NAME = "Siân Ó Briain-Wójcik"


class Walker:
    """Somebody with a browser, who reads the page and presses its one next step."""

    def __init__(self, page: Page, policy: Policy) -> None:
        self.page, self.policy = page, policy
        self.wrong_once = True  # gets the very first question wrong

    def sign_in(self, account: Account) -> None:
        """Through the front page."""
        self.page.goto("/")
        follow(self.page.get_by_role("link", name="Sign in").first)
        self.page.get_by_label("Email address").fill(account.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        follow(self.page.get_by_role("button", name="Sign in"))
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Welcome")

    def press(self) -> None:
        """Decide where something is asked; then the next step."""
        self.look_around()
        asked = self.page.locator("input[name=scenario]")
        if asked.count():
            self.decide(asked.input_value())
        if self.page.locator("input[name=full_name]").count():
            self.page.get_by_label("Type your full name to sign").fill(NAME)
            self.page.get_by_label("I have read these statements").check()
        before = self.page.url
        follow(self.page.locator("[data-next]"))
        assert self.page.url != before, f"stuck at {before}"

    def decide(self, scenario: str) -> None:
        """Choose as somebody who knows the answers, but for the first time."""
        scene = self.page.locator("input[name=scene]")
        choose = wrong_choice if self.wrong_once else right_choice
        self.wrong_once = False
        for option in choose(self.policy, scenario, scene.input_value() if scene.count() else ""):
            turn = self.page.locator("select", has=self.page.locator(f'[value="{option}"]'))
            if turn.count():
                turn.select_option(option)
                continue
            chosen = self.page.locator(f'input[value="{option}"]')
            self.page.locator(f'label[for="{chosen.get_attribute("id")}"]').click()
            expect(chosen).to_be_checked()

    def look_around(self) -> None:
        """What holds on every page of the way."""
        expect(self.page.locator("[data-next]")).to_have_count(1)
        expect(self.page.locator("[data-next]")).to_be_visible()
        wide = self.page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= WIDTH, f"{self.page.url} is {wide} points wide"

    def walk(self) -> str:
        """To the certificate; its number."""
        for _ in range(300):
            if "/certificates/" in self.page.url:
                return self.page.url.split("/certificates/")[1].split("?")[0]
            self.press()
        raise AssertionError(f"never got there; now at {self.page.url}")


@pytest.fixture
def settings(instance: Path) -> Settings:
    """The policy that people really take."""
    return Settings.from_environment({"INDUCTION_INSTANCE": str(instance)})


@pytest.fixture
def server(serve: ServerMaker) -> Server:
    """A server that teaches it."""
    return serve(WEB_CONCURRENCY="1")


@pytest.fixture
def learner(cast: Cast) -> Account:
    return cast.learner(NAME, email="sian@college.example")


def text_of(pdf: Path) -> str:
    """The words of a PDF, as a public tool reads them."""
    tool = shutil.which("pdftotext")
    if tool is None:
        cannot_run("pdftotext is not installed (poppler-utils)")
    read = subprocess.run(
        [tool, "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    return " ".join(read.split())


def check(app: Flask, pdf: Path, number: str) -> None:
    """The file says what the record says."""
    text = text_of(pdf)
    ((policy, sha256),) = rows(
        app,
        "SELECT c.policy, f.sha256 FROM certificate c JOIN certificate_file f"
        " ON f.certificate_id = c.id WHERE c.number = :number",
        number=number,
    )
    assert policy == "social-media"
    for printed in (NAME, number, "Social Media Policy", "MERUK-145", "MELIORATE INSTITUTE"):
        assert printed in text, printed
    assert hashlib.sha256(pdf.read_bytes()).hexdigest() == sha256


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_sign_in_to_the_downloaded_certificate_on_a_phone(
    app: Flask, cast: Cast, learner: Account, visits: Visits, tmp_path: Path, scripts: bool
) -> None:
    size = {"width": WIDTH, "height": 844}
    page = visits.open(java_script_enabled=scripts, viewport=size, is_mobile=True, has_touch=True)
    walker = Walker(page, cast.policy)
    walker.sign_in(learner)
    number = walker.walk()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert NAME in page.inner_text("main")
    pdf = tmp_path / "certificate.pdf"
    link = page.locator("[data-next]")
    link.evaluate("link => link.setAttribute('download', '')")  # “Save link as …”
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"certificate-{number}.pdf"
    download.value.save_as(pdf)
    check(app, pdf, number)
    page.goto("/certificates")
    expect(page.get_by_text(number, exact=True)).to_be_visible()
    results = dict(rows(app, "SELECT result, count(*) FROM answer GROUP BY result"))
    assert results["wrong"] == 1
