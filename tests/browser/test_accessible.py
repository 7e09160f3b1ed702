"""Every page in every set of colours and at every width: axe finds nothing, nothing is cut off."""

import sys
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import Windows
from tests.browser.places import FILES, PAGES, Place, pages_of, places

PHONE, DESKTOP = 390, 1280
NARROW, TABLET = 320, 768  # 320 is also 1280 at four times the size
pytestmark = [pytest.mark.browser, pytest.mark.accessibility]
SCHEMES = ("light", "dark", "cream")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is drawn depends on the colours; everything else is asked once for each width.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
SMALLEST, ON_PHONES = 24, 44  # points of a target

ASK = """async ([tags, schemes, ofColours]) => {
  [...document.querySelectorAll("details")].slice(0, 3).forEach((fold) => { fold.open = true; });
  const found = [];
  for (const scheme of schemes) {
    document.documentElement.dataset.scheme = scheme;
    const runOnly = scheme === schemes[0] ? { type: "tag", values: tags }
                                          : { type: "rule", values: ofColours };
    const rules = scheme === schemes[0] ? { "target-size": { enabled: true } } : {};
    const { violations } = await axe.run({ runOnly, rules, resultTypes: ["violations"],
      preload: false });
    for (const fault of violations) for (const node of fault.nodes) {
      found.push(`${scheme}: ${fault.id} at ${node.target.join(" ")}: ${node.failureSummary}`);
    }
  }
  document.documentElement.dataset.scheme = schemes[0];
  return found;
}"""

SIDEWAYS = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= innerWidth) return [];
  const out = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !element.closest(".hidden, .skip");
  });
  const name = (element) => element.tagName.toLowerCase() + "." + element.className;
  return [`${root.scrollWidth} points wide in ${innerWidth}: ${out.slice(-2).map(name)}`];
}"""

SMALL = """([high, wide]) => {
  const targets = document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary");
  const inSentence = (target) => getComputedStyle(target).display === "inline"
    && target.parentElement.textContent.trim().length > target.textContent.trim().length;
  const boxes = (target) => [target, ...(/radio|checkbox/.test(target.type) ? target.labels : [])]
    .map((element) => element.getBoundingClientRect());
  return [...targets].filter((target) => target.checkVisibility({ visibilityProperty: true })
      && !target.matches(".skip, .hidden") && !inSentence(target)
      && !boxes(target).some((box) => box.height > high - 0.5 && box.width > wide - 0.5))
    .map((target) => `${target.tagName.toLowerCase()} “${target.textContent.trim() || target.name}”`
      + ` is a target of ${boxes(target).map((b) => [b.width | 0, b.height | 0].join(" × "))}`);
}"""


def test_every_page_has_its_place_in_the_list(app: Flask) -> None:
    listed = PAGES.keys() | FILES
    assert pages_of(app) - listed == set(), "new pages: add them to tests/browser/places.py"
    assert listed - pages_of(app) == set(), "these pages are gone"


def test_no_page_has_a_fault_in_any_colours_at_any_width(
    windows: Windows, capsys: pytest.CaptureFixture[str]
) -> None:
    axe, faults, count = Axe(), [], 0
    for place in places(windows):
        page = windows.of(place.who)
        open_at(page, place)
        page.evaluate(axe.axe_script)
        faults += [f"{place}: {fault}" for fault in _faults(page)]
        count += 1
    windows.visits.complaints[:] = [c for c in windows.visits.complaints if "status of 4" not in c]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{count} pages × {len(SCHEMES)} schemes × {PHONE} and {DESKTOP} points checked, "
            f"violations {len(faults)}\n"
        )
    assert not faults, "\n".join(faults)
    assert not windows.visits.complaints


def open_at(page: Page, place: Place) -> None:
    """Show the page of this place, at a phone's width."""
    page.set_viewport_size({"width": PHONE, "height": 844})
    answer = page.goto(place.path)
    if place.empty_form:
        with page.expect_navigation() as sent:
            page.locator("main form[method=post]").last.evaluate(
                "(form) => { form.noValidate = true; form.submit(); }"
            )
        answer = sent.value
    assert answer is not None
    assert answer.status == place.status, f"{place}: {answer.status}"
    assert place.status != 200 or page.url.endswith(place.path), f"{place} led to {page.url}"


def _faults(page: Page) -> list[str]:
    found: list[str] = []

    def look(width: int, what: str, script: str, argument: Any = None) -> None:
        found.extend(f"{what}: {fault}" for fault in page.evaluate(script, argument))

    for width in (PHONE, DESKTOP, TABLET, NARROW):
        page.set_viewport_size({"width": width, "height": 844})
        look(width, f"at {width}", SIDEWAYS)
        if width in (PHONE, DESKTOP):
            look(width, f"at {width}", ASK, [TAGS, SCHEMES, OF_COLOURS])
            look(width, f"at {width}", SMALL, [ON_PHONES if width == PHONE else SMALLEST, SMALLEST])
            page.evaluate("document.documentElement.style.fontSize = '200%'")
            look(width, f"at {width} with letters twice as large", SIDEWAYS)
            page.evaluate("document.documentElement.style.fontSize = ''")
    return found
