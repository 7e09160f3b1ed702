"""What is read aloud: all that a page says, in its order. A stand-in speaks, at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Study, StudyMaker
from tests.support.browser import follow

pytestmark = pytest.mark.browser

VOICE = """
  window.heard = [];
  speechSynthesis.getVoices = () => [{ name: "Stand-in" }];
  speechSynthesis.speak = (words) => { heard.push(words.text.trim()); words.onend(); };
"""


def heard(me: Study) -> list[str]:
    """Have this page read to the end; its paragraphs."""
    me.page.evaluate("window.heard = []")
    me.page.get_by_role("button", name="Read it to me").click()
    found: list[str] = me.page.evaluate("heard")
    return found


def test_a_question_and_what_an_answer_led_to_are_read_in_full(study: StudyMaker) -> None:
    me = study()
    me.page.add_init_script(VOICE)
    me.to_a_question()
    while me.page.locator("[type=checkbox][name=option]").count() == 0:
        if me.options.count():
            for value in me.choice():
                me.page.check(f"input[name=option][value={value}]")
            follow(me.next)
            if me.page.locator(".verdict").count():
                assert heard(me)[0] == "Yes, that’s right"
                assert not [words for words in heard(me) if "Read it again" in words]
            else:
                assert heard(me)[0] == "What happens next"
                assert heard(me)[1].startswith("You chose:")
        else:
            follow(me.next)
    assert "Choose every answer that fits." in heard(me)


SLOW = """
  window.heard = [];
  window.goOn = () => { window.words.onend(); };
  speechSynthesis.getVoices = () => [{ name: "Stand-in" }];
  speechSynthesis.speak = (words) => { heard.push(words.text.trim()); window.words = words; };
"""


def test_reading_pauses_goes_back_and_keeps_its_place(study: StudyMaker) -> None:
    me = study()
    me.page.add_init_script(SLOW)
    me.to_a_question()
    me.page.get_by_role("button", name="Read it to me").click()
    me.page.evaluate("goOn(); goOn()")
    tools = me.page.locator(".read-tools")
    me.page.mouse.wheel(0, 4000)
    expect(tools).to_be_in_viewport(ratio=1)
    me.page.keyboard.press("Escape")
    me.page.get_by_role("button", name="Read on").click()
    me.page.get_by_role("button", name="Back a bit").click()
    me.page.get_by_role("button", name="Pause").click()
    first, second, third, *later = me.page.evaluate("heard")
    assert later == [third, second], "on from where it paused, then one part back"
    assert first != second
    me.page.evaluate("goOn()")
    assert len(me.page.evaluate("heard")) == 5, "what was paused goes on by no late answer"


def test_where_there_is_no_voice_that_is_said(study: StudyMaker) -> None:
    me = study()
    me.page.add_init_script("speechSynthesis.getVoices = () => [];")
    me.to_a_question()
    me.page.get_by_role("button", name="Read it to me").click()
    expect(me.page.get_by_role("status")).to_contain_text("This browser has no voice")
    expect(me.page.get_by_role("button", name="Read it to me")).to_be_visible()


def test_pages_to_keep_and_to_get_help_by_are_read_aloud(study: StudyMaker) -> None:
    me = study()
    me.page.add_init_script(VOICE)
    for at, words in (("/induction/my-changes", "My three changes"), ("/help", "Whom to tell")):
        me.page.goto(at)
        assert words in heard(me)


def test_the_start_page_is_read_aloud_with_the_route(study: StudyMaker) -> None:
    me = study()
    me.page.add_init_script(VOICE)
    me.page.goto("/induction")
    said = heard(me)
    assert said[0] == f"Welcome, {me.name}"
    assert "Your route" in said
    titles = [section.title for section in me.cast.policy.sections]
    assert all(any(title in words for words in said) for title in titles)
    tools, heading = me.page.locator(".read-tools"), me.page.get_by_role("heading", level=1)
    below, above = tools.bounding_box(), heading.bounding_box()
    assert below
    assert above
    assert below["y"] >= above["y"] + above["height"], "beneath the greeting"
