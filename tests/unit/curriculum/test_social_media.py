"""The policy that the product ships with."""

from datetime import date
from pathlib import Path

import pytest

from induction.curriculum import reading_time
from induction.curriculum.bank import OWN_AT_LEAST, bank
from induction.curriculum.checks import check, policy_health, trace
from induction.curriculum.faults import Severity
from induction.curriculum.loader import load_texts, read_texts
from induction.journey import rules

ROOT = Path(__file__).parents[3]
SLUG = "social-media"
POLICY = f"content/{SLUG}/policy.yaml"
TODAY = date(2026, 11, 23)

# What the institute's document gets wrong → the passage of ours that says so, and the same mended.
SLIPS = {
    "11//09/2024": ('latest_version_date: "11//09/2024"', "latest_version_date: 13/03/2025"),
    "version number": ('version_number: "{reference}"', 'version_number: "5"'),
    "review": ('review_due: "2025-09"', "review_due: 2027-09"),
    "ICT Policy": ('  - "{complaints}"\n', '  - "{complaints}"\n  - "{ict-policy}"\n'),
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


def test_everybody_is_told_the_same_honest_time() -> None:
    policy = load_texts(SLUG, read_texts(ROOT, SLUG))
    told = reading_time.told(policy)

    for audience in policy.audiences:
        for seed in "abc":
            learner = rules.LearnerRecord(audience, seed)
            left = rules.standing(rules.InForce(policy), learner).minutes_left
            # The minutes left are rounded up, and what is drawn differs by less than half of one.
            assert abs(left - reading_time.whole(policy, audience)) < 1.5, "whatever is drawn"
            assert 0 <= told - left <= 5
    assert told <= 40
    assert f"in about {told} minutes on a phone" in (ROOT / "README.md").read_text("utf-8")


def test_a_quarter_of_what_apprentices_and_staff_decide_is_their_own() -> None:
    own = bank(load_texts(SLUG, read_texts(ROOT, SLUG))).own

    assert not any(own[who].is_under(OWN_AT_LEAST) for who in ("apprentice", "staff")), own


def test_every_rule_that_is_asked_is_explained_at_a_place_that_can_be_led_to() -> None:
    policy = load_texts(SLUG, read_texts(ROOT, SLUG))
    tested = {clause.id for clause in policy.clauses if clause.assess}
    for audience in policy.audiences:
        for section in policy.sections_for(audience):
            for clause in tested.intersection(section.clauses):
                place = section.place_of(clause, audience)
                assert section.body_for(audience).count(f' id="{place}"') == 1, (audience, clause)
