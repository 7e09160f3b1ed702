"""What content must never do: the part of it that a program can see (see docs/authors.md)."""

import re
from pathlib import Path

import pytest

from induction.curriculum.loader import load_texts, read_texts
from induction.curriculum.model import Option, Policy, Scenario

ROOT = Path(__file__).parents[3]
SLUG = "social-media"
FILES = read_texts(ROOT, SLUG)

TELLS = re.compile(r"(?i)\b(report|told|tell|rings? |lead|tutor|staff|manager|999|Senior)")
WAITS = re.compile(r"(?i)\b(tomorrow|next week|in the morning|on (Mon|Tues|Wednes|Thurs|Fri)day)\b")
CHILD = re.compile(r"(?i)\b(nursery|child|children|pupil|toddler)\b")
OWN_PLACE = re.compile(r"(?i)\b(on|to|with) (your|my) (own )?(page|phone|account|profile|story)\b")
OTHERS_DO = re.compile(r"(?i)\b(lots of|many|most|other) (people|learners) would\b")
BRANDS = re.compile(
    r"(?i)\b(facebook|instagram|tiktok|whatsapp|snapchat|twitter|linkedin|youtube|telegram)\b"
)
A_WAY_THERE = "Add it to LinkedIn"  # what leads to a service has to name it


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_texts(SLUG, FILES)


def scenarios(policy: Policy) -> list[Scenario]:
    return [scenario for section in policy.sections for scenario in section.bank]


def models(scenario: Scenario) -> list[Option]:
    """The choices that a scenario holds up as good."""
    options = [option for scene in scenario.scenes for option in scene.options]
    return [option for option in options if scenario.worth(option)]


def ending(scenario: Scenario, option: Option) -> str:
    scene = next(scene for scene in scenario.scenes if option in scene.options)
    told = scenario.consequence_html(scene, [option.id], right=True)
    return f"{option.text} {told} {option.feedback_html}"


def test_where_somebody_is_hurt_a_good_ending_says_who_was_told(policy: Policy) -> None:
    silent = [
        f"{scenario.id}: {option.id}"
        for scenario in scenarios(policy)
        if policy.of_harm(scenario.clauses)
        for option in models(scenario)
        if not TELLS.search(ending(scenario, option))
    ]
    assert silent == []


def test_a_good_choice_about_harm_does_not_wait(policy: Policy) -> None:
    waiting = [
        f"{scenario.id}: {option.id}"
        for scenario in scenarios(policy)
        if policy.of_harm(scenario.clauses)
        for option in models(scenario)
        if WAITS.search(ending(scenario, option))
    ]
    assert waiting == []


def test_no_good_choice_puts_a_child_on_ones_own_phone_or_page(policy: Policy) -> None:
    taken = [
        f"{scenario.id}: {option.id}"
        for scenario in scenarios(policy)
        if any(CHILD.search(scene.situation_html) for scene in scenario.scenes)
        for option in models(scenario)
        if OWN_PLACE.search(option.text)
    ]
    assert taken == []


@pytest.mark.parametrize("never", [OTHERS_DO, BRANDS], ids=["what others would do", "real brands"])
def test_no_file_says(never: re.Pattern[str]) -> None:
    pages = {
        str(path): path.read_text(encoding="utf-8").replace(A_WAY_THERE, "")
        for path in ROOT.glob("templates/**/*.*")
    }
    assert [path for path, text in {**FILES, **pages}.items() if never.search(text)] == []


def test_cards_and_declaration_say_no_more_than_the_policy(policy: Policy) -> None:
    said = {clause.id: clause.words for clause in policy.clauses}
    declared = [line for line in policy.declaration if "privacy settings" in line]
    assert all("recommend" in words for words in [said["privacy-settings"], *declared])
    assert "disrepute" in said["rule-14-disrepute"]
    assert "deactivated" in said["footprint-copies"]
    assert "close" not in " ".join([said["footprint-copies"], *policy.declaration])
