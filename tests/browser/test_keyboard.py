"""The learner's way with the keyboard alone: focus is always seen and never lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Study
from tests.support.browser import Visits
from tests.support.cast import PASSWORD, Cast

pytestmark = pytest.mark.browser

LONG_ENOUGH = 60  # presses
# What is wrong with how the focused element is seen; a choice is drawn by its label.
FOCUS = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) return "nothing has the focus";
  const drawn = here.closest(".choice")?.querySelector("label") ?? here;
  const { outlineStyle, outlineWidth, textDecorationLine } = getComputedStyle(drawn);
  const seen = (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2)
    || (drawn.matches("h1") && textDecorationLine === "underline") || drawn.matches("main");
  if (!seen) return `the focus on “${drawn.textContent.trim() || here.name}” cannot be seen`;
  const box = drawn.getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight) return `“${drawn.textContent}” is out of sight`;
  const x = box.left + box.width / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(x, y);
  return drawn.contains(top) || top?.contains(drawn) ? "" : `“${drawn.textContent}” is covered`;
}"""


class Hands:
    """Somebody with a keyboard and no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        """Press a key that leads to no other page."""
        self.page.keyboard.press(key)

    def follow(self) -> None:
        """Press Enter where it leads to another page, and wait for that one."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def tab_to(self, selector: str) -> None:
        """Tab until this has the focus, looking at it at every stop."""
        for _ in range(LONG_ENOUGH):
            if self.at(selector):
                return
            self.press("Tab")
            fault = self.page.evaluate(FOCUS)
            assert not fault, f"{self.page.url}: {fault}"
        raise AssertionError(f"Tab never leads to {selector} on {self.page.url}")

    def at(self, selector: str) -> bool:
        """Whether the focus is on this."""
        found: bool = self.page.evaluate("(s) => document.activeElement.matches(s)", selector)
        return found

    def choose(self, wanted: list[str]) -> None:
        """Arrows move among choices of which one is made; Space marks."""
        self.tab_to("input[name=option]")
        if self.at("[type=radio]"):
            while not self.at(f"[value='{wanted[0]}']"):
                self.press("ArrowDown")
            self.press("Space")
            return
        for value in wanted:
            self.tab_to(f"[value='{value}']")
            self.press("Space")
            # The next that is wanted may stand above this one.
            self.page.locator("input[name=option]").first.focus()


def signed_in(visits: Visits, cast: Cast) -> tuple[Study, Hands]:
    """A learner on a laptop, who signs in by typing."""
    learner = cast.learner()
    page = visits.desktop(reduced_motion="reduce")
    hands = Hands(page)
    page.goto("/sign-in")
    hands.tab_to("[name=email]")
    page.keyboard.type(learner.email)
    hands.tab_to("[name=password]")
    page.keyboard.type(PASSWORD)
    hands.follow()
    assert page.url.endswith("/induction")
    return Study(page, cast, learner.email), hands


def test_the_whole_journey(visits: Visits, cast: Cast) -> None:
    me, hands = signed_in(visits, cast)
    answered = 0
    for _ in range(LONG_ENOUGH):
        if "/certificates/" in me.page.url:
            break
        before = me.page.url, answered
        if me.options.count():
            hands.choose(me.choice())
            answered += 1
        if me.page.locator("[name=full_name]").count():
            hands.tab_to("[name=accept]")
            hands.press("Space")
            hands.tab_to("[name=full_name]")
            me.page.keyboard.type(me.name)
        hands.tab_to("main [data-next]")
        hands.follow()
        if "/feedback/" in me.page.url:
            expect(me.page.get_by_role("heading", level=1)).to_be_focused()
        assert before != (me.page.url, answered), "pressing the next step led nowhere"
    assert "/certificates/" in me.page.url


def test_the_first_stop_skips_to_the_main_part(visits: Visits, cast: Cast) -> None:
    me, hands = signed_in(visits, cast)
    hands.press("Tab")
    assert hands.at(".skip")
    expect(me.page.get_by_role("link", name="Skip to the main part")).to_be_in_viewport()
    hands.press("Enter")
    expect(me.page.locator("main")).to_be_focused()
    hands.tab_to("main a")


def test_a_missing_answer_is_announced_focused_and_linked(visits: Visits, cast: Cast) -> None:
    me, hands = signed_in(visits, cast)
    me.to_a_question()
    hands.tab_to("main [data-next]")
    hands.follow()
    summary = me.page.get_by_role("alert")
    expect(summary).to_be_focused()
    assert me.page.title().startswith("Error: ")
    hands.press("Tab")
    hands.press("Enter")
    expect(me.options.first).to_be_focused()
    described = me.page.get_by_role("group").get_attribute("aria-describedby") or ""
    words = me.page.locator(f"#{described.split()[-1]}")
    expect(words).to_contain_text(summary.get_by_role("link").inner_text())
    visits.complaints.clear()  # the browser notes the status 422


def test_the_missing_name_of_a_form_is_linked_to_its_field(visits: Visits, cast: Cast) -> None:
    page = visits.desktop()
    hands = Hands(page)
    page.goto("/sign-in")
    hands.tab_to("main [data-next]")
    hands.follow()
    expect(page.get_by_role("alert")).to_be_focused()
    hands.press("Tab")
    hands.press("Enter")
    expect(page.locator("[name=email]")).to_be_focused()
    expect(page.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    visits.complaints.clear()  # the browser notes the status 422
