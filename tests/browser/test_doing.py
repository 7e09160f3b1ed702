"""Situations in which something is done: by keyboard, without scripts, on the narrowest screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from induction.config import Settings
from tests.browser.conftest import Study, StudyMaker, served
from tests.support.browser import Visits, follow
from tests.support.places import DOING, taught
from tests.support.record import count, rows
from tests.support.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def settings(instance: object) -> Settings:
    """These tests teach the small policy whose situations are things to do."""
    return taught(instance, DOING, "phones-at-work")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def _doing_server(
    _tiny_app: Flask, migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server for all tests that want it."""
    policy = {"INDUCTION_CONTENT": str(DOING), "INDUCTION_POLICY": "phones-at-work"}
    folder = tmp_path_factory.mktemp("server")
    with served(_tiny_app, migrated_instance, folder, **policy) as server:
        yield server


@pytest.fixture
def server(instance: object, _doing_server: Server) -> Server:
    """A server that teaches it, on this test's own database."""
    del instance  # was made anew before the server looks at it
    return _doing_server.begin_anew()


def place(page: Page, value: str) -> None:
    """Choose where a thing goes, with the keyboard alone."""
    option = page.locator(f"[value='{value}']")
    if option.evaluate("(node) => node.tagName") == "OPTION":
        field = page.locator("select", has=option)
        field.focus()
        for letter in str(option.text_content()):
            page.keyboard.press(letter)
        return
    option.focus()
    page.keyboard.press("Space")


def looked_at(page: Page) -> None:
    """Nothing sticks out sideways, and axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scripts", [True, False])
def test_each_of_them_is_answered_by_keyboard_on_a_narrow_screen(
    app: Flask, study: StudyMaker, scripts: bool
) -> None:
    me = study(java_script_enabled=scripts)
    me.page.set_viewport_size({"width": 320, "height": 640})
    me.page.goto("/induction")
    while "/result" not in me.page.url:
        if scripts:
            looked_at(me.page)
        if me.page.locator("[name=scenario]").count():
            for value in me.choice():
                place(me.page, value)
        if me.page.url.endswith("/do-it-now"):
            me.page.locator("[name=done]").first.focus()
            me.page.keyboard.press("Space")
        me.next.focus()
        with me.page.expect_navigation():
            me.page.keyboard.press("Enter")
    expect(me.page.get_by_role("heading", level=1)).to_have_text("Passed")
    me.page.goto("/induction/my-changes")
    if scripts:
        looked_at(me.page)
    assert rows(app, "SELECT DISTINCT result FROM answer") == [("right",)]
    assert count(app, "done_now") == 1


def to_a_thing(me: Study, scenario: str) -> None:
    """To this question, with the others before it answered."""
    me.page.goto("/induction")
    while me.page.locator(f"[name=scenario][value={scenario}]").count() == 0:
        if me.page.locator("[name=scenario]").count():
            for value in me.choice():
                place(me.page, value)
        follow(me.next)


@pytest.mark.parametrize("scenario", ["three-pictures", "hot-tray"])
def test_what_was_chosen_so_far_is_still_there_when_the_page_is_opened_again(
    study: StudyMaker, scenario: str
) -> None:
    me = study()
    to_a_thing(me, scenario)
    first = me.choice()[0]
    place(me.page, first)
    me.page.keyboard.press("Tab")
    me.page.reload()
    chosen = me.page.locator(f"[value='{first}']")
    assert chosen.evaluate("(node) => node.checked ?? node.selected")


def test_a_film_plays_with_its_captions_and_what_is_said_below_it(visits: Visits) -> None:
    page = visits.phone()
    page.goto("/help/ovens")
    page.locator("video").evaluate("film => { film.muted = true; return film.play() }")
    page.wait_for_function(
        "() => { const film = document.querySelector('video'), [track] = film.textTracks;"
        " return film.currentTime > 0 && track.mode === 'showing' && track.activeCues.length }"
    )
    page.get_by_text("Read what is said").click()
    expect(page.get_by_text("The ovens hum.")).to_be_visible()
    looked_at(page)


def to_the_ticks(me: Study) -> None:
    me.page.goto("/induction")
    while not me.page.url.endswith("/do-it-now"):
        follow(me.next)


def test_ticks_that_were_made_offline_are_sent_when_the_connection_is_back(
    app: Flask, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    to_the_ticks(me)
    me.page.check("[value=backed-up]")
    me.page.context.set_offline(True)
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text("Your ticks are kept on this device")
    me.page.context.set_offline(False)
    expect(me.page.get_by_role("status")).to_contain_text("Your ticks are sent")
    assert rows(app, "SELECT done FROM done_now") == [("backed-up",)]
    assert me.page.evaluate("Object.keys(localStorage)") == []
    visits.complaints.clear()


def test_ticks_of_a_page_that_was_left_go_from_the_next_one(
    app: Flask, server: Server, study: StudyMaker, visits: Visits
) -> None:
    me = study()
    to_the_ticks(me)
    me.page.check("[value=screen-lock]")
    me.page.context.set_offline(True)
    me.next.click()
    expect(me.page.get_by_role("status")).to_contain_text("Your ticks are kept on this device")
    other = me.page.context.new_page()
    me.page.close()
    assert count(app, "done_now") == 0
    other.context.set_offline(False)
    other.goto("/induction")
    expect(other.get_by_role("status")).to_contain_text("Your ticks are sent")
    assert rows(app, "SELECT done FROM done_now") == [("screen-lock",)]
    other.goto("/induction")
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    assert other.get_by_text("Your ticks are sent").count() == 0, "once"
    visits.complaints.clear()
