"""t09: nothing that a learner is sent before an answer depends on which answer is right."""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from induction.config import PROJECT_ROOT
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.places import taught
from tests.support.solver import right_choice

POLICY = "social-media"
MASKED = re.compile(r'name="(csrf_token|content|for)" value="[^"]+"')


def turned(scenario: dict[str, Any]) -> dict[str, Any]:
    """The same scenario, word for word, with other options marked as right."""
    if scenario["kind"] == "branching":
        for scene in scenario["scenes"]:
            ends = [o for o in scene["options"] if "outcome" in o]
            outcomes = [o["outcome"] for o in ends]
            for option, outcome in zip(ends, outcomes[1:] + outcomes[:1], strict=True):
                _mark(option, "outcome", outcome, right=outcome == "good")
        return scenario
    if things := scenario.get("cases") or scenario.get("steps"):
        places = [thing["place"] for thing in things]
        for thing, place in zip(things, places[1:] + places[:1], strict=True):
            thing["place"] = place
        return scenario
    options = scenario["options"]
    flags = [bool(o.get("correct")) for o in options]
    for option, flag in zip(options, flags[1:] + flags[:1], strict=True):
        _mark(option, "correct", flag, right=flag)
    return scenario


def _mark(option: dict[str, Any], key: str, value: object, *, right: bool) -> None:
    option[key] = value
    for told in ("misconception", "missing"):  # what is said of a wrong option, of a right one
        option.pop(told, None)
    if not right:
        option["misconception"] = "Somebody may believe this."


@pytest.fixture
def turned_root(tmp_path: Path) -> Path:
    """The project's own files with other options right."""
    for top in ("content", "quizzes"):
        shutil.copytree(PROJECT_ROOT / top / POLICY, tmp_path / top / POLICY)
    for path in (tmp_path / "quizzes" / POLICY).glob("*.yaml"):
        quiz = yaml.safe_load(path.read_text())
        quiz["scenarios"] = [turned(s) for s in quiz["scenarios"]]
        path.write_text(yaml.safe_dump(quiz, sort_keys=False, allow_unicode=True, width=80))
    return tmp_path


def what_follows(learner: Learner) -> set[str]:
    """Everything that the asked scenario says after the answer on this page."""
    scenario = learner.policy.scenario(learner.asked)
    assert scenario is not None
    shown = "".join(learner.form.fields.get("scene", []))
    words: set[str] = set()
    for scene in scenario.scenes:
        for right in (True, False):
            words.add(scenario.consequence_html(scene, (), right=right))
        for option in scene.options:
            words |= {option.feedback_html, option.misconception}
            if scene.id == shown:
                words.add(option.consequence_html)
    return words - {""}


def a_learner(make_app: AppMaker, folder: Path, root: Path, migrated: Path) -> Learner:
    shutil.copytree(migrated, folder)
    cast = Cast(make_app(taught(folder, root, POLICY)))
    learner = cast.taking(cast.learner(seed="the same seed"))
    learner.visitor.inspecting = False
    return learner


def test_t09_every_page_before_an_answer_is_the_same_whichever_option_is_right(
    make_app: AppMaker, tmp_path: Path, turned_root: Path, migrated_instance: Path
) -> None:
    one = a_learner(make_app, tmp_path / "one", PROJECT_ROOT, migrated_instance)
    other = a_learner(make_app, tmp_path / "other", turned_root, migrated_instance)
    compared, differed = 0, 0
    one.open()
    other.open()
    while not one.path.startswith("/certificates/"):
        assert one.path == other.path
        if "/feedback/" not in one.path and not one.path.endswith("/done"):  # not yet feedback
            mine, theirs = (MASKED.sub("", page.html) for page in (one.page, other.page))
            assert mine == theirs, f"{one.path} gives something away"
            assert "correct" not in mine
            assert "outcome" not in mine
            compared += 1
        if one.asked:
            assert not [words for words in what_follows(one) if words in one.page.html]
            scene = "".join(one.form.fields.get("scene", []))
            rights = [right_choice(me.policy, one.asked, scene) for me in (one, other)]
            differed += rights[0] != rights[1]
        one.press()
        other.press()
    assert compared > 50
    assert differed > 30, "the two policies have the same answers: nothing was tried"


def test_t09_a_wrong_answer_is_explained_without_naming_the_right_one(newcomer: Learner) -> None:
    newcomer.to_question()
    while newcomer.asked != "late-for-class":
        newcomer.press(rightly=False)
        newcomer.to_question()
    newcomer.press(rightly=False)
    html = newcomer.page.html
    assert "Until you sign in, nobody knows that you are here." in html
    assert "Two minutes late is fine" not in html
    assert "You miss two minutes" not in html
    assert "Signing in can wait" not in html, "the belief behind it is for tutors"


def test_t09_feedback_is_not_to_be_had_before_the_answer(newcomer: Learner) -> None:
    newcomer.to_question()
    asked = newcomer.asked
    for number in (1, 2):
        newcomer.open(f"/induction/arriving/feedback/{number}/{asked}")
        assert newcomer.path == "/induction/arriving", "led back"


def test_the_options_come_in_another_order_on_another_try_and_the_order_is_kept(
    newcomer: Learner,
) -> None:
    as_learner, orders = newcomer, []
    as_learner.to_question("badges")
    for _ in range(2):
        first = as_learner.asked
        orders.append(tuple(as_learner.form.options["option"]))
        assert (
            tuple(as_learner.open(as_learner.path).form("option").options["option"]) == orders[-1]
        ), "the same whenever the page is opened"
        while not as_learner.path.endswith("/result"):
            as_learner.press(rightly=False)
        as_learner.press()
        assert as_learner.asked == first
    assert all(set(one) == set(other) for one, other in pairwise(orders))
