"""Comfort settings stand in the page as it is sent: there at first paint, without a script."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from induction.config import PROJECT_ROOT
from induction.people.models import Role
from tests.browser.conftest import StudyMaker
from tests.integration.test_administration import picture
from tests.support.browser import Visits, follow
from tests.support.cast import Cast

pytestmark = pytest.mark.browser

SHEET = (PROJECT_ROOT / "static" / "site.css").read_text(encoding="utf-8")
COLOURS = sorted(set(re.findall(r"(--[a-z-]+): #", SHEET)))
VALUES = """(names) => {
  const style = getComputedStyle(document.documentElement);
  return names.map((name) => style.getPropertyValue(name).trim());
}"""


def choose(page: Page, **chosen: str) -> None:
    """Choose on the page that every page leads to, and come back."""
    page.goto("/induction")
    follow(page.get_by_role("link", name="Aa"))
    for name, value in chosen.items():
        page.check(f"[name={name}][value={value}]")
    follow(page.get_by_role("button", name="Save and go back"))
    assert page.url.endswith("/induction")


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


def test_too_large_a_picture_is_told_before_it_is_sent(
    study: StudyMaker, cast: Cast, tmp_path: Path
) -> None:
    cast.account(Role.SAFEGUARDING)
    page = study().page
    (large := tmp_path / "large.png").write_bytes(b"x" * 7_000_000)
    (small := tmp_path / "small.png").write_bytes(picture().read())
    page.goto("/report?about=rule")
    page.get_by_label("What happened?").fill("It is still there")
    page.get_by_label("Screenshots").set_input_files(large)
    for _ in range(2):  # when it is chosen, and when it is sent
        expect(page.get_by_role("status")).to_contain_text("6.7 MB together; 6 MB is the most")
        page.get_by_role("button", name="Send the report").click()
    assert page.get_by_label("What happened?").input_value() == "It is still there"
    page.get_by_label("Screenshots").set_input_files(small)
    expect(page.get_by_role("status")).to_have_count(0)
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


def test_without_scripts_the_words_are_behind_back(
    study: StudyMaker, cast: Cast, visits: Visits, tmp_path: Path
) -> None:
    cast.account(Role.SAFEGUARDING)
    page = study(java_script_enabled=False).page
    (large := tmp_path / "large.png").write_bytes(b"x" * 7_000_000)
    page.goto("/report?about=rule")
    page.get_by_label("What happened?").fill("It is still there")
    page.get_by_label("Screenshots").set_input_files(large)
    follow(page.get_by_role("button", name="Send the report"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("That is too big")
    page.go_back()
    assert page.get_by_label("What happened?").input_value() == "It is still there"
    visits.complaints.clear()  # of the 413


LINES = """(words) => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());) {
    const at = text.data.indexOf(words);
    if (at < 0) continue;
    const range = new Range();
    range.setStart(text, at);
    range.setEnd(text, at + words.length);
    return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
  }
}"""


@pytest.mark.parametrize("number", ["0000-0000-0000-0000", "WMWM-WMWM-WMWM-WMWM"])
def test_a_certificates_number_stays_on_one_line(visits: Visits, number: str) -> None:
    page = visits.phone()
    for width in range(360, 420, 10):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"/verify/{number}")
        assert page.evaluate(LINES, number) == 1, f"at {width} points"
    visits.complaints.clear()  # of the 404
