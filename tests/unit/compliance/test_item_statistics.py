"""What is flagged about a question, and that a few people flag nothing."""

from dataclasses import replace

import pytest

from induction.compliance.item_statistics import APART, DEAD, ENOUGH, oddities, unequal_forms
from induction.config import PROJECT_ROOT
from induction.curriculum.kinds.single import Single
from induction.curriculum.loader import load_folder
from induction.tutoring.question_analysis import DecisionStatistics, Item, OptionStatistics


@pytest.fixture(scope="module")
def usual() -> Item:
    """A question that does as it should: everybody has met it, each option is taken."""
    policy = load_folder(PROJECT_ROOT, "social-media")
    scenario = next(q for s in policy.sections for q in s.bank if isinstance(q, Single))
    scene = scenario.scenes[0]
    choices = tuple(OptionStatistics(o, 30, 30, 100, scenario.is_sound(o)) for o in scene.options)
    questions = (DecisionStatistics(scene, choices),)
    return Item(scenario, "Part", 100, 0.7, 0.9, 0.3, questions)


def test_a_sound_question_is_not_flagged(usual: Item) -> None:
    assert list(oddities(usual)) == []


@pytest.mark.parametrize(
    ("facility", "discrimination", "told"),
    [
        (0.97, 0.3, "Too easy"),
        (0.05, 0.3, "less often than by chance"),
        (0.7, -0.25, "right elsewhere are wrong here"),
    ],
)
def test_what_is_odd_is_named_once_enough_have_answered(
    usual: Item, facility: float, discrimination: float, told: str
) -> None:
    odd = replace(usual, facility=facility, discrimination=discrimination)
    [flag] = oddities(odd)
    assert told in flag
    assert list(oddities(replace(odd, learners=ENOUGH - 1))) == []


def test_a_discrimination_that_chance_could_have_made_is_not_flagged(usual: Item) -> None:
    slightly = replace(usual, discrimination=-0.25)
    assert list(oddities(replace(slightly, learners=ENOUGH))) == []
    assert len(list(oddities(slightly))) == 1


def test_a_wrong_option_that_hardly_anybody_takes_is_named(usual: Item) -> None:
    [question] = usual.questions
    dead = next(c for c in question.choices if not c.sound)
    choices = tuple(
        replace(c, first=int(DEAD * c.of) - 1) if c is dead else c for c in question.choices
    )
    few = tuple(replace(c, of=ENOUGH - 1) for c in choices)
    for given, flagged in ((choices, [f"Hardly anybody takes “{dead.option.text}”"]), (few, [])):
        item = replace(usual, questions=(replace(question, choices=given),))
        assert list(oddities(item)) == flagged


def test_a_form_that_is_much_harder_is_held_beside_the_easiest_by_its_title(usual: Item) -> None:
    policy = load_folder(PROJECT_ROOT, "social-media")
    rule = usual.scenario.clauses[0]
    twin = next(
        q
        for s in policy.sections
        for q in s.bank
        if rule in q.clauses and q.id != usual.scenario.id
    )
    hard = replace(usual, scenario=twin, facility=0.9 - APART - 0.01)
    found = unequal_forms(policy, [replace(usual, facility=0.9), hard])
    assert found[twin.id] == [f"Much harder than “{usual.scenario.title}”, on the same rule"]
    assert not found[usual.scenario.id]
    assert not unequal_forms(policy, [usual, replace(hard, learners=ENOUGH - 1)])[twin.id]
