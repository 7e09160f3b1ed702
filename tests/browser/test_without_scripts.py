"""The journey in a browser that runs no scripts: everything works."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import Study, StudyMaker
from tests.support.browser import Visits, follow
from tests.support.record import count

pytestmark = pytest.mark.browser

LONG_ENOUGH = 60  # presses


def press(me: Study, *, rightly: bool) -> None:
    """Take the next step of this page, whatever it is."""
    if me.options.count():
        for value in me.choice(rightly=rightly):
            me.page.check(f"input[name=option][value={value}]")
    if me.page.locator("[name=full_name]").count():
        me.page.fill("[name=full_name]", me.name)
        me.page.check("[name=accept]")
    follow(me.next)


def test_from_the_first_page_to_the_certificate(app: Flask, study: StudyMaker) -> None:
    me = study(java_script_enabled=False)
    wrong = True  # once
    for _ in range(LONG_ENOUGH):
        if "/certificates/" in me.page.url:
            break
        asked = me.options.count() > 0
        press(me, rightly=not (asked and wrong))
        wrong = wrong and not asked
    expect(me.page.get_by_role("heading", level=1)).to_be_visible()
    assert "/certificates/" in me.page.url
    assert count(app, "certificate") == 1


def test_a_question_without_an_answer_says_what_is_missing(
    study: StudyMaker, visits: Visits
) -> None:
    me = study(java_script_enabled=False)
    me.to_a_question()
    follow(me.next)
    summary = me.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_attribute("href", "#option")
    expect(me.page.locator("#option")).to_have_attribute("type", "radio")
    visits.complaints.clear()  # the browser notes the status 422
