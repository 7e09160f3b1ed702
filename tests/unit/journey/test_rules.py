from dataclasses import replace
from datetime import timedelta

import pytest

from induction.curriculum.kinds.branching import Branching
from induction.journey import rules
from induction.journey.rules import (
    Allowance,
    AllowanceKind,
    AttemptKind,
    LearnerState,
    NextAction,
    NextKind,
    StepStatus,
)
from induction.journey.time_left import shared_out
from tests.unit.journey.school import (
    BEGUN,
    ON,
    RIGHT,
    WRONG,
    Pupil,
    plain,
    policy,
    scenario,
    section,
)


def phases(pupil: Pupil) -> list[str]:
    return [step.phase.value for step in pupil.standing().steps]


# ---- gates ---------------------------------------------------------------------------------------


def test_at_first_only_the_first_section_is_open() -> None:
    pupil = Pupil(plain(3))
    assert phases(pupil) == ["open", "locked", "locked", "locked"]
    assert pupil.standing().next == NextAction(NextKind.READ, "part-1")
    assert pupil.standing().state is LearnerState.NOT_STARTED


def test_passing_a_section_opens_the_next_and_no_other() -> None:
    pupil = Pupil(plain(3))
    pupil.finish_step()
    assert phases(pupil) == ["passed", "open", "locked", "locked"]


def test_answering_half_a_section_opens_nothing() -> None:
    pupil = Pupil(plain(2))
    pupil.answer(RIGHT)
    assert phases(pupil) == ["started", "locked", "locked"]
    assert pupil.standing().next == NextAction(NextKind.DECIDE, "part-1")


def test_t10_answers_stored_for_a_later_section_do_not_open_it() -> None:
    pupil = Pupil(plain(2))
    later = pupil.standing().steps[1]
    for asked in later.plan.asked:
        pupil.store(later.kind, later.slug, later.plan, asked, "", RIGHT)
    assert pupil.standing().next == NextAction(NextKind.READ, "part-1")
    assert pupil.standing().passed == 1  # they count once the learner gets there, not before


def test_after_the_last_section_the_final_check_then_the_declaration_then_the_end() -> None:
    pupil = Pupil(plain(2))
    pupil.finish_step()
    pupil.finish_step()
    assert pupil.standing().next == NextAction(NextKind.READ, rules.FINAL)
    pupil.finish_step()
    assert pupil.standing().next == NextAction(NextKind.DECLARE)
    assert pupil.standing().state is LearnerState.DECLARATION
    assert pupil.standing(declared=True).next == NextAction(NextKind.DONE)
    assert pupil.standing(declared=True).state is LearnerState.COMPLETE


def test_sections_for_other_audiences_are_left_out() -> None:
    both = policy(
        section(1, scenario("1a")), section(2, scenario("2a"), audiences=("staff",)), draw=1
    )
    assert [s.slug for s in Pupil(both).standing().steps] == ["part-1", rules.FINAL]
    staff = Pupil(both, audience="staff")
    assert [s.slug for s in staff.standing().steps] == ["part-1", "part-2", rules.FINAL]


# ---- passing and trying again --------------------------------------------------------------------


def test_a_failed_try_leads_to_what_to_look_at_again() -> None:
    pupil = Pupil(plain(1, 3))
    pupil.finish_step(RIGHT, WRONG, WRONG)
    step = pupil.step
    assert step.phase is StepStatus.RETRY
    assert pupil.standing().next == NextAction(NextKind.LOOK_AGAIN, "part-1")
    assert (step.right, step.per_cent, step.failed_tries) == (1, 33, 1)


def test_a_further_try_asks_only_what_was_missed() -> None:
    pupil = Pupil(plain(1, 3))
    pupil.finish_step(WRONG, RIGHT, WRONG)
    assert pupil.step.plan.number == 2
    assert pupil.step.plan.asked == ("1a", "1c") == pupil.step.missed == pupil.step.rules
    assert pupil.step.plan.counted_of == ("1b", "1a", "1c")


def test_what_was_right_stays_right_over_all_tries() -> None:
    pupil = Pupil(plain(1, 4, pass_mark=100))
    pupil.finish_step(RIGHT, WRONG, WRONG, WRONG)
    pupil.finish_step(WRONG, RIGHT, WRONG)
    pupil.finish_step(RIGHT, RIGHT)
    assert phases(pupil)[0] == "passed"
    passed = pupil.standing().steps[0]
    assert (passed.right, passed.per_cent, passed.failed_tries) == (4, 100, 2)


def test_every_rule_of_a_section_is_decided_rightly_whatever_its_file_says() -> None:
    pupil = Pupil(plain(1, 5, pass_mark=1))
    pupil.finish_step(RIGHT, RIGHT, RIGHT, RIGHT, WRONG)
    assert phases(pupil)[0] == "retry"
    pupil.answer(RIGHT)
    assert phases(pupil)[0] == "passed"


def test_the_mark_of_the_final_check_is_exact() -> None:
    for mark, found in ((66, "passed"), (67, "retry")):
        pupil = Pupil(plain(1, 3, pass_mark=mark))
        pupil.finish_step()
        pupil.finish_step(RIGHT, RIGHT, WRONG)
        assert phases(pupil)[1] == found  # two thirds are less than 67 per cent


def test_a_section_that_was_passed_by_its_old_mark_stays_passed_and_the_check_asks_the_rest() -> (
    None
):
    pupil = Pupil(plain(1, 5, draw=1))
    before = rules.AttemptPlan(1, "", ("1a", "1b", "1c", "1d", "1e"), tuple("abcde"), 80)
    before = before._replace(counted_of=before.asked)
    for name, result in zip(before.asked, (RIGHT, RIGHT, RIGHT, RIGHT, WRONG), strict=True):
        pupil.store(AttemptKind.SECTION, "part-1", before, name, "", result)
    assert phases(pupil) == ["passed", "open"]
    assert (pupil.step.plan.asked, pupil.step.rules) == (("1e",), ("1e",))
    pupil.answer(WRONG)
    assert pupil.step.plan.asked == ("1e",)
    pupil.answer(RIGHT)
    assert pupil.standing().next.go is NextKind.DECLARE


def test_a_step_that_was_passed_stays_passed_whatever_is_stored_later() -> None:
    pupil = Pupil(plain(2))
    pupil.finish_step()
    first = pupil.standing().steps[0]
    again = first.plan._replace(number=2)
    pupil.store(first.kind, first.slug, again, "1a", "", WRONG)
    assert pupil.standing().steps[0].phase is StepStatus.PASSED


def test_passed_at_is_when_the_deciding_answer_was_given() -> None:
    pupil = Pupil(plain(1, 2))
    pupil.finish_step()
    assert pupil.standing().steps[0].passed_at == pupil.at


def test_three_failed_tries_are_called_stuck_and_a_pass_ends_it() -> None:
    pupil = Pupil(plain(1, 2))
    for failed in (1, 2, 3):
        assert pupil.standing().state is not LearnerState.STUCK
        pupil.finish_step(*(WRONG,) * len(pupil.step.waiting))
        assert pupil.step.failed_tries == failed
    assert pupil.standing().state is LearnerState.STUCK
    pupil.finish_step()
    assert pupil.standing().state is LearnerState.IN_PROGRESS


# ---- stories -------------------------------------------------------------------------------------


def test_a_story_waits_in_the_scene_it_has_got_to() -> None:
    pupil = Pupil(policy(section(1, scenario("tale", Branching)), draw=1))
    assert pupil.step.scene == ""
    pupil.answer(ON)
    assert (pupil.step.waiting, pupil.step.scene) == (("tale",), "more")
    pupil.answer(RIGHT)
    assert phases(pupil) == ["passed", "open"]


def test_a_story_counts_once_it_has_ended() -> None:
    pupil = Pupil(policy(section(1, scenario("tale", Branching)), draw=1))
    pupil.answer(ON)
    assert not pupil.tries[0].finished
    assert pupil.step.right == 0
    pupil.answer(WRONG)
    assert pupil.step.phase is StepStatus.RETRY
    assert pupil.step.scene == "", "a further try starts the story anew"


# ---- look-backs ----------------------------------------------------------------------------------


def test_later_sections_begin_with_a_look_back_once() -> None:
    pupil = Pupil(plain(2))
    pupil.finish_step()
    assert pupil.standing().next == NextAction(NextKind.LOOK_BACK, "part-2")
    pupil.look_back()
    assert pupil.standing().next == NextAction(NextKind.READ, "part-2")


def test_the_final_check_has_no_look_back() -> None:
    pupil = Pupil(plain(1))
    pupil.finish_step()
    assert pupil.standing().next == NextAction(NextKind.READ, rules.FINAL)


@pytest.mark.parametrize("result", [RIGHT, WRONG])
def test_a_look_back_never_counts(result: str) -> None:
    pupil, other = Pupil(plain(2)), Pupil(plain(2))
    pupil.finish_step()
    other.finish_step()
    pupil.look_back(result)
    assert pupil.standing().steps == other.standing().steps


def test_a_look_back_asks_first_what_was_wrong_at_first() -> None:
    pupil = Pupil(plain(2, 5))
    pupil.finish_step(RIGHT, RIGHT, RIGHT, WRONG, RIGHT)
    assert rules.look_back(pupil.policy, pupil.known, "part-2") == "1d"


def test_sections_look_back_at_something_new_while_there_is_something() -> None:
    pupil = Pupil(plain(4, 2))
    pupil.finish_step(RIGHT, WRONG)
    pupil.finish_step()  # what was missed
    pupil.look_back()
    pupil.finish_step()
    assert pupil.standing().next == NextAction(NextKind.READ, "part-3"), "every second section"
    pupil.finish_step()
    pupil.look_back()
    first, second = (t for t in pupil.tries if t.kind is AttemptKind.LOOK_BACK)
    assert first.asked == ("1b",)
    assert second.asked != first.asked
    pupil.tries.append(
        replace(second, step="part-2", number=2, asked=("1a", "2a", "2b", "3a", "3b"))
    )
    again = rules.look_back(pupil.policy, pupil.known, "part-4")
    assert again == "1b", "where all has been asked, what was wrong at first comes again"


def test_a_look_back_asks_only_what_the_learner_has_met() -> None:
    pupil = Pupil(plain(2))
    assert rules.look_back(pupil.policy, pupil.known, "part-2") is None
    assert rules.look_back(pupil.policy, pupil.known, "part-1") is None
    assert rules.look_back(pupil.policy, pupil.known, "no-such-part") is None


def test_where_nothing_can_be_looked_back_at_the_section_can_still_be_taken() -> None:
    pupil = Pupil(
        policy(section(1, scenario("tale", Branching)), section(2, scenario("2a")), draw=2)
    )
    pupil.answer(RIGHT)
    assert rules.look_back(pupil.policy, pupil.known, "part-2") is None
    pupil.finish_step()
    assert phases(pupil) == ["passed", "passed", "open"]


# ---- what a tutor may allow ----------------------------------------------------------------------


def test_a_fresh_start_leaves_earlier_tries_out_of_account() -> None:
    pupil = Pupil(plain(1, 2))
    for _ in range(3):
        pupil.finish_step(*(WRONG,) * len(pupil.step.waiting))
    pupil.allowances.append(Allowance(AllowanceKind.FRESH_START, "part-1", 3, pupil.at))
    step = pupil.step
    assert (step.phase, step.failed_tries, step.plan.number) == (StepStatus.OPEN, 0, 4)
    assert step.plan.asked == ("1a", "1b")
    pupil.finish_step()
    assert phases(pupil)[0] == "passed"


def test_an_excused_section_counts_as_passed_and_says_so() -> None:
    pupil = Pupil(plain(2))
    pupil.allowances.append(Allowance(AllowanceKind.EXCUSED, "part-1", 0, BEGUN))
    first = pupil.standing().steps[0]
    assert (first.phase, first.excused, first.passed_at) == (StepStatus.PASSED, True, BEGUN)
    assert pupil.step.slug == "part-2"


def test_the_final_check_cannot_be_excused() -> None:
    pupil = Pupil(plain(1))
    pupil.allowances.append(Allowance(AllowanceKind.EXCUSED, rules.FINAL, 0, BEGUN))
    pupil.finish_step()
    assert pupil.step.slug == rules.FINAL


def test_a_section_passed_by_answers_is_never_called_excused() -> None:
    pupil = Pupil(plain(1))
    pupil.finish_step()
    pupil.allowances.append(
        Allowance(AllowanceKind.EXCUSED, "part-1", 0, pupil.at + timedelta(days=1))
    )
    assert not pupil.standing().steps[0].excused


# ---- time left -----------------------------------------------------------------------------------


def test_the_time_left_falls_with_every_answer_and_ends_at_nothing() -> None:
    pupil = Pupil(plain(3, 3))
    left = [pupil.standing().minutes_left]
    while pupil.standing().present is not None:
        pupil.answer(RIGHT)
        left.append(pupil.standing().minutes_left)
    assert left == sorted(left, reverse=True)
    assert left[-1] == 1  # the declaration
    assert pupil.standing(declared=True).minutes_left == 0


@pytest.mark.parametrize("total", [1, 4, 13, 40])
def test_the_minutes_of_the_steps_add_up_and_none_is_left_for_what_is_passed(total: int) -> None:
    pupil = Pupil(plain(3, 3))
    while pupil.standing().present is not None:
        steps = pupil.standing().steps
        shares = shared_out(total, pupil.policy, steps, pupil.known)
        assert sum(shares) == total
        assert len(shares) == len(steps) + 1, "the declaration is the last"
        passed = [step.phase is rules.StepStatus.PASSED for step in steps]
        assert not any(share for share, done in zip(shares, passed, strict=False) if done)
        pupil.answer(RIGHT)


# ---- t14: by sequence, not by clock --------------------------------------------------------------


def test_t14_a_clock_that_jumps_back_changes_nothing() -> None:
    forward, back = Pupil(plain(2, 3)), Pupil(plain(2, 3))
    for result in (RIGHT, WRONG, WRONG, RIGHT, RIGHT):
        forward.answer(result)
        back.at -= timedelta(hours=1)
        back.answer(result)
    assert phases(forward) == phases(back)
    assert forward.standing().next == back.standing().next
