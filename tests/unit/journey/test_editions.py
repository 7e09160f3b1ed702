"""Contents that came into force one after another: what is due again, and that nothing else is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from induction.curriculum.model import Policy, Use
from induction.journey import rules
from induction.journey.rules import (
    AttemptKind,
    AttemptRecord,
    Editions,
    LearnerState,
    NextKind,
    StepStatus,
)
from tests.unit.journey.school import RIGHT, WRONG, Pupil, plain, policy, scenario, section

OLD, NEW, NEWEST = "0" * 64, "1" * 64, "2" * 64
NUMBERS = {OLD: 1, NEW: 2, NEWEST: 3}


def done(taught: Policy, content: str = OLD) -> list[AttemptRecord]:
    """What is stored about somebody who has passed everything on one content."""
    pupil = Pupil(taught)
    while pupil.standing().present is not None:
        pupil.answer(RIGHT)
    return [replace(tried, content=content) for tried in pupil.tries]


def after(*changed: str, number: int = 2, everyone: bool = False) -> Editions:
    """A second edition that has changed these clauses: each is that of the scenario of its name."""
    asked = None if everyone else frozenset(changed)
    return Editions(
        NUMBERS, dict.fromkeys(changed, number), {number: asked} if changed or everyone else {}
    )


def answered(
    taught: Policy,
    tries: list[AttemptRecord],
    editions: Editions,
    *results: str,
    signed: int | None = None,
    content: str = NEW,
) -> list[AttemptRecord]:
    """The same with further answers on another content, as the pages would store them."""
    found = list(tries)
    for result in results:
        step = stand(taught, found, editions, signed=signed).present
        assert step is not None
        at = found[-1].answers[-1].at + timedelta(minutes=1)
        given_now = found[-1].answers[-1]._replace(scenario=step.waiting[0], result=result, at=at)
        mine = [t for t in found if (t.kind, t.step, t.number) == _key(step)]
        if mine:
            found[found.index(mine[0])] = replace(mine[0], answers=(*mine[0].answers, given_now))
        else:
            found.append(
                AttemptRecord(
                    step.kind, step.slug, step.plan.number, content, step.plan.asked,
                    step.plan.counted_of, step.plan.pass_mark, at, (given_now,),
                )
            )  # fmt: skip
    return found


def _key(step: rules.Step) -> tuple[AttemptKind, str, int]:
    return step.kind, step.slug, step.plan.number


def stand(
    taught: Policy, tries: list[AttemptRecord], editions: Editions, *, signed: int | None = None
) -> rules.JourneyState:
    learner = rules.LearnerRecord("learner", "a seed", tuple(tries), signed=signed)
    return rules.standing(rules.InForce(taught, editions), learner)


def test_one_changed_rule_asks_for_its_scenarios_and_then_for_the_signature() -> None:
    taught = plain(3, 4)
    tries, editions = done(taught), after("2c")
    standing = stand(taught, tries, editions, signed=1)
    second = standing.steps[1]
    assert (second.phase, second.redo, second.plan.asked) == (StepStatus.OPEN, True, ("2c",))
    assert [s.phase for s in standing.steps if s is not second] == [StepStatus.PASSED] * 3
    assert (standing.next.go, standing.next.slug) == (NextKind.READ, "part-2")
    assert standing.state is LearnerState.IN_PROGRESS
    tries = answered(taught, tries, editions, RIGHT, signed=1)
    standing = stand(taught, tries, editions, signed=1)
    assert standing.next.go is NextKind.DECLARE
    assert standing.steps[1].per_cent == 100
    assert stand(taught, tries, editions, signed=2).next.go is NextKind.DONE


def test_a_wrong_answer_to_a_changed_rule_is_asked_again_until_it_is_right() -> None:
    taught = plain(2, 4)
    editions = after("1a", "1b")
    tries = answered(taught, done(taught), editions, RIGHT, WRONG, signed=1)
    step = stand(taught, tries, editions, signed=1).steps[0]
    assert (step.phase, step.plan.asked, step.failed_tries) == (StepStatus.RETRY, ("1b",), 1)
    tries = answered(taught, tries, editions, WRONG, WRONG, signed=1)
    assert stand(taught, tries, editions, signed=1).state is LearnerState.STUCK
    tries = answered(taught, tries, editions, RIGHT, signed=1)
    assert stand(taught, tries, editions, signed=1).next.go is NextKind.DECLARE


def test_a_minor_version_asks_nothing_of_whoever_is_done() -> None:
    taught = plain(2, 3)
    longer = replace(taught, sections=(*taught.sections, section(3, scenario("3a"))))
    standing = stand(longer, done(taught), after(), signed=1)
    assert (standing.next.go, standing.state) == (NextKind.DONE, LearnerState.COMPLETE)


def test_a_section_that_is_new_is_called_so_and_taken_before_the_next_signature() -> None:
    taught = plain(2, 2)
    longer = policy(*taught.sections, section(3, *map(scenario, ("3a", "3b"))))
    tries = done(taught)
    signed = stand(longer, tries, after(), signed=1)
    assert (signed.state, signed.passed, len(signed.steps)) == (LearnerState.COMPLETE, 3, 4)
    assert [(s.slug, s.readable) for s in signed.steps if s.new] == [("part-3", True)]
    again = stand(longer, tries, after("1a"), signed=1)
    wanting = {s.slug: s.plan.asked for s in again.steps if s.phase is not StepStatus.PASSED}
    assert wanting == {"part-1": ("1a",), "part-3": ("3a", "3b")}
    tries = answered(longer, tries, after("1a"), *[RIGHT] * 3, signed=1)
    assert stand(longer, tries, after("1a"), signed=1).next.go is NextKind.DECLARE


def test_a_changed_rule_is_decided_once_in_another_situation_where_there_is_one() -> None:
    taught = policy(section(1, scenario("1a"), scenario("1b"), scenario("1c")))
    more = (scenario("1d", clauses=("1a",)), scenario("1e", use=Use.CHECK, clauses=("1a",)))
    longer = policy(section(1, *taught.sections[0].bank, *more))
    step = stand(longer, done(taught), after("1a"), signed=1).steps[0]
    assert (step.plan.asked, step.rules, step.due) == (("1d",), ("1a",), ("1d",))
    tries = answered(longer, done(taught), after("1a"), WRONG, signed=1)
    assert stand(longer, tries, after("1a"), signed=1).steps[0].plan.asked == ("1a",), "longest ago"


def test_t23_a_try_under_way_is_finished_on_its_content_before_anything_else() -> None:
    taught = plain(3, 2)
    tries, editions = done(taught), after("1a", "2a")
    place = next(i for i, t in enumerate(tries) if t.step == "part-2")
    begun = replace(tries[place], answers=tries[place].answers[:1])
    tries = [*tries[:place], begun]
    standing = stand(taught, tries, editions)
    assert standing.next == rules.NextAction(NextKind.DECIDE, "part-2")
    assert standing.step("part-2") is standing.present
    tries = answered(taught, tries, editions, RIGHT)
    assert tries[-1].content == OLD
    standing = stand(taught, tries, editions)
    redo = {s.slug: s.plan.asked for s in standing.steps if s.redo}
    assert redo == {"part-1": ("1a",), "part-2": ("2a",)}, "what it was tested on has changed"
    third = standing.step("part-3")
    assert third is not None
    assert third.phase is StepStatus.OPEN


def test_a_failed_try_loses_only_the_answers_that_a_changed_rule_takes() -> None:
    taught = plain(1, 4)
    pupil = Pupil(taught)
    pupil.finish_step(RIGHT, RIGHT, WRONG, WRONG)
    tries = [replace(t, content=OLD) for t in pupil.tries]
    step = stand(taught, tries, after("1a")).steps[0]
    assert (step.phase, step.redo, step.due) == (StepStatus.RETRY, False, ("1a",))
    assert step.plan.asked == ("1a", "1c", "1d")


def test_the_order_of_versions_counts_and_not_the_clock() -> None:
    taught = plain(1, 3)
    editions = after("1a")
    early = [
        replace(t, begun_at=t.begun_at - timedelta(days=900)) for t in done(taught, content=NEW)
    ]
    assert stand(taught, early, editions, signed=2).next.go is NextKind.DONE


def test_going_back_to_an_earlier_content_takes_the_answers_to_it_back() -> None:
    taught = plain(2, 2)
    back = Editions({OLD: 3, NEW: 2}, {"1a": 3}, {2: frozenset({"rule"}), 3: frozenset({"rule"})})
    assert stand(taught, done(taught), back, signed=3).next.go is NextKind.DONE


@pytest.mark.parametrize("learns", [True, False])
def test_only_those_who_learn_a_changed_clause_sign_again(learns: bool) -> None:
    taught = plain(2, 2)
    mine = replace(taught.sections[1], clauses=("rule",), audiences=() if learns else ("staff",))
    taught = replace(taught, sections=(taught.sections[0], mine))
    editions = after("rule")
    assert editions.newest_to_sign(taught, "learner") == (2 if learns else 0)
    assert editions.newest_to_sign(taught, "staff") == 2


@st.composite
def changed_policies(draw: st.DrawFn) -> tuple[Policy, set[str]]:
    """A policy, and the clauses of it that changed."""
    names = ["alpha", "beta", "gamma", "delta", "epsilon"]
    tested = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    sections = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        scenarios = [
            scenario(f"{number}{letter}", clauses=tuple(draw(tested)))
            for letter in "abcd"[: draw(st.integers(1, 4))]
        ]
        sections.append(section(number, *scenarios))
    return policy(*sections, draw=draw(st.integers(1, 6))), draw(st.sets(st.sampled_from(names)))


@given(changed_policies(), st.lists(st.sampled_from([RIGHT, WRONG]), max_size=12), st.booleans())
@settings(max_examples=150, deadline=None)
def test_exactly_the_changed_rules_are_due_and_nothing_else_is_lost(
    made: tuple[Policy, set[str]], luck: list[str], finished: bool
) -> None:
    taught, changed = made
    editions = Editions(
        NUMBERS, dict.fromkeys(changed, 2), {2: frozenset(changed)} if changed else {}
    )
    tries, signed = done(taught), 1 if finished else None
    before = stand(taught, tries, Editions({OLD: 1}), signed=signed)
    standing = stand(taught, tries, editions, signed=signed)
    due = [rule for step in standing.steps if step.redo for rule in step.rules]
    assert sorted(due) == sorted(changed & {c.id for c in taught.clauses}), "each in one section"
    for step, was in zip(standing.steps[:-1], before.steps[:-1], strict=True):
        if not step.redo:
            assert step == was, "what is not concerned stays as it was"
    for result in luck + [RIGHT] * 30:  # answered in any order of luck, nothing else is ever asked
        if stand(taught, tries, editions, signed=signed).present is None:
            break
        tries = answered(taught, tries, editions, result, signed=signed)
    again = {a.scenario for t in tries if t.content == NEW for a in t.answers}
    assert all(changed & set(q.clauses) for i in again if (q := taught.scenario(i)))
    end = stand(taught, tries, editions, signed=signed)
    assert end.present is None
    assert all(s.per_cent >= s.plan.pass_mark for s in end.steps)
    assert stand(taught, tries, editions, signed=2).next.go is NextKind.DONE
