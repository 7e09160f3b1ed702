"""Where somebody is on the way, and what a part that was passed leaves with them."""

import re

from tests.support.learner import Learner
from tests.support.page import Element


def track(learner: Learner) -> list[str]:
    """How each step and the declaration are filled in the bar of this page."""
    [bar] = [e for e in learner.page.all("div") if e["class"] == "track"]
    return [part["class"] for part in bar.all("i")]


def stops(learner: Learner) -> list[Element]:
    """The steps of the hub."""
    return [e for e in learner.page.all("li") if e["class"].startswith("stop ")]


def test_the_steps_of_the_hub_add_up_to_what_it_says(newcomer: Learner) -> None:
    page, seen = newcomer.open(), 0
    while "See my certificate" not in page.text:
        said = re.search(r"about (\d+) minutes? (in all|left)", page.text)
        assert said, page.text
        minutes = [
            int(m) for stop in stops(newcomer) for m in re.findall(r"(\d+) min\b", stop.text)
        ]
        assert sum(minutes) == int(said[1])
        seen += 1
        for _ in range(3):
            newcomer.press()
            if newcomer.signing:
                newcomer.finish()
                break
        page = newcomer.open()
    assert seen > 3


def test_the_bar_counts_as_the_hub_does_and_fills_with_the_answers(newcomer: Learner) -> None:
    newcomer.open()
    steps = len(stops(newcomer))
    newcomer.press()
    assert track(newcomer) == ["here-0", *[""] * (steps - 1)]
    assert f"Step 1 of {steps}" in newcomer.page.text
    assert newcomer.page.links["All steps"] == "/induction"
    newcomer.walk(lambda me: "/feedback/" in me.path)
    assert track(newcomer)[0] == "here-50", "one of two is answered"
    newcomer.walk(lambda me: me.path.endswith("/declaration"))
    assert track(newcomer) == [*["done"] * (steps - 1), "here-0"]
    newcomer.finish()
    newcomer.open("/induction/arriving")
    assert track(newcomer) == ["done"] * steps


def test_a_part_that_is_passed_says_what_to_keep_in_mind_and_joins_the_collection(
    newcomer: Learner,
) -> None:
    newcomer.walk(lambda me: me.path.endswith("/result"))
    page = newcomer.page
    assert "1 of 2 parts passed" in page.text
    assert "To keep in mind: Sign in first." in page.text
    assert "You are halfway through the parts." in page.text
    patches = [e.text for e in page.all("li") if "patch" in e["class"].split()]
    assert [words.split(": ")[-1] for words in patches] == ["passed", "to come"]
    newcomer.press()
    newcomer.walk(lambda me: me.path.endswith("/result"))
    assert "2 of 2 parts passed" in newcomer.page.text
    assert "halfway" not in newcomer.page.text
    assert "To keep in mind" not in newcomer.page.text, "this part has no short version"


def test_a_part_that_is_not_passed_is_no_occasion(newcomer: Learner) -> None:
    newcomer.walk(lambda me: bool(me.asked), rightly=False)
    while not newcomer.path.endswith("/result"):
        newcomer.press(rightly=False)
    assert "parts passed" not in newcomer.page.text
