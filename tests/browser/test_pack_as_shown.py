"""An audit pack is made of what the page has shown, not of what was ticked since."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows, sign_in
from tests.support.browser import follow

pytestmark = pytest.mark.browser


def test_a_choice_that_is_not_shown_yet_makes_no_pack_of_something_else(windows: Windows) -> None:
    page = windows.visits.desktop()
    sign_in(page, windows.institute.people["compliance"])  # a moment ago: nothing is asked again
    page.goto("/compliance/certificates/export")
    page.locator("form[role=search] input[type=checkbox]").first.check()
    make = page.get_by_role("button", name="pack")
    make.click()
    expect(page.get_by_role("status")).to_contain_text("Press “Show” above")
    follow(page.get_by_role("button", name="Show").first)
    with page.expect_download() as made:
        make.click()
    assert made.value.suggested_filename.endswith(".zip")
