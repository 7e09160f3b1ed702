"""What is printed on one sheet: the short version of a section to pin up, and a certificate."""

from unicodedata import normalize

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.support.pdf import read

pytestmark = pytest.mark.browser

LARGEST = {"textSize": "larger", "spacing": "wide", "font": "easy", "scheme": "dark"}


@pytest.mark.parametrize("comfort", [{}, LARGEST], ids=["usual", "largest"])
def test_every_take_away_fits_on_one_sheet(windows: Windows, comfort: dict[str, str]) -> None:
    page = windows.of("done")
    for section in windows.institute.policy.sections:
        page.goto(f"/induction/{section.slug}/take-away")
        page.evaluate("(look) => Object.assign(document.documentElement.dataset, look)", comfort)
        sheets = read(page.pdf(format="A4", prefer_css_page_size=True)).pages
        assert len(sheets) == 1, section.slug
        words = normalize("NFKC", " ".join(sheets[0].extract_text().split()))  # ﬁ is f and i
        for line in section.takeaway:
            assert line in words
        assert "Back to the section" not in words


@pytest.mark.parametrize("comfort", [{}, LARGEST], ids=["usual", "largest"])
def test_a_certificates_page_fits_on_one_sheet(windows: Windows, comfort: dict[str, str]) -> None:
    page = windows.of("done")
    page.goto("/certificates")
    page.locator(".pass h2 a").first.click()
    page.goto(f"{page.url}?done=1")
    expect(page.get_by_text("You’ve done it")).to_be_visible()
    page.evaluate("(look) => Object.assign(document.documentElement.dataset, look)", comfort)
    sheets = read(page.pdf(format="A4", prefer_css_page_size=True)).pages
    assert len(sheets) == 1
    words = normalize("NFKC", " ".join(sheets[0].extract_text().split()))
    for printed in ("Certificate of induction", "What was declared"):
        assert printed in words
    for left_out in ("You’ve done it", "Get the PDF", "See the public check page"):
        assert left_out not in words
