"""What a learner reads: how long it takes, how hard it is, and idioms."""

import pytest

from induction.curriculum import reading_time
from induction.curriculum.report import run_check
from induction.curriculum.wording import grades, idioms
from tests.unit.curriculum.test_commands import TODAY
from tests.unit.curriculum.tiny import ARRIVING_QUIZ, BADGES_QUIZ, FILES, ROOT, load, with_text


def words(count: int) -> str:
    return " ".join(["word"] * count)


def test_a_scenario_takes_its_words_and_its_decisions() -> None:
    before = load().scenario("late-for-class")
    more = f"feedback: Two minutes late is fine. Missing from the list is not. {words(200)}"
    told = FILES[ARRIVING_QUIZ].replace(
        "feedback: Two minutes late is fine. Missing from the list is not.", more
    )
    after = load({**FILES, ARRIVING_QUIZ: told}).scenario("late-for-class")
    assert before is not None
    assert after is not None
    assert after.minutes_after - before.minutes_after == pytest.approx(1 / 2), "one of two options"
    assert after.minutes_to_decide == before.minutes_to_decide
    story = load().scenario("lunch-run")
    assert story is not None
    asked = 11 + 4 + 4 + 7 + 7 + 2 + 7 + 8  # both scenes: situations, questions, options
    assert story.minutes_to_decide == pytest.approx(asked / 200 + 2 * 6 / 60)


def test_the_whole_is_the_sum_of_what_an_audience_does() -> None:
    policy = load()
    arriving, badges = policy.sections
    (late, lunch), (badge,) = arriving.scenarios, badges.scenarios
    mean = (late.minutes_to_decide + lunch.minutes_to_decide + badge.minutes_to_decide) / 3
    signed = reading_time.declaration(policy, "learner")
    learning = arriving.minutes + late.minutes + lunch.minutes + badges.minutes + badge.minutes
    # One look-back, before the second section: only a single is short enough.
    assert reading_time.whole(policy, "learner") == pytest.approx(
        learning + late.minutes_to_decide + 3 * mean + signed
    )
    alone = (late.minutes_to_decide + lunch.minutes_to_decide) / 2
    assert reading_time.whole(policy, "staff") == pytest.approx(
        arriving.minutes + late.minutes + lunch.minutes + 3 * alone + signed
    ), "the second section is for learners only"


def test_everything_that_is_read_has_a_grade() -> None:
    assert list(grades(load())) == [
        "the rules", "the declaration", "arriving", "arriving, quiz", "badges", "badges, quiz",
    ]  # fmt: skip
    hard = with_text(
        BADGES_QUIZ, "Your badge is at home.", "Identification necessitates authorisation."
    )
    assert grades(load(hard))["badges, quiz"] > grades(load())["badges, quiz"]


def test_an_idiom_is_found_wherever_a_learner_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert idioms(load()) == []
    files = with_text(BADGES_QUIZ, "Any badge will do.", "Nobody turns a blind eye.")
    assert idioms(load(files)) == [], "a misconception is for tutors"
    for old in ("Your badge is at home.", "Tell your tutor", "You have a day badge in a minute."):
        (found,) = idioms(load(with_text(BADGES_QUIZ, old, "It came out of the blue.")))
        assert (found.kind, found.name, found.words) == (
            "scenario",
            "forgotten-badge",
            "out of the blue",
        )
    run_check(ROOT, TODAY, as_json=False)
    printed = capsys.readouterr().out
    assert "\nIdioms: none" in printed
    assert "\nReading grade, at most 7:\n  the rules" in printed
    assert "\nMinutes, of which people are told 5:\n  learner" in printed
