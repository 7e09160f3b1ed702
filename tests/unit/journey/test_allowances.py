"""A fresh start, and a section excused: what counts, and what stays."""

from datetime import UTC, datetime

from induction.journey import rules
from induction.journey.rules import (
    Allowance,
    AllowanceKind,
    AttemptKind,
    AttemptRecord,
    LearnerState,
    StepStatus,
)
from tests.unit.journey.school import policy, scenario, section

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IDS = ("a", "b")
POLICY = policy(section(1, *map(scenario, IDS)), section(2, scenario("c"), scenario("d")))


def tried(number: int, *results: str) -> AttemptRecord:
    answers = tuple(
        rules.AnswerRecord(s, "", ("well", "badly"), ("well",), r, "", AT)
        for s, r in zip(IDS, results, strict=False)
    )
    return AttemptRecord(AttemptKind.SECTION, "part-1", number, "0", IDS, IDS, 80, AT, answers)


def standing(tries: list[AttemptRecord], *allowances: Allowance) -> rules.JourneyState:
    learner = rules.LearnerRecord("learner", "seed", tuple(tries), allowances)
    return rules.standing(rules.InForce(POLICY), learner)


FAILED = [tried(n, "right", "wrong") for n in (1, 2, 3)]


def test_after_a_fresh_start_everything_is_asked_again_and_nobody_is_stuck() -> None:
    assert standing(FAILED).state is LearnerState.STUCK
    fresh = standing(FAILED, Allowance(AllowanceKind.FRESH_START, "part-1", 3, AT))
    step = fresh.steps[0]
    assert fresh.state is LearnerState.IN_PROGRESS
    assert (step.phase, step.failed_tries, step.right) == (StepStatus.OPEN, 0, 0)
    assert (step.plan.number, step.waiting) == (4, IDS)


def test_tries_after_a_fresh_start_count_as_ever() -> None:
    leave = Allowance(AllowanceKind.FRESH_START, "part-1", 3, AT)
    assert (
        standing([*FAILED, tried(4, "right", "right")], leave).steps[0].phase is StepStatus.PASSED
    )


def test_an_excused_section_counts_as_passed_and_says_so() -> None:
    found = standing([], Allowance(AllowanceKind.EXCUSED, "part-1", 0, AT))
    assert found.steps[0].phase is StepStatus.PASSED
    assert found.steps[0].excused
    assert found.steps[1].phase is StepStatus.OPEN
    assert set(found.steps[2].plan.asked) <= {"c", "d"}, "the check asks what was taught"


def test_a_section_passed_by_answers_is_not_called_excused() -> None:
    found = standing(
        [tried(1, "right", "right")], Allowance(AllowanceKind.EXCUSED, "part-1", 0, AT)
    )
    assert not found.steps[0].excused
