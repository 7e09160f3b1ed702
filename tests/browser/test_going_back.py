"""An answer on record is one that was chosen: going back, two windows, nothing chosen."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Study, StudyMaker, sign_in
from tests.support.browser import Visits, follow
from tests.support.cast import Cast
from tests.support.chromium import arguments, find_chromium
from tests.support.record import count, rows
from tests.support.server import Server

pytestmark = pytest.mark.browser

LONG_ENOUGH = 10  # pages
ANSWERED = "You had answered this already"
WITH_AND_WITHOUT = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])


def ticked(page: Page) -> list[str]:
    """What is chosen on this page."""
    found: list[str] = page.locator("input[name=option]:checked").evaluate_all(
        "(all) => all.map((input) => input.value)"
    )
    return found


def decide(me: Study) -> str:
    """Choose on this page and send it; the words of what was chosen."""
    page, words = me.page, []
    for value in me.choice():
        chosen = page.locator(f"input[name=option][value={value}]")
        chosen.check()
        words.append(page.locator(f"label[for={chosen.get_attribute('id')}]").inner_text())
    follow(me.next)
    return " ".join(words)


def move(page: Page, where: str, address: str) -> None:
    """Back or forward until a page of this address is there."""
    for _ in range(LONG_ENOUGH):
        if page.url == address:
            return
        page.go_back() if where == "back" else page.go_forward()
    raise AssertionError(f"never got {where} to {address}; now at {page.url}")


@WITH_AND_WITHOUT
def test_t11_going_back_shows_each_question_as_it_was_answered(
    app: Flask, study: StudyMaker, scripts: bool
) -> None:
    me = study(java_script_enabled=scripts)
    me.to_a_question()
    way: list[tuple[str, str]] = []
    while len(way) < 3:
        if me.options.count():
            assert ticked(me.page) == []
            way.append((me.page.url, decide(me)))
        else:
            follow(me.next)
    answers = count(app, "answer")
    for address, chosen in reversed(way):
        move(me.page, "back", address)
        expect(me.page.get_by_role("heading", level=1)).to_contain_text(ANSWERED)
        expect(me.page.get_by_role("listitem").filter(has_text="you chose this")).to_contain_text(
            chosen
        )
        assert me.options.count() == 0, "there is nothing to send again"
    for address, _ in way[1:]:
        move(me.page, "forward", address)
    assert count(app, "answer") == answers


@WITH_AND_WITHOUT
def test_t11_nothing_is_chosen_that_nobody_chose(study: StudyMaker, scripts: bool) -> None:
    """A question that was left without sending comes back with this person's choice or none."""
    me = study(java_script_enabled=scripts)
    me.to_a_question()
    mine = me.options.last
    mine.check()
    chosen = ticked(me.page)
    me.page.goto("/induction")
    me.page.go_back()
    assert ticked(me.page) in ([], chosen)
    decide(me)
    follow(me.next)
    expect(me.options.first).to_be_visible()
    assert ticked(me.page) == []
    me.page.go_back()
    me.page.go_back()
    assert ticked(me.page) == [], "the question before"
    me.page.go_forward()
    me.page.go_forward()
    expect(me.options.first).to_be_visible()
    assert ticked(me.page) == [], "and the one that is open now"


def test_t11_a_page_that_the_browser_kept_whole_is_asked_for_anew(
    chromium: Browser, server: Server, cast: Cast
) -> None:
    """Playwright turns the cache of whole pages off; people's browsers have it."""
    path, kept = find_chromium(), ["--disable-back-forward-cache"]
    launch = chromium.browser_type.launch
    with launch(executable_path=path, args=arguments(), ignore_default_args=kept) as browser:
        visits = Visits(browser, server.url)
        me = Study(visits.phone(), cast, cast.learner().email)
        sign_in(me.page, me.email)
        me.to_a_question()
        decide(me)
        me.page.go_back(wait_until="commit")
        expect(me.page.get_by_role("heading", level=1)).to_contain_text(ANSWERED)
        visits.close()


def test_t11_a_second_window_is_told_which_answer_counts(app: Flask, study: StudyMaker) -> None:
    me = study()
    me.to_a_question()
    second = Study(me.page.context.new_page(), me.cast, me.email)
    second.page.goto(me.page.url)
    [wrong], address = second.choice(rightly=False), second.page.url
    second.page.check(f"input[name=option][value={wrong}]")
    chosen = decide(me)
    follow(second.next)
    expect(second.page.get_by_role("heading", level=1)).to_contain_text(ANSWERED)
    expect(second.page.get_by_role("status")).to_contain_text("was not taken")
    expect(second.page.get_by_text("(you chose this)").locator("..")).to_contain_text(chosen)
    assert second.page.url == address
    assert rows(app, "SELECT result FROM answer") == [("right",)]
    follow(second.next)
    expect(second.page.get_by_role("heading", level=1)).to_have_text("Yes, that’s right")


@WITH_AND_WITHOUT
def test_after_an_empty_form_back_never_asks_to_send_again(
    study: StudyMaker, visits: Visits, scripts: bool
) -> None:
    me = study(java_script_enabled=scripts)
    me.to_a_question()
    address = me.page.url
    follow(me.next)
    expect(me.page.get_by_role("alert")).to_be_focused()
    me.page.reload()
    expect(me.options.first).to_be_visible()
    decide(me)
    for _ in range(2):
        me.page.go_back()
        assert me.page.url == address
        expect(me.page.get_by_role("heading", level=1)).to_contain_text(ANSWERED)
    assert visits.complaints == []


def test_other_forms_that_came_back_are_asked_for_anew(study: StudyMaker, visits: Visits) -> None:
    me = study()
    me.page.goto("/forgotten-password")
    send = me.page.locator("main form button[type=submit]")
    follow(send)
    expect(me.page.get_by_role("alert")).to_be_focused()
    me.page.goto("/induction")
    me.page.go_back()
    expect(send).to_be_visible()
    expect(me.page.get_by_role("alert")).to_have_count(0)
    visits.complaints.clear()  # the browser notes the status 422


def test_the_next_scene_begins_with_what_the_choice_led_to(study: StudyMaker) -> None:
    me = study()
    me.to_a_question()
    while me.page.locator("input[name=scenario]").input_value() != "lunch-run":
        decide(me)
        follow(me.next)
        expect(me.options.first).to_be_visible()
    first_scene = me.page.locator(".scene").inner_text()
    chosen = decide(me)
    assert "what happens next" in me.page.title()
    expect(me.page.get_by_role("heading", name="What happens next")).to_be_focused()
    expect(me.page.get_by_text(chosen).last).to_be_in_viewport()
    expect(me.page.locator(".scene")).to_be_in_viewport()
    expect(me.page.get_by_text(first_scene)).to_be_hidden()
    me.page.get_by_text("The story so far").click()
    expect(me.page.get_by_text(first_scene)).to_be_visible()
