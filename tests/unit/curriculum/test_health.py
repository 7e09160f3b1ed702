from datetime import date

import pytest

from induction.curriculum.checks import policy_health
from induction.curriculum.faults import Severity
from tests.unit.curriculum.tiny import ARRIVING, FILES, POLICY, SLUG, load

TODAY = date(2026, 11, 23)

SOUND = FILES[POLICY]
# The document as it might be printed with all four slips.
SLIPS = {
    "14/02/2026": "14//02/2025",
    'version_number: "2"': "version_number: VS-1",
    "review_due: 2096-02": "review_due: 2026-10",
    "relies_on: [Fire Procedure]": "relies_on: [Fire Procedure, Lift Policy]",
}
WORDS = {
    "14/02/2026": (
        9,
        "`14//02/2025`, which is not a date, and its own history ends on 14 February 2026",
    ),
    'version_number: "2"': (8, "`VS-1` as its version number, but that is its reference"),
    "review_due: 2096-02": (15, "due by 31 October 2026, which has passed"),
    "relies_on: [Fire Procedure]": (
        11,
        "rely on the Lift Policy, but its list of related documents",
    ),
}


def health(text: str, today: date = TODAY) -> list[tuple[int, str]]:
    found = policy_health(load({**FILES, POLICY: text}), today)
    assert all(f.severity is Severity.WARNING and f.path == POLICY for f in found)
    return [(f.line, f.message) for f in found]


def with_slips(*but: str) -> str:
    text = SOUND
    for sound, slip in SLIPS.items():
        assert text.count(sound) == 1
        text = text if sound in but else text.replace(sound, slip)
    return text


def test_a_sound_document_has_no_finding() -> None:
    assert health(SOUND) == []


def test_all_four_slips_are_found_with_their_lines() -> None:
    found = health(with_slips())

    assert [line for line, _ in found] == [8, 9, 11, 15]
    for line, words in WORDS.values():
        assert any(at == line and words in message for at, message in found), (words, found)


@pytest.mark.parametrize("mended", SLIPS)
def test_a_slip_that_is_mended_is_no_longer_found(mended: str) -> None:
    found = health(with_slips(mended))

    assert len(found) == 3
    assert not any(WORDS[mended][1] in message for _, message in found)


@pytest.mark.parametrize(
    "printed", ["14/02/2026", "14.02.2026", "2026-02-14", "14 February 2026", "14th Feb 2026"]
)
def test_a_date_may_be_printed_in_any_usual_way(printed: str) -> None:
    assert health(SOUND.replace("14/02/2026", printed)) == []


def test_a_date_that_is_one_but_not_the_newest() -> None:
    ((line, message),) = health(SOUND.replace("14/02/2026", "12/02/2024"))

    assert line == 9
    assert message.endswith("as `12/02/2024`, but its own history ends on 14 February 2026")


def test_the_review_is_overdue_from_the_day_after() -> None:
    assert health(SOUND, date(2096, 2, 29)) == []
    assert len(health(SOUND, date(2096, 3, 1))) == 1


def test_a_policy_that_quotes_no_document_has_only_its_review_to_check() -> None:
    text = SOUND[: SOUND.index("source:")] + SOUND[SOUND.index("versions:") :]

    assert health(text) == []
    assert len(health(text, date(2100, 1, 1))) == 1
    assert health(text.replace("review_due: 2096-02\n", ""), date(2100, 1, 1)) == []


def test_names_of_documents_are_compared_without_regard_to_case() -> None:
    assert (
        health(SOUND.replace("relies_on: [Fire Procedure]", "relies_on: [fire  procedure]")) == []
    )


@pytest.mark.parametrize(("day", "late"), [(date(2027, 11, 30), False), (date(2027, 12, 1), True)])
def test_what_pages_say_of_the_law_is_checked_again_every_twelve_months(
    day: date, late: bool
) -> None:
    checked = 'law_checked: "2026-11"\n'
    help_path = f"content/{SLUG}/help-locked-out.md"
    files = {
        **FILES,
        ARRIVING: FILES[ARRIVING].replace("title:", f"{checked}title:", 1),
        help_path: f"---\n{checked}title: Locked out\nsummary: At the gate.\n---\n\nRing us.\n",
    }
    found = [f for f in policy_health(load(files), day) if "`law_checked`" in f.message]

    assert [f.path for f in found] == ([ARRIVING, help_path] if late else [])
    assert all("30 November 2026" in f.message for f in found)
