"""Passing a section before reading it: what is asked, what it counts for, and who guesses."""

import random
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest

from induction.curriculum.decisions import decided_in, to_be_decided
from induction.curriculum.model import Use
from induction.journey import rules
from induction.journey.draws import AT_FIRST_SIGHT
from induction.journey.rules import (
    BEFORE_READING,
    Allowance,
    AllowanceKind,
    AnswerRecord,
    AttemptKind,
    AttemptRecord,
    InForce,
    NextKind,
    StepStatus,
)
from tests.unit.journey.school import BEGUN, RIGHT, WRONG
from tests.unit.journey.test_draws import (
    Answers,
    Choice,
    Somebody,
    anything,
    as_skilled,
    cautious,
    choosing,
    decent,
    everything,
    longest,
    people,
    situation,
    taught,
)

PEOPLE = 300


@dataclass
class Knower(Somebody):
    """Somebody who would rather be asked than read."""

    @property
    def known(self) -> rules.LearnerRecord:
        return rules.LearnerRecord(
            self.audience, self.seed, tuple(self.tries), tuple(self.allowances), self.signed
        )

    @property
    def offered(self) -> rules.AttemptPlan | None:
        """What they would be asked in place of the section that they are at."""
        step = self.standing.present
        return rules.to_skip_reading(InForce(taught()), self.known, step) if step else None

    def be_asked(self, answers: Answers, most: int = AT_FIRST_SIGHT) -> AttemptRecord:
        """Answer what is offered, until a miss."""
        plan, step = self.offered, self.standing.present
        assert plan is not None
        assert step is not None
        given: list[AnswerRecord] = []
        for scenario in plan.asked[:most]:
            result = RIGHT if answers(situation(scenario)) else WRONG
            given.append(AnswerRecord(scenario, "", (), (), result, "", BEGUN))
            if result == WRONG:
                break
        tried = AttemptRecord(
            AttemptKind.SECTION, step.slug, plan.number, "digest", plan.asked, plan.counted_of,
            plan.pass_mark, BEGUN, tuple(given),
        )  # fmt: skip
        self.tries.append(tried)
        return tried

    def go_on(self, answers: Answers) -> None:
        """To the end: asked first wherever that is offered."""
        while (step := self.standing.present) is not None:
            if self.offered:
                self.be_asked(answers)
            else:
                self.take(step, answers)


def knowers(count: int) -> list[Knower]:
    return [Knower(one.seed, one.audience) for one in people(count)]


def right(_: object) -> bool:
    return True


def wrong(_: object) -> bool:
    return False


def test_three_new_situations_that_nobody_learns_with() -> None:
    for somebody in knowers(90):
        for section in taught().sections_for(somebody.audience):
            plan = somebody.offered
            assert plan is not None
            assert plan.number == BEFORE_READING
            assert len(set(plan.asked)) == AT_FIRST_SIGHT
            assert set(plan.asked) <= {q.id for q in section.bank}
            assert not any(situation(s).use is Use.LEARN for s in plan.asked)
            somebody.be_asked(right)
            [passed] = [s for s in somebody.standing.steps if s.slug == section.slug]
            assert (passed.phase, passed.tested_out, passed.tries) == (StepStatus.PASSED, True, 0)
        assert len({s for t in somebody.tries for s in t.asked}) == AT_FIRST_SIGHT * 7


def test_a_miss_ends_it_and_the_section_follows_with_other_situations() -> None:
    for somebody in knowers(90):
        first = somebody.be_asked(wrong)
        assert first.finished, "the first miss ends it"
        assert somebody.offered is None, "there is one try"
        step = somebody.standing.present
        assert step is not None
        assert (step.slug, step.phase) == (first.step, StepStatus.OPEN)
        assert step.plan.number == 1
        assert step.failed_tries == 0
        assert set(step.plan.asked).isdisjoint(first.asked)
        decided = set(decided_in(taught(), somebody.audience)[step.slug])
        assert decided <= {c for s in step.plan.asked for c in situation(s).clauses}
        assert somebody.standing.next.go is NextKind.READ


def test_it_is_offered_before_anything_was_answered_and_never_after() -> None:
    somebody = Knower("a seed", "learner")
    step = somebody.standing.present
    assert step is not None
    somebody.take(step._replace(plan=step.plan._replace(asked=step.plan.asked[:1])), wrong)
    assert somebody.offered is None


def test_what_was_not_asked_and_what_must_be_right_comes_in_the_final_check() -> None:
    rng = random.Random(5)
    for somebody in knowers(120):
        somebody.go_on(as_skilled(rng, rng.choice([0.6, 0.9, 1.0])))
        assert somebody.standing.next.go is NextKind.DECLARE
        shown = {a.scenario for t in somebody.tries for a in t.answers if a.result == RIGHT}
        sections = taught().sections_for(somebody.audience)
        wanted = to_be_decided(taught(), sections, somebody.audience)
        assert {c for s in shown for c in situation(s).clauses} >= set(wanted)
        assert shown >= {q.id for s in sections for q in s.forms(somebody.audience) if q.must}


def test_nobody_meets_anything_twice_while_something_is_new() -> None:
    somebody = Knower("a seed", "apprentice")
    somebody.go_on(right)
    met = [a.scenario for t in somebody.tries for a in t.answers]
    assert len(met) == len(set(met))


@cache
def drawn() -> list[tuple[str, tuple[str, ...]]]:
    """Section → what is asked there before reading, of many people."""
    tries = [somebody.be_asked(right) for somebody in knowers(PEOPLE) for _ in range(7)]
    return [(tried.step, tried.asked) for tried in tries]


@pytest.mark.parametrize("choice", [anything, cautious, decent, longest, everything])
def test_nobody_guesses_through_it(choice: Choice) -> None:
    passed, guess = Counter[str](), choosing(choice)
    for slug, asked in drawn():
        passed[slug] += all(guess(situation(s)) for s in asked)
    assert len(passed) == 7
    assert max(passed.values()) <= PEOPLE / 20, passed


def test_a_fresh_start_ends_one_that_is_under_way() -> None:
    somebody = Knower("a seed", "learner")
    tried = somebody.be_asked(right, most=1)
    step = somebody.standing.present
    assert step is not None
    assert (step.phase, step.plan.number) == (StepStatus.STARTED, BEFORE_READING)
    assert step.waiting == tried.asked[1:]
    somebody.allowances.append(Allowance(AllowanceKind.FRESH_START, step.slug, 0, BEGUN))
    anew = rules.standing(InForce(taught()), somebody.known).present
    assert anew is not None
    assert (anew.phase, anew.plan.number) == (StepStatus.OPEN, 1)
    assert somebody.offered is None
