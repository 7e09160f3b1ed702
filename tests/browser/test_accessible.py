"""Every page in every set of colours and at every width: axe finds nothing, nothing is cut off."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import NOBODY, Windows
from tests.browser.places import BY_A_LINK, FILES, PAGES, WITH_A_PROVIDER, Place, pages_of, places
from tests.conftest import CHECKED

pytestmark = pytest.mark.browser
WIDTHS = (390, 320, 768, 1280)  # points; 320 is also 1280 at four times the size
FIRST_FLIGHT = 14_000  # bytes that a new connection carries before it waits for a reply
AT_ONCE = 2  # pages, each in a process of its own
FAULTS = {  # a rule of style, and where it is found to break which rule of axe
    "(min-width: 60rem) { [data-scheme=dark] h1 { color: #222 !important; } }": (
        "at 1280, dark: color-contrast at h1"
    ),
    "(max-width: 22rem) { h1 { overflow: auto; height: 9px; } }": (
        "at 320, light: scrollable-region-focusable at h1"
    ),
    "(min-width: 60rem) { footer a { position: fixed; top: 50vh; left: 0; } }": (
        "at 1280, light: target-size at "
    ),
    "(min-width: 60rem) { [data-scheme=light] h1 { position: absolute; top: 5rem; left: 0; }"
    " [data-scheme=light] header { background: #333; height: 9rem; }"
    " [data-scheme=light] header a { background: #fff; } }": (
        "at 1280, light: color-contrast at h1"  # words that were moved onto another ground
    ),
}
SCRIPT = Axe().axe_script + Path(__file__).with_name("look.js").read_text(encoding="utf-8")


def test_every_page_has_its_place_in_the_list(app: Flask) -> None:
    listed = PAGES.keys() | FILES | WITH_A_PROVIDER | BY_A_LINK
    assert pages_of(app) - listed == set(), "new pages: add them to tests/browser/places.py"
    assert listed - pages_of(app) == set(), "these pages are gone"


@pytest.mark.parametrize(("rule", "expected"), FAULTS.items())
def test_a_fault_at_one_width_is_found(windows: Windows, rule: str, expected: str) -> None:
    page = windows.of(NOBODY)
    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    page.goto("/privacy")
    page.evaluate(SCRIPT)
    page.evaluate("(rule) => document.styleSheets[0].insertRule(rule)", f"@media {rule}")
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        found += page.evaluate("(width) => look(width)", width)
    assert found
    assert all(fault.startswith(expected) for fault in found), found


def test_no_page_has_a_fault_in_any_colours_at_any_width(
    windows: Windows, record_property: Callable[[str, object], None]
) -> None:
    waiting, faults, measured = list(places(windows)), list[str](), set[str]()
    for start in range(0, len(waiting), AT_ONCE):
        together = waiting[start : start + AT_ONCE]
        pages = {place: windows.of(place.who, tab) for tab, place in enumerate(together)}
        faults += _faults(pages, measured)
    record_property(
        CHECKED,
        f"{len(waiting)} pages × 3 schemes × {len(WIDTHS)} widths "
        f"({', '.join(map(str, WIDTHS))}) checked, violations {len(faults)}",
    )
    assert not faults, "\n".join(faults)
    refused = "the server responded with a status of"
    complaints = [said for said in windows.visits.complaints if refused not in said]
    windows.visits.complaints.clear()
    assert not complaints


def test_a_cohort_of_25_is_no_longer_than_four_screens_of_a_phone(windows: Windows) -> None:
    page = windows.of("head")
    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    page.goto(f"/tutor/cohorts/{windows.institute.ids['cohort']}")
    rows = "[...document.querySelectorAll('.brief tbody tr')].map((row) => row.offsetHeight)"
    heights = page.evaluate(rows)
    length = page.evaluate("document.documentElement.scrollHeight")
    assert 1 < len(heights) <= 25
    assert length + (25 - len(heights)) * sum(heights) / len(heights) <= 3500


def _faults(pages: dict[Place, Page], measured: set[str]) -> list[str]:
    """What is wrong with these pages. Each looks at itself while the others do.

    Text is not measured where it is drawn as on a page before; what is new here is added.
    """
    for page in pages.values():
        page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    answers = {place: place.open(page) for place, page in pages.items()}
    found: list[str] = []
    for place, page in pages.items():
        page.wait_for_load_state()
        page.evaluate(SCRIPT)
        page.evaluate("(drawings) => alreadyMeasured(drawings)", list(measured))
        if (weight := answers[place].request.sizes()["responseBodySize"]) > FIRST_FLIGHT:
            found.append(f"{place} weighs {weight:,} bytes")
    for width in WIDTHS:
        for page in pages.values():
            page.set_viewport_size({"width": width, "height": 844})
            page.evaluate("(width) => startLooking(width)", width)
        for place, page in pages.items():
            found += [f"{place} {fault}" for fault in page.evaluate("() => looking")]
    for page in pages.values():
        measured.update(page.evaluate("() => measuredForAll()"))
    return found
