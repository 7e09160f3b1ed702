"""The connection drops while an answer is sent: it is kept, said so, and sent once."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.conftest import StudyMaker
from tests.support.browser import Visits
from tests.support.record import count
from tests.support.server import Server

pytestmark = pytest.mark.browser

KEPT = "Your answer is kept on this device"


def test_without_a_connection_the_answer_waits_and_is_sent_once(
    app: Flask, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    me.to_a_question()
    [right] = me.choice()
    me.page.check(f"input[name=option][value={right}]")
    me.page.context.set_offline(True)
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    me.next.click()  # pressing again neither loses it nor sends it twice
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    assert count(app, "answer") == 0
    me.page.context.set_offline(False)
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Yes, that’s right")
    assert count(app, "answer") == 1
    assert me.page.evaluate("Object.keys(localStorage)") == [], "what was sent is not kept"
    visits.complaints.clear()


def test_a_server_that_is_away_for_a_while_gets_the_answer_once(
    app: Flask, server: Server, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    me.page.clock.install()
    me.to_a_question()
    [right] = me.choice()
    me.page.check(f"input[name=option][value={right}]")
    me.page.clock.fast_forward("00:20")  # so long after it came, the page asks before it sends
    server.kill()
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text(KEPT)
    server.restart()
    me.page.clock.fast_forward("00:11")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Yes, that’s right")
    assert count(app, "answer") == 1
    visits.complaints.clear()


def test_a_choice_is_still_there_when_the_page_is_opened_again(study: StudyMaker) -> None:
    me = study()
    me.to_a_question()
    me.options.last.check()
    me.page.reload()
    expect(me.options.last).to_be_checked()


def test_other_steps_wait_for_the_connection(study: StudyMaker, visits: Visits) -> None:
    me = study()
    me.page.goto("/induction")
    me.page.context.set_offline(True)
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text("You are offline just now")
    assert me.page.url.endswith("/induction"), "the page is still there"
    me.page.context.set_offline(False)
    me.next.click()
    me.page.wait_for_url("**/induction/*")
    visits.complaints.clear()
