from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.curriculum.kinds import KINDS
from induction.curriculum.kinds.branching import Branching
from induction.curriculum.kinds.multiple import Multiple
from induction.curriculum.kinds.single import Single
from induction.curriculum.marking import Mark, NotAnAnswer, Verdict, is_pass, percentage
from induction.curriculum.model import Option, Outcome, Scene
from induction.curriculum.scenario_kind import ScenarioKind


def scene(*options: Option) -> Scene:
    return Scene("", "<p>A place.</p>", "What do you do?", options)


def choice(name: str, *, correct: bool = False) -> Option:
    return Option(name, name, "", "", correct=correct)


def mark(where: Scene, kind: type[ScenarioKind], chosen: Collection[str]) -> Mark:
    return kind("a", "A", (), (where,)).mark(where, chosen)


STORY = scene(
    Option("ask", "Ask", "", "", next="later"),
    Option("wait", "Wait", "", "", outcome=Outcome.GOOD),
    Option("film", "Film", "", "", outcome=Outcome.POOR),
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Scene, frozenset[str]]:
    """A scene, and the ids of its correct options: at least one, and not all."""
    names = draw(
        st.lists(st.text("abc-", min_size=1, max_size=5), min_size=2, max_size=7, unique=True)
    )
    correct = draw(st.sets(st.sampled_from(names), min_size=1, max_size=len(names) - 1))
    return scene(*(choice(n, correct=n in correct) for n in names)), frozenset(correct)


@given(scenes(), st.data())
def test_multiple_is_right_for_the_correct_set_and_no_other(
    made: tuple[Scene, frozenset[str]], data: st.DataObject
) -> None:
    where, correct = made
    chosen = data.draw(st.sets(st.sampled_from([o.id for o in where.options]), min_size=1))

    assert mark(where, Multiple, chosen).right is (chosen == correct)
    assert mark(where, Multiple, sorted(correct, reverse=True)) == Mark(Verdict.RIGHT)


@given(scenes())
def test_single_is_right_for_a_correct_option_alone(made: tuple[Scene, frozenset[str]]) -> None:
    where, correct = made
    for option in where.options:
        assert mark(where, Single, [option.id]).right is (option.id in correct)


@given(scenes(), st.sampled_from(sorted(KINDS.values(), key=str)), st.text(max_size=8))
def test_an_id_from_elsewhere_is_refused_alone_and_among_others(
    made: tuple[Scene, frozenset[str]], kind: type[ScenarioKind], stray: str
) -> None:
    where, correct = made
    if where.option(stray) is None:
        for chosen in ([stray], [*correct, stray]):
            with pytest.raises(NotAnAnswer):
                mark(where, kind, chosen)


@given(scenes(), st.sampled_from(sorted(KINDS.values(), key=str)), st.data())
def test_none_repeated_or_too_many_are_refused(
    made: tuple[Scene, frozenset[str]], kind: type[ScenarioKind], data: st.DataObject
) -> None:
    where, _ = made
    names = [o.id for o in where.options]
    one = data.draw(st.sampled_from(names))

    for chosen in ([], [one, one]):
        with pytest.raises(NotAnAnswer):
            mark(where, kind, chosen)
    if not kind.several:
        with pytest.raises(NotAnAnswer, match="one answer only"):
            mark(where, kind, names)


def test_a_story_goes_on_or_ends() -> None:
    assert mark(STORY, Branching, ["ask"]) == Mark(Verdict.CONTINUES, "later")
    assert mark(STORY, Branching, ["wait"]) == Mark(Verdict.RIGHT)
    assert mark(STORY, Branching, ["film"]) == Mark(Verdict.WRONG)
    assert [mark(STORY, Branching, [o.id]).final for o in STORY.options] == [False, True, True]
    assert not mark(STORY, Branching, ["ask"]).right


@pytest.mark.parametrize(
    ("kind", "chosen", "message"),
    [
        (Single, [], "Choose an answer before you go on."),
        (Multiple, [], "Choose at least one answer before you go on."),
        (Single, ["ask", "wait"], "Choose one answer only."),
        (Multiple, ["ask", "ask"], "One answer arrived twice. Please choose again."),
        (Single, ["<b>"], "That answer is not one of the choices here. Please choose again."),
    ],
)
def test_what_a_learner_is_told(kind: type[ScenarioKind], chosen: list[str], message: str) -> None:
    with pytest.raises(NotAnAnswer) as refused:
        mark(STORY, kind, chosen)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("right", "of", "shown"), [(0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100), (799, 1000, 79)]
)
def test_a_percentage_is_rounded_down(right: int, of: int, shown: int) -> None:
    assert percentage(right, of) == shown


@given(st.integers(1, 500), st.data())
def test_a_shown_score_reaches_the_pass_mark_only_with_a_pass(of: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, of))
    pass_mark = data.draw(st.integers(1, 100))

    assert is_pass(right, of, pass_mark) is (percentage(right, of) >= pass_mark)


def test_the_pass_mark_itself_passes() -> None:
    assert is_pass(4, 5, 80)
    assert is_pass(8, 10, 80)
    assert not is_pass(7, 9, 78), "77.8 per cent is not 78"
    assert is_pass(1, 1, 100)
    assert not is_pass(0, 1, 1)


@pytest.mark.parametrize(("right", "of"), [(0, 0), (1, 0), (-1, 3), (4, 3)])
def test_what_is_no_score(right: int, of: int) -> None:
    with pytest.raises(ValueError, match="is not a score"):
        percentage(right, of)
    with pytest.raises(ValueError, match="is not a score"):
        is_pass(right, of, 80)
