"""What is read aloud: all that a page says, in its order. A stand-in speaks, at once."""

import pytest

from tests.browser.conftest import Study, StudyMaker

pytestmark = pytest.mark.browser

VOICE = """
  window.heard = [];
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
            me.next.click()
            me.page.wait_for_load_state()
            if me.page.locator(".verdict").count():
                assert heard(me)[0] == "Yes, that’s right"
                assert not [words for words in heard(me) if "Read it again" in words]
            else:
                assert heard(me)[0] == "What happens next"
                assert heard(me)[1].startswith("You chose:")
        else:
            me.next.click()
            me.page.wait_for_load_state()
    assert "Choose every answer that fits." in heard(me)
