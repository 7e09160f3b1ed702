"""What holds for every policy, every learner, and everything that could stand in the database."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from induction.curriculum.kinds import KINDS
from induction.curriculum.kinds.branching import Branching
from induction.curriculum.kinds.single import Single
from induction.curriculum.model import Option, Policy, Scene
from induction.journey import rules
from induction.journey.rules import AnswerRecord, AttemptKind, AttemptRecord, NextKind, StepStatus
from tests.unit.journey.school import BEGUN, ON, RIGHT, WRONG, Pupil, policy, scenario, section

seeds = st.text("0123456789abcdef", min_size=1, max_size=8)
results = st.sampled_from([RIGHT, WRONG, ON])


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Up to four sections of up to four scenarios of any kind."""
    sections = [
        section(
            number,
            *(
                scenario(f"{number}{letter}", draw(st.sampled_from(list(KINDS.values()))))
                for letter in "abcd"[: draw(st.integers(1, 4))]
            ),
            pass_mark=draw(st.sampled_from([1, 50, 67, 80, 100])),
        )
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]
    marks = st.sampled_from([1, 50, 80, 100])
    return policy(*sections, draw=draw(st.integers(1, 8)), pass_mark=draw(marks))


@st.composite
def leftovers(draw: st.DrawFn, taught: Policy) -> list[AttemptRecord]:
    """Tries of every shape, as only a fault or a forger could store them."""
    slugs = [s.slug for s in taught.sections] + [rules.FINAL, "unknown"]
    names = [q.id for s in taught.sections for q in s.scenarios] + ["unknown"]
    found = []
    for _ in range(draw(st.integers(0, 6))):
        asked = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)))
        counted = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)))
        answers = tuple(
            AnswerRecord(draw(st.sampled_from(names)), "", (), (), draw(results), "", BEGUN)
            for _ in range(draw(st.integers(1, 6)))
        )
        found.append(
            AttemptRecord(
                draw(st.sampled_from(list(AttemptKind))), draw(st.sampled_from(slugs)),
                draw(st.integers(1, 3)), "digest", asked, counted, draw(st.integers(1, 100)),
                BEGUN, answers,
            )
        )  # fmt: skip
    return found


def all_right(taught: Policy, seed: str) -> list[AttemptRecord]:
    """What is stored about somebody who has passed everything."""
    pupil = Pupil(taught, seed)
    while pupil.standing().present is not None:
        pupil.answer(RIGHT)
    return pupil.tries


@st.composite
def damaged(draw: st.DrawFn, tries: list[AttemptRecord]) -> list[AttemptRecord]:
    """The same with a few things missing, wrong, or in the wrong place."""
    found = list(tries)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(found) - 1))
        tried, cut = found[place], draw(st.integers(0, 3))
        wrong = draw(st.sampled_from([WRONG, ON]))
        spoilt = [answer._replace(result=wrong) for answer in tried.answers[:1]]
        found[place] = [
            replace(tried, answers=tried.answers[cut:]),
            replace(tried, answers=(*spoilt, *tried.answers[1:])),
            replace(tried, kind=draw(st.sampled_from(list(AttemptKind)))),
            replace(tried, step=draw(st.sampled_from(tries)).step),
        ][draw(st.integers(0, 3))]
    return [t for t in found if t.answers]


def truly_passed(tries: list[AttemptRecord], kind: AttemptKind, slug: str) -> bool:
    """Some finished try at this step, up to which enough of what it counts was ever right."""
    mine = [t for t in tries if (t.kind, t.step) == (kind, slug)]
    for tried in mine:
        over = {a.scenario for a in tried.answers if a.result != ON}
        right = {
            a.scenario
            for t in mine
            if t.number <= tried.number
            for a in t.answers
            if a.result == RIGHT
        }
        reached = len(right & set(tried.counted_of)) / len(tried.counted_of)
        if len(over) == len(tried.asked) and 100 * reached >= tried.pass_mark:
            return True
    return False


@given(st.data(), policies(), seeds)
@settings(max_examples=150)
def test_t10_whatever_is_stored_there_is_no_declaration_without_every_pass(
    data: st.DataObject, taught: Policy, seed: str
) -> None:
    good = st.just(all_right(taught, seed))
    tries = data.draw(leftovers(taught) | good.flatmap(damaged))
    standing = rules.standing(
        rules.InForce(taught), rules.LearnerRecord("learner", seed, tuple(tries))
    )
    if standing.next.go is NextKind.DECLARE:
        assert all(truly_passed(tries, AttemptKind.SECTION, s.slug) for s in taught.sections)
        assert truly_passed(tries, AttemptKind.FINAL, rules.FINAL)


@given(policies(), seeds, st.lists(results, max_size=60))
@settings(max_examples=100)
def test_every_way_through_passes_each_gate_in_turn(
    taught: Policy, seed: str, luck: list[str]
) -> None:
    pupil = Pupil(taught, seed)
    passed = 0
    missed: dict[str, tuple[str, ...]] = {}
    for wish in luck:
        present = pupil.standing().present
        if present is None:
            break
        asked = taught.scenario(present.waiting[0])
        assert asked is not None
        at_end = present.scene or not isinstance(asked, Branching)
        if present.plan.number > 1:
            assert set(present.plan.asked) == set(missed[present.slug]), "asks only what was missed"
        pupil.answer(WRONG if wish == ON and at_end else wish)
        standing = pupil.standing()
        assert standing.passed >= passed, "what is passed stays passed"
        passed = standing.passed
        assert [s.phase for s in standing.steps[:passed]] == [StepStatus.PASSED] * passed
        assert all(s.phase is StepStatus.LOCKED for s in standing.steps[passed + 1 :])
        if passed < len(standing.steps):
            missed[standing.steps[passed].slug] = standing.steps[passed].missed
    done = pupil.standing().next.go is NextKind.DECLARE
    assert done == (passed == len(taught.sections) + 1)


@given(policies(), seeds, st.lists(results, min_size=1, max_size=40))
@settings(max_examples=60)
def test_look_backs_never_count(taught: Policy, seed: str, luck: list[str]) -> None:
    """The same answers with and without look-backs lead to the same steps."""
    plain, looking = Pupil(taught, seed), Pupil(taught, seed)
    for wish in luck:
        if plain.standing().present is None:
            break
        scene = looking.step.scene
        asked = taught.scenario(looking.step.waiting[0])
        assert asked is not None
        ends = scene or not isinstance(asked, Branching)
        result = WRONG if wish == ON and ends else wish
        looking.look_back(WRONG if result == RIGHT else RIGHT)
        looking.answer(result)
        plain.answer(result)
        mine, theirs = looking.standing().steps, plain.standing().steps
        assert [(s.phase, s.right, s.waiting) for s in mine] == [
            (s.phase, s.right, s.waiting) for s in theirs
        ]


names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, unique=True)


@given(seeds, seeds, names)
def test_an_order_is_the_same_whenever_it_is_asked_for(seed: str, key: str, ids: list[str]) -> None:
    order = rules.in_order(seed, key, ids)
    assert sorted(order) == sorted(ids)
    assert rules.in_order(seed, key, reversed(ids)) == order


def test_orders_differ_between_learners_and_between_tries() -> None:
    ids = ["one", "two", "three", "four"]
    scene = Scene("", "", "?", tuple(Option(i, i, "", "") for i in ids))
    asked = Single("q", "q", (), (scene,))
    learners = {rules.order_shown(f"seed {n}", "s", 1, asked, scene) for n in range(200)}
    tries = {rules.order_shown("seed", "s", n, asked, scene) for n in range(1, 200)}
    assert len(learners) == len(tries) == 24
    firsts = [rules.order_shown(f"seed {n}", "s", 1, asked, scene)[0] for n in range(400)]
    assert all(60 < firsts.count(i) < 140 for i in ids), "no option is first more often by far"
