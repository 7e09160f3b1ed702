"""The kinds in which something is done: sorted, put in order, found in a picture."""

from contextlib import suppress
from itertools import permutations, product

import pytest

from induction.curriculum.changes import compare
from induction.curriculum.faults import CurriculumError
from induction.curriculum.loader import load_texts, read_texts
from induction.curriculum.marking import NotAnAnswer
from induction.curriculum.model import Policy, Scenario, Scene
from tests.support.places import DOING

SLUG = "phones-at-work"
QUIZ, SHELF = f"quizzes/{SLUG}/01-phones.yaml", f"quizzes/{SLUG}/shelf.svg"
FILES = read_texts(DOING, SLUG)


def spoilt(path: str, old: str, new: str) -> dict[str, str]:
    assert FILES[path].count(old) == 1, f"{old!r} is {FILES[path].count(old)} times in {path}"
    return {**FILES, path: FILES[path].replace(old, new)}


def taught(files: dict[str, str] | None = None) -> Policy:
    return load_texts(SLUG, files or FILES)


def asked(name: str) -> tuple[Scenario, Scene]:
    scenario = taught().scenario(name)
    assert scenario is not None
    return scenario, scenario.scenes[0]


def right(name: str) -> int:
    """How many of all the answers that can be given are right."""
    scenario, scene = asked(name)
    things: dict[str, list[str]] = {}
    for option in scene.options:
        things.setdefault(option.about, []).append(option.id)
    marks = []
    for chosen in product(*things.values()):
        with suppress(NotAnAnswer):  # two steps at one turn
            marks.append(scenario.mark(scene, chosen).right)
    assert sum(marks) / len(marks) == pytest.approx(scenario.by_chance(scene))
    return sum(marks)


def test_one_answer_is_right_out_of_all_that_can_be_given() -> None:
    assert right("three-pictures") == right("hot-tray") == 1


def test_an_order_is_right_in_one_order_only() -> None:
    scenario, scene = asked("hot-tray")
    steps = ("cool-it", "call-first-aid", "write-it-down")
    for order in permutations(steps):
        chosen = [f"{step}--{turn}" for turn, step in enumerate(order, 1)]
        assert scenario.mark(scene, chosen[::-1]).right is (order == steps), order


@pytest.mark.parametrize("name", ["three-pictures", "hot-tray", "shelf-photo"])
def test_what_is_called_right_is_right_and_what_comes_closest_is_not(name: str) -> None:
    scenario, scene = asked(name)
    assert all(scenario.mark(scene, c).right for c in scenario.right_choices(scene))
    wrong = scenario.wrong_choices(scene)
    assert wrong
    assert not any(scenario.mark(scene, chosen).right for chosen in wrong)


@pytest.mark.parametrize(
    ("name", "chosen", "message"),
    [
        ("three-pictures", [], "Choose a place for each of the 3 before you go on."),
        ("three-pictures", ["your-own-loaf--go-ahead"], "Choose one place for each of the 3."),
        (
            "three-pictures",
            ["your-own-loaf--go-ahead", "your-own-loaf--leave-it", "ada-said-no--leave-it"],
            "Choose one place for each of the 3.",
        ),
        ("three-pictures", ["your-own-loaf--first"], "not one of the choices"),
        (
            "hot-tray",
            ["cool-it--1", "call-first-aid--1", "write-it-down--3"],
            "Two of them are first. Give each its own turn.",
        ),
        ("shelf-photo", [], "Choose at least one answer before you go on."),
    ],
)
def test_what_is_no_answer_is_said(name: str, chosen: list[str], message: str) -> None:
    scenario, scene = asked(name)
    with pytest.raises(NotAnAnswer) as refused:
        scenario.mark(scene, chosen)
    assert message in refused.value.message


def test_things_are_shuffled_and_their_places_and_the_numbers_of_a_picture_are_not() -> None:
    scenario, scene = asked("three-pictures")
    backwards = scenario.arranged(scene, lambda ids: tuple(sorted(ids, reverse=True)))
    piles = ("go-ahead", "ask-first", "leave-it")
    things = ("your-own-loaf", "mo-at-the-oven", "ada-said-no")
    assert backwards == tuple(f"{thing}--{pile}" for thing in things for pile in piles)
    scenario, scene = asked("shelf-photo")
    assert scenario.arranged(scene, lambda ids: tuple(ids)[::-1]) == scene.ids


def test_a_wrong_place_tells_its_belief_and_its_hint_and_never_the_right_place() -> None:
    _, scene = asked("three-pictures")
    for option in scene.options:
        assert bool(option.misconception) is not option.correct
        if not option.correct:
            assert "first" not in option.feedback_html
            assert "no is a no" not in option.feedback_html


def test_each_thing_is_read_once_however_many_places_it_may_have() -> None:
    scenario, scene = asked("three-pictures")
    assert scenario.read_before(scene) == (
        "Your own loaf", "Go ahead", "Ask first", "Leave it", "Mo at the oven", "Ada, who said no",
    )  # fmt: skip
    assert 0.2 < scenario.minutes_to_decide < 0.4


def test_a_drawing_belongs_to_what_its_scenario_says() -> None:
    other = taught(spoilt(SHELF, 'stroke-width="4"', 'stroke-width="3"'))
    changed = compare(taught(), other)
    assert changed.scenarios.changed == ("shelf-photo",)
    assert not changed.sections
    moved = taught(spoilt(QUIZ, '"120 40"', '"121 40"'))
    assert compare(taught(), moved).scenarios.changed == ("shelf-photo",), "its numbers too"


SLIPS = [
    (QUIZ, "place: go-ahead", "place: go-ahed", 14, "not `go-ahed`; did you mean `go-ahead`?"),
    (QUIZ, "cautious: leave-it", "cautious: never", 31, "`cautious` is go-ahead, ask-first or"),
    (QUIZ, "        cautious: leave-it\n", "", 11, "give `cautious` for each of the `cases`"),
    (QUIZ, "        elsewhere: Look for a person in it.\n", "", 12, "needs `elsewhere`"),
    (QUIZ, "id: ada-said-no", "id: right-no", 28, "gives the answer away (`right`)"),
    (QUIZ, "id: ada-said-no", "id: mo-at-the-oven", 28, "another option is called"),
    (QUIZ, "    consequence_wrong: Sam waits while you type.\n", "", 36, "`consequence_wrong`"),
    (QUIZ, "    cases:", "    case:", 11, "did you mean `cases`?"),
    (QUIZ, "place: 2", "place: 1", 50, "two of the `steps` have the same `place`: first"),
    (QUIZ, "place: 2", "place: 4", 59, "`place` must be a whole number from 1 to 3"),
    (QUIZ, 'at: "40 40"', "at: left", 82, "is a place in the drawing"),
    (QUIZ, 'at: "40 40"', 'at: "400 40"', 80, "`unpaid-bill` is outside its drawing"),
    (QUIZ, '        at: "40 40"\n', "", 80, "needs `at`"),
    (QUIZ, "    alt: A shelf with two numbers. 1, a bill. 2, a loaf.\n", "", 69, "needs `alt`"),
    (QUIZ, "picture: shelf.svg", "picture: shlef.svg", 74, "did you mean `shelf.svg`?"),
    (SHELF, "<path", "<script/><path", 3, "`<script>` is not used in drawings"),
    (SHELF, "<path", '<path onload="x"', 3, "`onload` is not used in drawings"),
    (SHELF, ' viewBox="0 0 160 80"', "", 1, "give the drawing a `viewBox`"),
    (SHELF, "</svg>", "", 5, "this is no SVG drawing"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "line", "message"), SLIPS)
def test_each_slip_of_an_author_is_told_with_its_line(
    path: str, old: str, new: str, line: int, message: str
) -> None:
    with pytest.raises(CurriculumError) as refused:
        taught(spoilt(path, old, new))
    assert any(
        (fault.path, fault.line) == (path, line) and message in fault.message
        for fault in refused.value.faults
    ), "\n".join(map(str, refused.value.faults))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("place: go-ahead", "place: go-ahed"),
        ("cautious: leave-it", "cautious: never"),
        ("id: ada-said-no", "id: mo-at-the-oven"),
        ("picture: shelf.svg", "picture: shlef.svg"),
    ],
)
def test_a_slip_is_told_once(old: str, new: str) -> None:
    with pytest.raises(CurriculumError) as refused:
        taught(spoilt(QUIZ, old, new))
    assert len(refused.value.faults) == 1


def test_a_drawing_that_nothing_shows_is_said() -> None:
    with pytest.raises(CurriculumError, match="nothing shows this file"):
        taught({**FILES, f"quizzes/{SLUG}/spare.svg": FILES[SHELF]})
