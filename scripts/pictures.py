"""Takes the pictures of the documentation anew, from the real application.

    .venv/bin/python -m scripts.pictures

A demo institute is made in a temporary folder and served on a free port; a learner walks through
the induction in Chromium. It needs what the tests need: ``scripts/setup.sh test``.
"""

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from induction.config import PROJECT_ROOT
from induction.curriculum.loader import load_folder
from induction.curriculum.model import Policy
from tests.support.browser import follow
from tests.support.chromium import arguments, find_chromium
from tests.support.server import Server
from tests.support.solver import right_choice, wrong_choice

POLICY = "social-media"
FOLDER = PROJECT_ROOT / "docs" / "pictures"
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1200, height=800)
COLOURS = 128  # of a palette: enough for flat pages, a quarter of the bytes
LARGEST = 150_000  # bytes of one picture
LONG_ENOUGH = 300  # presses; nobody needs as many


@dataclass(frozen=True, slots=True)
class Institute:
    """A demo institute that is being served."""

    url: str
    sign_ins: dict[str, dict[str, str]]
    policy: Policy


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: docs/pictures")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as institute,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments())
        take_all(Album(browser, institute, out))
        browser.close()


@contextmanager
def serving(folder: Path) -> Iterator[Institute]:
    """A new demo institute on a free port. The certificates name an address that looks real."""
    environ = {
        "INDUCTION_INSTANCE": str(folder / "instance"),
        "INDUCTION_BASE_URL": "http://induction.example.ac.uk",
        "WEB_CONCURRENCY": "1",
    }
    made = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "demo", "load", "--plain", "--json"],
        cwd=PROJECT_ROOT,
        env={**os.environ, **environ},
        check=True,
        stdout=subprocess.PIPE,
    )
    server = Server(environ, folder / "log").wait_until_ready()
    try:
        sign_ins = json.loads(made.stdout)["sign_ins"]
        yield Institute(server.url, sign_ins, load_folder(PROJECT_ROOT, POLICY))
    finally:
        server.stop()


class Album:
    """Windows on the institute, and the folder for what they show."""

    def __init__(self, browser: Browser, institute: Institute, out: Path) -> None:
        self.browser, self.institute, self.out = browser, institute, out

    def window(self, size: ViewportSize, role: str = "") -> Page:
        """A window of somebody, signed in where they have a role."""
        context = self.browser.new_context(
            base_url=self.institute.url,
            viewport=size,
            locale="en-GB",
            timezone_id="Europe/London",
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        if role:
            sign_in(page, self.institute, role)
        return page

    def take(self, page: Page, name: str, highest: int, *, at: str = "") -> None:
        """The page from its top, at most so high; after going to an address, if one is given."""
        if at:
            page.goto(at)
        width = page.viewport_size["width"] if page.viewport_size else PHONE["width"]
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        picture = page.screenshot(
            full_page=True,
            animations="disabled",
            clip={"x": 0, "y": 0, "width": width, "height": min(height, highest)},
        )
        small(picture, self.out / f"{name}.png")


def take_all(album: Album) -> None:
    """Every picture: the learner's way on a phone, then what the others see."""
    number = learners_pictures(album)
    album.take(album.window(DESKTOP), "desktop-verify", 900, at=f"/verify/{number}")

    tutor = album.window(DESKTOP, "tutor")
    album.take(tutor, "desktop-tutor-board", 800)
    cohort = tutor.locator("a[href^='/tutor/cohorts/']:not([href$='new'])").nth(1)
    follow(cohort)
    album.take(tutor, "desktop-tutor-cohort", 900)
    follow(tutor.locator("main table a[href^='/tutor/learners/']").first)
    album.take(tutor, "desktop-tutor-learner", 900)
    album.take(album.window(PHONE, "tutor"), "phone-tutor-board", 1000)

    officer = album.window(DESKTOP, "compliance")
    album.take(officer, "desktop-register", 800, at="/compliance/certificates")
    album.take(officer, "desktop-policy", 900, at="/compliance/policy")

    admin = album.window(DESKTOP, "admin")
    album.take(admin, "desktop-settings", 800, at="/admin/settings")


def learners_pictures(album: Album) -> str:
    """From the start page to the certificate; returns its number."""
    phone, desktop = album.window(PHONE, "learner"), album.window(DESKTOP, "learner")

    def scenario(page: Page) -> None:
        album.take(page, "phone-scenario", 1000)
        set_scheme(page, "dark")
        album.take(page, "phone-scenario-dark", 1000)
        set_scheme(page, "light")

    album.take(phone, "phone-report", 1000, at="/report?about=harm")
    album.take(phone, "phone-hub", 900, at="/induction")
    walk(phone, album.institute, {
        "section": lambda page: album.take(page, "phone-section", 1100),
        "scenario": scenario,
        "story": lambda _: album.take(desktop, "desktop-hub", 800, at="/induction"),
        "feedback-again": lambda page: album.take(page, "phone-feedback", 1100),
        "result-again": lambda page: album.take(page, "phone-result", 900),
        "certificate": lambda page: album.take(page, "phone-certificate", 1000),
    })  # fmt: skip
    set_scheme(desktop, "cream")
    album.take(desktop, "desktop-section-cream", 900, at="/induction/permission-to-film")
    number = urlsplit(phone.url).path.rsplit("/", 1)[-1]
    pdf = phone.context.request.get(f"/certificates/{number}.pdf").body()
    small(as_picture(pdf), album.out / "certificate.png")
    return number


def sign_in(page: Page, institute: Institute, role: str) -> None:
    """Through the form, as anyone does."""
    page.goto("/sign-in")
    page.fill("[name=email]", institute.sign_ins[role]["email"])
    page.fill("[name=password]", institute.sign_ins[role]["password"])
    follow(page.locator("main form button[type=submit]"))


def set_scheme(page: Page, scheme: str) -> None:
    """Choose a set of colours, then return."""
    here = page.url
    page.goto("/comfort")
    page.check(f"[name=scheme][value={scheme}]")
    follow(page.locator("form[action='/comfort'] button[type=submit]"))
    page.goto(here)


def walk(page: Page, institute: Institute, moments: dict[str, Callable[[Page], None]]) -> None:
    """Press the next step until the certificate; the second question of all is missed once."""
    seen: set[str] = set()
    for _ in range(LONG_ENOUGH):
        kind = kind_of(page, institute.policy)
        if kind not in seen:
            seen.add(kind)
            if kind in moments:
                moments[kind](page)
        if kind == "certificate":
            return
        if kind in ("scenario", "story"):
            decide(page, institute.policy, rightly="missed" in seen or "first" not in seen)
            seen.add("missed" if "first" in seen else "first")
        elif kind == "declaration":
            page.fill("[name=full_name]", "Rowan Bailey")
            page.check("[name=accept]")
        follow(page.locator("[data-next]"))
    raise SystemExit(f"never got to the certificate; now at {page.url}")


KINDS = {  # by address, after the server's name
    r"certificates/[^/]+": "certificate",
    r"induction/declaration": "declaration",
    r"induction/final-check": "final-check",
    r"induction/[^/]+/result": "result",
    r"induction/[^/]+/quiz/.+": "feedback",
    r"induction/[^/]+": "section",
}


def kind_of(page: Page, policy: Policy) -> str:
    """What this page is: known by what is on it and by its address."""
    if page.locator("input[name=scenario]").count():
        scenario = policy.scenario(page.locator("input[name=scenario]").input_value())
        return "story" if scenario and len(scenario.scenes) > 1 else "scenario"
    path = urlsplit(page.url).path.strip("/")
    kind = next((k for pattern, k in KINDS.items() if re.fullmatch(pattern, path)), path)
    return kind + ("-again" if page.locator(".is-again").count() else "")


def decide(page: Page, policy: Policy, *, rightly: bool) -> None:
    """Choose on this page; what is right is known from the files, never from the page."""
    scenario = page.locator("input[name=scenario]").input_value()
    scenes = page.locator("input[name=scene]")
    scene = scenes.input_value() if scenes.count() else ""
    for option in (right_choice if rightly else wrong_choice)(policy, scenario, scene):
        place = page.locator(f"form [value='{option}']")
        if place.evaluate("(node) => node.tagName") == "OPTION":
            chosen = page.locator(f"option[value='{option}']")
            page.locator("select", has=chosen).select_option(option)
        else:
            place.check()


def as_picture(pdf: bytes) -> bytes:
    """The first page of a PDF."""
    command = ["pdftoppm", "-png", "-singlefile", "-scale-to-x", "1200", "-scale-to-y", "-1", "-"]
    return subprocess.run(command, input=pdf, check=True, capture_output=True).stdout


def small(picture: bytes, path: Path) -> None:
    """Store it with a palette; refuse one that is still large."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    flat = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat.save(path, "PNG", optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {image.width} × {image.height}, {size:,} bytes\n")
    if size > LARGEST:
        raise SystemExit(f"{path.name} is larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
