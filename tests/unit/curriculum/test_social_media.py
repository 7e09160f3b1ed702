"""The policy that the product ships with."""

from datetime import date
from pathlib import Path

import pytest

from induction.curriculum.checks import check, policy_health, trace
from induction.curriculum.faults import Severity
from induction.curriculum.kinds.multiple import Multiple
from induction.curriculum.loader import load_texts, read_texts
from induction.curriculum.model import Scenario
from induction.curriculum.readability import WORDS_A_MINUTE, word_count
from induction.journey import rules

ROOT = Path(__file__).parents[3]
SLUG = "social-media"
POLICY = f"content/{SLUG}/policy.yaml"
TODAY = date(2026, 11, 23)

# What the institute's document gets wrong → the passage of ours that says so, and the same mended.
SLIPS = {
    "11//09/2024": ('latest_version_date: "11//09/2024"', "latest_version_date: 13/03/2025"),
    "version number": ("version_number: MERUK-145", 'version_number: "5"'),
    "review": ('review_due: "2025-09"', "review_due: 2027-09"),
    "ICT Policy": ("  - Complaints Procedure\n", "  - Complaints Procedure\n  - ICT Policy\n"),
}


def findings(files: dict[str, str]) -> list[str]:
    return [fault.message for fault in policy_health(load_texts(SLUG, files), TODAY)]


def test_every_clause_is_taught_and_every_assessed_one_is_tested() -> None:
    policy = load_texts(SLUG, read_texts(ROOT, SLUG))
    traced = trace(policy)

    assert [str(f) for f in check(policy, TODAY) if f.severity is Severity.ERROR] == []
    assert (len(traced.clauses), traced.taught, traced.assessed, traced.tested) == (38, 38, 33, 33)


def test_the_four_slips_of_the_institutes_document_are_found() -> None:
    found = findings(read_texts(ROOT, SLUG))

    assert len(found) == 4
    for words in SLIPS:
        assert sum(words in message for message in found) == 1


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_that_the_institute_mends_is_no_longer_found(slip: str) -> None:
    files = read_texts(ROOT, SLUG)
    before = findings(files)
    old, new = SLIPS[slip]
    assert files[POLICY].count(old) == 1
    files[POLICY] = files[POLICY].replace(old, new)

    assert findings(files) == [message for message in before if slip not in message]


def words_met(scenario: Scenario) -> float:
    """The words on the way of one learner through a scenario, on average over what they choose."""
    total = 0.0
    for scene in scenario.scenes:
        options = [o for o in scene.options if not isinstance(scenario, Multiple) or o.correct]
        answers = sum(word_count(f"{o.consequence_html}{o.feedback_html}") for o in options)
        asked = [scene.situation_html, f"<p>{scene.question}</p>"]
        asked += [f"<p>{o.text}</p>" for o in scene.options]
        total += word_count("".join(asked))
        total += answers if isinstance(scenario, Multiple) else answers / len(options)
    scenes = min(2, len(scenario.scenes))  # a story of three scenes shows two of them
    told = scenario.consequence_right_html if isinstance(scenario, Multiple) else ""
    return total * scenes / len(scenario.scenes) + word_count(told)


def test_learners_are_told_an_honest_time_of_at_most_40_minutes() -> None:
    policy = load_texts(SLUG, read_texts(ROOT, SLUG))
    told = rules.standing(
        rules.InForce(policy), rules.LearnerRecord("learner", "a seed")
    ).minutes_left
    scenarios = [q for section in policy.sections for q in section.scenarios]
    decided = sum(map(words_met, scenarios)) / len(scenarios) / WORDS_A_MINUTE

    assert 25 <= told <= 40
    assert abs(decided - rules.MINUTES_PER_SCENARIO) < 0.05
    assert not [f for f in check(policy, TODAY) if "promises" in f.message]
