"""The browser that other tests rely on: it opens our pages and hears every complaint."""

import asyncio

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Visits

pytestmark = pytest.mark.browser


def test_the_front_page_opens_on_a_phone_without_a_complaint(phone: Page) -> None:
    phone.goto("/")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()


def test_a_complaint_is_heard(visits: Visits) -> None:
    window = visits.desktop()
    window.goto("/")
    window.evaluate("console.error('something is wrong')")
    window.goto("/no-such-page")
    assert any("something is wrong" in complaint for complaint in visits.complaints)
    assert any("404" in complaint for complaint in visits.complaints)
    visits.complaints.clear()


def test_the_application_may_use_an_event_loop_beside_the_browser(phone: Page) -> None:
    phone.goto("/")
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
