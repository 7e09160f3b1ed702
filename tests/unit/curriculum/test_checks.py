from datetime import date

import pytest

from induction.curriculum.checks import OnRecord, check, trace
from induction.curriculum.faults import Severity
from tests.unit.curriculum.tiny import (
    ARRIVING,
    ARRIVING_QUIZ,
    BADGES,
    BADGES_QUIZ,
    FILES,
    POLICY,
    load,
    with_text,
)

TODAY = date(2026, 11, 23)


def errors(files: dict[str, str], kept: OnRecord | None = None) -> list[str]:
    return [str(f) for f in check(load(files), TODAY, kept) if f.severity is Severity.ERROR]


def warnings(files: dict[str, str], today: date = TODAY) -> list[tuple[str, int, str]]:
    found = check(load(files), today)
    return [(f.path, f.line, f.message) for f in found if f.severity is Severity.WARNING]


def test_a_sound_policy_has_no_error() -> None:
    assert errors(dict(FILES)) == []


def test_the_trace_goes_from_clause_to_section_to_scenario() -> None:
    traced = trace(load())

    assert [
        (line.clause.id, [s.slug for s in line.sections], [q.id for q in line.scenarios])
        for line in traced.clauses
    ] == [
        ("sign-in", ["arriving"], ["late-for-class", "lunch-run"]),
        ("sign-out", ["arriving"], ["lunch-run"]),
        ("badge", ["badges"], ["forgotten-badge"]),
        ("desk-hours", ["badges"], []),
    ]
    assert (traced.taught, traced.assessed, traced.tested) == (4, 3, 3)


def test_a_clause_that_nobody_teaches() -> None:
    files = with_text(BADGES, "[badge, desk-hours]", "[badge]")

    assert errors(files) == [f"{POLICY}:25: error: no section teaches the clause `desk-hours`"]
    assert trace(load(files)).taught == 3


def test_an_assessed_clause_that_nothing_tests() -> None:
    files = with_text(ARRIVING_QUIZ, "[sign-out, sign-in]", "[sign-in]")

    assert errors(files) == [
        f"{POLICY}:23: error: no scenario tests the clause `sign-out`, which is to be assessed"
    ]
    assert trace(load(files)).tested == 2


def test_a_topic_that_too_few_scenarios_test() -> None:
    files = with_text(POLICY, "at_least: 2", "at_least: 3")

    assert errors(files) == [f"{POLICY}:20: error: the topic `signing` needs 3 scenarios and has 2"]


def test_what_learners_have_answered_must_stay() -> None:
    answered = OnRecord(
        chosen={
            "late-for-class": {"join-queue", "climb-fence"},
            "lunch-run": {"wave", "wait-to-sign"},
            "lost-property": {"hand-in"},
        }
    )

    kept = "so it must stay; put it back"
    assert errors(dict(FILES), answered) == [
        f"{POLICY}:1: error: learners have answered the scenario `lost-property`, {kept}",
        f"{ARRIVING_QUIZ}:3: error: learners have chosen `climb-fence` in `late-for-class`, {kept}",
    ]


def test_a_section_keeps_its_name_once_somebody_has_answered_in_it() -> None:
    tried = {"coming-in": {"lunch-run"}, "long-gone": {"nobody-knows"}, "badges": {"lunch-run"}}

    [said] = errors(dict(FILES), OnRecord(tried=tried))

    assert said.startswith(f"{ARRIVING}:1: error: this was the section `coming-in`, and what")


def test_sections_that_are_short_or_thin() -> None:
    assert warnings(dict(FILES)) == [
        (ARRIVING, 1, "38 words; a section has 250 to 500"),
        (ARRIVING, 1, "too few scenarios: 2; a section has at least 3"),
        (BADGES, 1, "15 words; a section has 250 to 500"),
        (BADGES, 1, "too few scenarios: 1; a section has at least 3"),
    ]


@pytest.mark.parametrize(
    ("words", "warned"), [(249, True), (250, False), (500, False), (501, True)]
)
def test_the_length_of_a_section(words: int, warned: bool) -> None:
    body = "Go in now. " * (words // 3) + "Go " * (words % 3)
    found = warnings({**FILES, BADGES: FILES[BADGES].split("A badge")[0] + body + "\n"})

    assert any(path == BADGES and f"{words} words" in m for path, _, m in found) is warned


def test_a_section_that_is_hard_to_read() -> None:
    long = "Identification considerations necessitate preliminary authorisation. "
    files = with_text(BADGES, "A badge", long + "A badge")

    assert any(
        path == BADGES and m.startswith("hard to read: grade") for path, _, m in warnings(files)
    )


def test_a_right_option_that_gives_itself_away_by_its_length() -> None:
    files = with_text(ARRIVING_QUIZ, "text: Join the queue", f"text: {'Join the queue ' * 4}")
    quiz = files[ARRIVING_QUIZ].replace("text: Put the bag", f"text: {'Put the bag ' * 5}")

    found = "the right option is the longest in 2 of 3 decisions"
    message = f"{found}, more often than chance (1.5): late-for-class, lunch-run"
    assert (ARRIVING_QUIZ, 3, message) in warnings({**FILES, ARRIVING_QUIZ: quiz})


def test_a_right_option_as_long_as_another_gives_nothing_away() -> None:
    assert not [m for _, _, m in warnings(dict(FILES)) if "longest" in m]


def test_a_version_from_the_future() -> None:
    assert (POLICY, 14, "the newest version is of 2026-02-14, which is still to come") in warnings(
        dict(FILES), date(2026, 2, 13)
    )


def test_a_third_scenario_is_enough() -> None:
    third = FILES[BADGES_QUIZ].replace("pass_mark: 100\nscenarios:\n", "")
    more = third.replace("id: forgotten-badge", "id: lost-badge")
    again = third.replace("id: forgotten-badge", "id: found-badge")
    found = warnings({**FILES, BADGES_QUIZ: FILES[BADGES_QUIZ] + more + again})

    assert (BADGES, 1, "too few scenarios: 1; a section has at least 3") not in found
    assert not [m for path, _, m in found if path == BADGES and "too few" in m]
