"""Comfort settings stand in the page as it is sent: there at first paint, without a script."""

import re

import pytest
from playwright.sync_api import Page

from induction.config import PROJECT_ROOT
from tests.browser.conftest import StudyMaker

pytestmark = pytest.mark.browser

SHEET = (PROJECT_ROOT / "static" / "site.css").read_text(encoding="utf-8")
COLOURS = sorted(set(re.findall(r"(--[a-z-]+): #", SHEET)))
VALUES = """(names) => {
  const style = getComputedStyle(document.documentElement);
  return names.map((name) => style.getPropertyValue(name).trim());
}"""


def choose(page: Page, **chosen: str) -> None:
    """Choose in the account, then go where there is something to see."""
    page.goto("/account")
    for name, value in chosen.items():
        page.check(f"[name={name}][value={value}]")
    page.click("form[action='/account/comfort'] button[type=submit]")
    page.goto("/induction")


def test_each_set_of_colours_and_the_devices_own(study: StudyMaker) -> None:
    page = study(java_script_enabled=False, color_scheme="light").page
    seen = {}
    for scheme in ("light", "cream", "dark", "system"):
        choose(page, scheme=scheme)
        seen[scheme] = page.evaluate(VALUES, COLOURS)
    assert len({tuple(colours) for colours in seen.values()}) == 3
    assert seen["system"] == seen["light"]
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(VALUES, COLOURS) == seen["dark"], "all of dark, where the device is dark"


def test_letters_lines_and_movement(study: StudyMaker) -> None:
    page = study(java_script_enabled=False).page
    look = """() => {
      const style = getComputedStyle(document.body);
      return [parseFloat(style.fontSize), parseFloat(style.lineHeight) / parseFloat(style.fontSize),
        style.fontFamily.split(",")[0],
        getComputedStyle(document.documentElement).getPropertyValue("--quick")];
    }"""
    choose(page)
    size, leading, letters, quick = page.evaluate(look)
    choose(page, text_size="larger", spacing="wide", font="easy", motion="off")
    larger, wider, easy, still = page.evaluate(look)
    assert larger > 1.3 * size
    assert wider > 1.2 * leading
    assert easy == "Verdana" != letters
    assert (quick, still) == (".15s", "0s")
