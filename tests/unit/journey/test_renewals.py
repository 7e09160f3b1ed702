"""Renewing a certificate: a new final check and a new declaration, and nothing else."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from induction.curriculum import reading_time
from induction.curriculum.model import Policy
from induction.journey import rules
from induction.journey.rules import (
    FINAL,
    Allowance,
    AllowanceKind,
    AttemptKind,
    AttemptRecord,
    Editions,
    JourneyState,
    LearnerState,
    NextKind,
    Renewal,
    StepStatus,
)
from tests.unit.journey.school import BEGUN, RIGHT, WRONG, Pupil, plain
from tests.unit.journey.test_rules_properties import (
    all_right,
    damaged,
    leftovers,
    policies,
    seeds,
    truly_passed,
)

POLICY = plain(3, 4, draw=5)
LAST_DAY = date(2027, 11, 23)


def renewal(after_try: int) -> Allowance:
    return Allowance(AllowanceKind.RENEWAL, FINAL, after_try, BEGUN)


def stand(
    tries: list[AttemptRecord],
    *allowances: Allowance,
    policy: Policy = POLICY,
    seed: str = "a seed",
    signed: int | None = 0,
    renewed: int = 0,
    editions: Editions = Editions(),  # noqa: B008  it never changes
) -> JourneyState:
    """As pages work it out: a declaration counts for its edition and for its renewal."""
    learner = rules.LearnerRecord("learner", seed, tuple(tries), allowances, signed, renewed)
    return rules.standing(rules.InForce(policy, editions), learner)


@pytest.fixture
def graduate() -> Pupil:
    """Somebody who has passed everything and signed."""
    pupil = Pupil(POLICY)
    pupil.tries = all_right(POLICY, pupil.seed)
    return pupil


def test_a_renewal_opens_a_final_check_that_is_drawn_anew(graduate: Pupil) -> None:
    before = stand(graduate.tries)
    after = stand(graduate.tries, renewal(1))
    assert (before.next.go, after.next.go) == (NextKind.DONE, NextKind.READ)
    assert after.next.slug == FINAL
    check = after.steps[-1]
    assert (check.phase, check.plan.number, check.renewal) == (StepStatus.OPEN, 2, True)
    assert set(check.waiting) != set(before.steps[-1].plan.asked)
    assert len(check.waiting) == 5
    assert (after.state, after.renewing) == (LearnerState.IN_PROGRESS, True)
    assert all(s.phase is StepStatus.PASSED for s in after.steps[:-1])


def test_after_its_check_comes_the_declaration_and_then_the_end(graduate: Pupil) -> None:
    graduate.allowances.append(renewal(1))
    graduate.finish_step()
    found = stand(graduate.tries, renewal(1))
    assert (found.next.go, found.steps[-1].tries, found.renewing) == (NextKind.DECLARE, 1, True)
    done = stand(graduate.tries, renewal(1), renewed=1)
    assert (done.state, done.renewing, done.minutes_left) == (LearnerState.COMPLETE, False, 0)


def test_a_second_renewal_begins_after_the_first_with_another_draw(graduate: Pupil) -> None:
    graduate.allowances.append(renewal(1))
    graduate.finish_step()
    again = stand(graduate.tries, renewal(1), renewal(2), renewed=1)
    drawn = [set(t.asked) for t in graduate.tries if t.kind is AttemptKind.FINAL]
    plan = again.steps[-1].plan
    assert plan == rules.AttemptPlan(3, "", plan.asked, plan.asked, 80)
    assert len({frozenset(asked) for asked in (*drawn, plan.asked)}) == 3


def test_failing_it_asks_only_what_was_missed_and_the_old_tries_do_not_help(
    graduate: Pupil,
) -> None:
    graduate.allowances.append(renewal(1))
    asked = graduate.step.waiting
    graduate.finish_step(WRONG, WRONG, RIGHT, RIGHT, RIGHT)
    found = stand(graduate.tries, renewal(1))
    assert found.next.go is NextKind.LOOK_AGAIN
    assert set(found.steps[-1].waiting) == set(asked[:2])
    assert found.steps[-1].failed_tries == 1


def test_the_time_it_takes_is_that_of_its_questions_and_of_signing(graduate: Pupil) -> None:
    slow = reading_time.final_check(POLICY, POLICY.sections) + reading_time.declaration(
        POLICY, "learner"
    )
    pace = rules.pace(POLICY, graduate.tries)
    assert stand(graduate.tries, renewal(1)).minutes_left == round(slow * pace)


def test_a_rule_that_changes_meanwhile_is_answered_first_and_one_signature_covers_both(
    graduate: Pupil,
) -> None:
    editions = Editions(numbers={"digest": 1, "new": 2}, since={"1a": 2}, sign={2: None})
    both = stand(graduate.tries, renewal(1), signed=1, editions=editions)
    assert (both.next.slug, both.renewing) == ("part-1", False), "the policy comes first"
    assert [s.slug for s in both.steps if s.phase is not StepStatus.PASSED] == ["part-1", FINAL]
    assert both.step("part-1") is not None
    done = stand(graduate.tries, renewal(1), signed=2, renewed=1, editions=editions)
    assert done.next.go is NextKind.DONE


@pytest.mark.parametrize(
    ("days", "found"),
    [(-31, Renewal.TOO_EARLY), (-30, Renewal.OPEN), (0, Renewal.OPEN), (500, Renewal.OPEN)],
)
def test_it_is_open_from_so_many_days_before_the_end(
    graduate: Pupil, days: int, found: Renewal
) -> None:
    today = LAST_DAY + timedelta(days=days)
    answer = rules.renewal(
        stand(graduate.tries), holds=True, valid_until=LAST_DAY, window=30, today=today
    )
    assert answer is found


def test_why_not() -> None:
    tries = all_right(POLICY, "a seed")

    def ask(
        standing: JourneyState, *, holds: bool = True, until: date | None = LAST_DAY
    ) -> Renewal:
        return rules.renewal(standing, holds=holds, valid_until=until, window=30, today=LAST_DAY)

    editions = Editions(numbers={"digest": 1, "new": 2}, since={"1a": 2}, sign={2: None})
    assert ask(stand(tries, signed=1, editions=editions)) is Renewal.FIRST_FINISH
    assert ask(stand([], signed=None)) is Renewal.FIRST_FINISH
    assert ask(stand(tries, renewal(1))) is Renewal.UNDER_WAY
    assert ask(stand(tries), holds=False, until=None) is Renewal.NONE_HELD
    assert ask(stand(tries), until=None) is Renewal.NO_END


@given(st.data(), policies(), seeds)
@settings(max_examples=100, deadline=None)
def test_whatever_is_stored_a_renewal_takes_no_section_but_what_is_new_and_gives_nothing_unearned(
    data: st.DataObject, taught: Policy, seed: str
) -> None:
    tries = data.draw(leftovers(taught) | st.just(all_right(taught, seed)).flatmap(damaged))
    signed = data.draw(st.sampled_from([None, 0]))
    after = data.draw(st.integers(0, 3))
    before = stand(tries, policy=taught, seed=seed, signed=signed)
    renewing = stand(tries, renewal(after), policy=taught, seed=seed, signed=signed)
    for was, now in list(zip(before.steps, renewing.steps, strict=True))[:-1]:
        assert now == was or (was.new and now.phase is not StepStatus.PASSED)
    assert renewing.next.go is not NextKind.DONE
    if renewing.next.go is NextKind.DECLARE:
        since = [t for t in tries if t.number > after]
        assert truly_passed(since, AttemptKind.FINAL, FINAL)
