"""What a screen reader is told, and in which order: from the browser's accessibility tree."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows

pytestmark = pytest.mark.browser

LANDMARKS = ["banner", "navigation", "main", "contentinfo"]
LINE = re.compile(r"^( *)- (\w+)(?: \"((?:[^\"\\]|\\.)*)\")?((?: \[[^\]]*\])*)", re.MULTILINE)
QUOTED = re.compile(r"^( *- )'(.*)'(:?)$", re.MULTILINE)


def tree(page: Page) -> list[tuple[str, str, str]]:
    """(role, name, states) of everything on the page, in reading order."""
    text = page.locator("body").aria_snapshot()
    # A name with a colon makes the snapshot quote the whole line.
    text = QUOTED.sub(lambda m: m[1] + m[2].replace("''", "'") + m[3], text)
    return [(role, name, states) for _, role, name, states in LINE.findall(text)]


def names(page: Page, role: str) -> list[str]:
    """The names of everything with this role, in order."""
    return [name for kind, name, _ in tree(page) if kind == role]


def sound(page: Page, landmarks: list[str] = LANDMARKS) -> list[tuple[str, str, str]]:
    """The tree of a page that has what every page must have."""
    found = tree(page)
    assert found[0][:2] == ("link", "Skip to the main part")
    assert [role for role, _, _ in found if role in LANDMARKS] == landmarks
    levels = [int(states[-2]) for role, _, states in found if role == "heading"]
    assert levels[0] == 1
    assert levels.count(1) == 1, "one main heading"
    assert all(b <= a + 1 for a, b in pairwise(levels)), f"levels {levels}"
    assert all(name for role, name, _ in found if role in {"heading", "link", "button", "radio"})
    return found


def test_a_section(windows: Windows) -> None:
    page, policy = windows.of("new"), windows.institute.policy
    page.goto(f"/induction/{policy.sections[0].slug}")
    found = sound(page)
    assert names(page, "heading")[0] == policy.sections[0].title
    assert names(page, "heading")[-1] == "What the policy asks of you"
    main = found[[role for role, _, _ in found].index("main") :]
    assert main[1][0] == "link", "the way back stands first"
    assert "Start the questions" in names(page, "link")


def test_a_scenario(windows: Windows) -> None:
    page, policy = windows.of("new"), windows.institute.policy
    page.goto(windows.institute.paths["question"])
    found = sound(page, ["banner", "main", "contentinfo"])  # no menu before it on a phone
    assert "All steps" in names(page, "link"), "what leads to everything else"
    kind = "checkbox" if page.locator("[type=checkbox][name=option]").count() else "radio"
    scenario = policy.scenario(page.locator("input[name=scenario]").input_value())
    assert scenario is not None
    scene = scenario.scenes[0]
    groups = [name for role, name, _ in found if role == "group"]
    assert groups == [scene.question], "the choices are a group that is named by the question"
    assert sorted(names(page, kind)) == sorted(option.text for option in scene.options)
    roles = [role for role, _, _ in found]
    assert roles.index("heading") < roles.index("group") < roles.index(kind)
    assert names(page, "button")[-1] == "This is what I’d do"


@pytest.mark.parametrize(
    ("who", "at", "verdict"),
    [("back", "feedback", "Yes, that’s right"), ("missing", "feedback-again", "Not quite")],
)
def test_feedback(windows: Windows, who: str, at: str, verdict: str) -> None:
    page = windows.of(who)
    page.goto(windows.institute.paths[at])
    sound(page)
    heads = names(page, "heading")
    assert heads[:2] == [verdict, "What happens next"], "first the verdict, then the story"
    assert heads[2].startswith(("Why", "What fits")), "the second of several answers"
    if at == "feedback":
        assert page.locator("summary", has_text="The rule").count() == 1, "folded once it is known"
    else:
        assert heads[3].startswith("The rule")
    expect(page.get_by_role("heading", level=1)).to_be_focused()  # a screen reader starts there
