"""An old try as it was shown: the content by its digest, the options in their order. Pure."""

from dataclasses import dataclass
from datetime import datetime

from induction.curriculum.model import Option, Policy, Scenario
from induction.journey.rules import AnswerRecord, AttemptRecord


@dataclass(frozen=True, slots=True)
class Shown:
    """An option as it stood on the page."""

    text: str
    chosen: bool
    sound: bool
    feedback_html: str
    misconception: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One question and its answer."""

    scenario: str
    first: bool  # of its scenario: a story has several
    title: str
    clauses: tuple[tuple[str, str], ...]  # id, words
    situation_html: str
    question: str
    options: tuple[Shown, ...]
    consequence_html: str
    result: str  # right | wrong | continues
    at: datetime


@dataclass(frozen=True, slots=True)
class KeyScene:
    """A scene with its options, for those who judge the questions."""

    situation_html: str
    question: str
    options: tuple[Shown, ...]


def moments(policy: Policy, tried: AttemptRecord) -> list[Moment]:
    """The questions of a try in the order in which they were answered."""
    seen: set[str] = set()
    found = []
    for given in tried.answers:
        found.append(_moment(policy, given, first=given.scenario not in seen))
        seen.add(given.scenario)
    return found


def _moment(policy: Policy, given: AnswerRecord, *, first: bool) -> Moment:
    scenario = policy.scenario(given.scenario)
    scene = scenario.scene(given.scene) if scenario else None
    if scenario is None or scene is None:
        # Cannot be, since the content is found by its digest; shown rather than hidden.
        missing = tuple(Shown(i, i in given.chosen, False, "", "") for i in given.shown)
        return Moment(
            given.scenario, first, given.scenario, (), "", "", missing, "", given.result, given.at
        )
    return Moment(
        scenario=scenario.id,
        first=first,
        title=scenario.title,
        clauses=tuple((c.id, c.words) for c in policy.clauses if c.id in scenario.clauses),
        situation_html=scene.situation_html,
        question=scene.question,
        options=tuple(
            _shown(scenario, option, chosen=i in given.chosen)
            for i in given.shown
            if (option := scene.option(i))
        ),
        consequence_html=scenario.consequence_html(
            scene, given.chosen, right=given.result == "right"
        ),
        result=given.result,
        at=given.at,
    )


def _shown(scenario: Scenario, option: Option, *, chosen: bool) -> Shown:
    sound = scenario.is_sound(option)
    return Shown(option.text, chosen, sound, option.feedback_html, option.misconception)


def key(scenario: Scenario) -> list[KeyScene]:
    """A scenario with its right choices marked, for compliance; learners never see this."""
    return [
        KeyScene(
            scene.situation_html,
            scene.question,
            tuple(_shown(scenario, option, chosen=False) for option in scene.options),
        )
        for scene in scenario.scenes
    ]
