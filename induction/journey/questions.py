"""What the pages of a question and of its answer show.

Decides nothing, as ``presentation``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from flask import url_for

from induction.curriculum.model import Clause, Option, Policy, Scenario, Scene, Section
from induction.journey import rules
from induction.journey.presentation import FINAL_TITLE
from induction.journey.queries import Journey


@dataclass(frozen=True, slots=True)
class OptionShown:
    """An option as it is offered, or as it was chosen."""

    id: str
    text: str
    about: str = ""  # the thing that it gives a place, where several are placed
    place: str = ""
    checked: bool = False
    chosen: bool = False
    fits: bool = False  # chosen rightly, in an answer that is not right as a whole
    feedback_html: str = ""
    missing_html: str = ""  # what is said of an option that should have been chosen and was not


def _about(option: OptionShown) -> str:
    return option.about


@dataclass(frozen=True, slots=True)
class EarlierScene:
    """A scene of a branching story that has been decided."""

    situation_html: str
    chosen: str
    consequence_html: str


@dataclass(frozen=True, slots=True)
class ClauseLink:
    """A clause, and where its card is."""

    id: str
    words: str
    where: str
    href: str


@dataclass(frozen=True, slots=True)
class PlainRule:
    """What a situation that was missed is about, and its rule in plain words."""

    title: str
    plain_html: str


@dataclass(frozen=True, slots=True)
class TopicToReread:
    """A section worth looking at again, and what in it: each rule with the address of its card."""

    title: str
    rules: list[ClauseLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """One question as it stands on the page."""

    heading: str
    scenario_id: str
    scene_id: str
    kind: str
    situation_html: str
    question: str
    options: list[OptionShown]
    hidden: dict[str, str]
    story: list[EarlierScene]
    index: int
    of: int
    look_back: bool
    unread: bool  # asked of somebody who has not read the section
    answered: bool  # then it is shown, and not asked
    next_scene: str  # where the answer to it led; "" where it has none, or ended the scenario

    @property
    def things(self) -> list[tuple[str, list[OptionShown]]]:
        """What is to be placed, each with its places, in the order shown."""
        return [(about, list(places)) for about, places in groupby(self.options, _about)]

    def ticked(self, chosen: Iterable[str]) -> "QuestionShown":
        """The same with these options ticked."""
        options = [replace(o, checked=o.id in chosen) for o in self.options]
        return replace(self, options=options)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What follows from a choice."""

    right: bool
    kind: str
    situation_html: str
    question: str
    story: list[EarlierScene]
    consequence_html: str
    options: list[OptionShown]
    clauses: list[ClauseLink]
    plain_html: str  # the rule in plain words, where one was missed before
    look_back: bool
    brief: bool  # the verdict is enough: what follows is folded


@dataclass(frozen=True, slots=True)
class Asked:
    """A question where it stands: at which step, and in which try at it."""

    kind: rules.AttemptKind
    slug: str
    plan: rules.AttemptPlan
    scenario: str
    scene: str = ""  # "": the first

    @classmethod
    def at(cls, step: rules.Step) -> "Asked":
        """The question that is open at a step."""
        return cls(step.kind, step.slug, step.plan, step.waiting[0], step.scene)

    @classmethod
    def looking_back(cls, slug: str, scenario: str) -> "Asked":
        """The question from earlier that is asked before a step."""
        plan = rules.AttemptPlan(1, "", (scenario,), (), 0)
        return cls(rules.AttemptKind.LOOK_BACK, slug, plan, scenario)

    @classmethod
    def before(cls, tried: rules.AttemptRecord, scenario: str, scene: str = "") -> "Asked":
        """A question as it was asked in a try."""
        return cls(tried.kind, tried.step, rules.AttemptPlan.of(tried), scenario, scene)


def address(asked: Asked) -> str:
    """Where a question stands. It is asked there, and shown there once it has been answered."""
    if asked.kind is rules.AttemptKind.LOOK_BACK:
        return url_for("questions.look_back", slug=asked.slug)
    return url_for(
        "questions.question",
        slug=asked.slug,
        number=asked.plan.number,
        scenario_id=asked.scenario,
        scene_id=asked.scene,
    )


def question(journey: Journey, policy: Policy, asked: Asked) -> QuestionShown | None:
    """One question, with the options in this try's order; None where the policy has it not.

    ``policy`` is the content that this try is about. Where the question has been answered, its
    options are in the order in which they were shown then, and what was chosen is marked.
    """
    scenario = policy.scenario(asked.scenario)
    scene = _scene(scenario, asked.scene) if scenario else None
    if scenario is None or scene is None:
        return None
    kind, slug, plan = asked.kind, asked.slug, asked.plan
    options = {o.id: o for o in scene.options}
    tried = journey.learner.tried(kind, slug, plan.number)
    given = tried.answer_to(scenario.id, scene.id) if tried else None
    chosen = given.chosen if given else ()
    order = given.shown if given else rules.order_shown(
        journey.learner.seed, f"{kind}:{slug}", plan.number, scenario, scene
    )  # fmt: skip
    return QuestionShown(
        heading=heading(journey, kind, slug),
        scenario_id=scenario.id,
        scene_id=scene.id,
        kind=scenario.kind,
        situation_html=scene.situation_html,
        question=scene.question,
        options=[
            OptionShown(o.id, o.text, o.about, o.place, chosen=o.id in chosen)
            for o in map(options.__getitem__, order)
        ],
        hidden={
            "scenario": scenario.id,
            **({"scene": scene.id} if scene.id else {}),
            "try": str(plan.number),
            "content": policy.digest,
            "for": journey.enrolment_public_id,  # whose answer it is, should the session end
        },
        story=_story(scenario, tried, scene.id),
        index=plan.asked.index(scenario.id) + 1,
        of=len(plan.asked),
        look_back=kind is rules.AttemptKind.LOOK_BACK,
        unread=plan.number == rules.BEFORE_READING,
        answered=given is not None,
        next_scene=given.next_scene if given else "",
    )


def _scene(scenario: Scenario, scene_id: str) -> Scene | None:
    return scenario.scene(scene_id) if scene_id else scenario.scenes[0]


def heading(journey: Journey, kind: rules.AttemptKind, slug: str) -> str:
    """What a question page is called."""
    if kind is rules.AttemptKind.LOOK_BACK:
        return "Looking back"
    step = journey.standing.step(slug)
    return step.title if step else FINAL_TITLE


def _story(scenario: Scenario, tried: rules.AttemptRecord | None, until: str) -> list[EarlierScene]:
    """The scenes already decided before the one named; all of them for the empty name."""
    earlier: list[EarlierScene] = []
    if tried is None:
        return earlier
    for given in tried.answers:
        scene = scenario.scene(given.scene)
        if given.scenario != scenario.id or scene is None or given.result != "continues":
            continue
        if given.scene == until:
            break
        option = scene.option(given.chosen[0])
        if option is not None:
            earlier.append(EarlierScene(scene.situation_html, option.text, option.consequence_html))
    return earlier


def feedback(
    journey: Journey, tried: rules.AttemptRecord, scenario: Scenario, given: rules.AnswerRecord
) -> Feedback | None:
    """What an answer led to, as it was shown; None where its scene is gone."""
    scene = scenario.scene(given.scene)
    if scene is None:
        return None
    options = {o.id: o for o in scene.options}
    right = given.result == "right"
    again = rules.missed_before(journey.policy, journey.learner, tried, scenario)
    return Feedback(
        right=right,
        kind=scenario.kind,
        situation_html=scene.situation_html,
        question=scene.question,
        story=_story(scenario, tried, given.scene),
        consequence_html=scenario.consequence_html(scene, given.chosen, right=right),
        options=[
            _judged(scenario, options[i], given, right=right) for i in given.shown if i in options
        ],
        clauses=[c for i in scenario.clauses if (c := clause_link(journey, i))],
        plain_html=scenario.plain_html if again and not right else "",
        look_back=tried.kind is rules.AttemptKind.LOOK_BACK,
        brief=right and tried.kind is not rules.AttemptKind.SECTION,
    )


def _judged(
    scenario: Scenario, option: Option, given: rules.AnswerRecord, *, right: bool
) -> OptionShown:
    chosen = option.id in given.chosen
    return OptionShown(
        option.id,
        option.text,
        option.about,
        option.place,
        chosen=chosen,
        fits=chosen and not right and scenario.several and scenario.is_sound(option),
        feedback_html=option.feedback_html if chosen else "",
        missing_html="" if chosen or right else option.missing_html,
    )


def plain_rules(policy: Policy, tried: rules.AttemptRecord | None) -> list[PlainRule]:
    """What was missed in a try, with the rule in plain words; ``policy`` is what it was about."""
    missed = [s for s, result in tried.ended().items() if result == "wrong"] if tried else []
    found = (policy.scenario(name) for name in missed)
    return [PlainRule(q.title, q.plain_html) for q in found if q and q.plain_html]


def clause_link(journey: Journey, clause_id: str) -> ClauseLink | None:
    """A clause and the address of the paragraph that explains it in its section, or of its card."""
    clause: Clause | None = journey.policy.clause(clause_id)
    section = teaching_section(journey, clause_id)
    if clause is None or section is None:
        return None
    place = section.place_of(clause_id, journey.learner.audience)
    href = (
        url_for("journey.section", slug=section.slug, _anchor=place)
        if place
        else url_for(
            "journey.section", slug=section.slug, rules="open", _anchor=f"clause-{clause_id}"
        )
    )
    return ClauseLink(clause.id, clause.words, clause.where, href)


def teaching_section(journey: Journey, clause_id: str) -> Section | None:
    """The section that teaches this clause to this learner."""
    sections = journey.policy.sections_for(journey.learner.audience)
    return next((s for s in sections if clause_id in s.clauses), None)


def topics(journey: Journey, step: rules.Step) -> list[TopicToReread]:
    """What to read again after a failed try: clauses by section, never answers."""
    found: dict[str, TopicToReread] = {}
    for clause_id in step.rules:
        link = clause_link(journey, clause_id)
        section = teaching_section(journey, clause_id)
        if link and section:
            found.setdefault(section.slug, TopicToReread(section.title)).rules.append(link)
    return list(found.values())


def as_context(values: Any) -> dict[str, Any]:
    """The fields and properties of a view as a template's context."""
    properties = (name for name, kind in vars(type(values)).items() if isinstance(kind, property))
    return {name: getattr(values, name) for name in (*values.__dataclass_fields__, *properties)}
