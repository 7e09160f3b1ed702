"""What the journey's pages show: plain values for the templates, made from a Journey.

Decides nothing: what is open, next or right comes from ``rules`` and ``marking``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for

from induction.curriculum.model import Clause, Kind, Scenario, Scene, Section
from induction.journey import rules
from induction.journey.content import News
from induction.journey.queries import Journey

FINAL_TITLE = "Final check"
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one next step of a page."""

    label: str
    href: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the learner is on the whole way."""

    number: int
    total: int
    per_cent: int
    minutes_left: int
    text: str


@dataclass(frozen=True, slots=True)
class HubStep:
    """One line of the hub."""

    number: int
    slug: str
    title: str
    summary: str
    href: str | None
    state: str
    state_text: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is offered, or as it was chosen."""

    id: str
    text: str
    checked: bool = False
    chosen: bool = False
    feedback_html: str = ""


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
class Topic:
    """A section worth looking at again, and what in it: each rule with the address of its card."""

    title: str
    rules: list[ClauseLink] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it stands on the page."""

    heading: str
    scenario_id: str
    scene_id: str
    kind: str
    situation_html: str
    question: str
    options: list[Choice]
    hidden: dict[str, str]
    story: list[EarlierScene]
    index: int
    of: int
    look_back: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What follows from a choice."""

    right: bool
    kind: str
    situation_html: str
    question: str
    story: list[EarlierScene]
    consequence_html: str
    options: list[Choice]
    clauses: list[ClauseLink]
    look_back: bool = field(default=False)


def next_step(journey: Journey) -> NextStep:
    """The journey's one next step, as a link."""
    to = journey.standing.next
    step = journey.standing.step(to.slug)
    title = step.title if step else ""
    if to.go is rules.Go.DONE:
        return done_step(journey)
    if to.go is rules.Go.DECLARE:
        return NextStep("Sign the declaration", url_for("journey.declaration"))
    if to.go is rules.Go.READ and to.slug == rules.FINAL:
        return NextStep("Go to the final check", _read(to.slug))
    if to.go is rules.Go.READ:
        if journey.tries:
            return NextStep(f"Read: {title}", _read(to.slug))
        return NextStep("Start", _read(to.slug), title)
    label, endpoint = {
        rules.Go.LOOK_BACK: ("Go on to the next part", "journey.look_back"),
        rules.Go.DECIDE: ("Carry on", "journey.quiz"),
        rules.Go.LOOK_AGAIN: ("Look again", "journey.result"),
    }[to.go]
    return NextStep(label, url_for(endpoint, slug=to.slug), title)


def done_step(journey: Journey) -> NextStep:
    """After the end: the certificate."""
    if journey.certificate:
        href = url_for("certificates.show", number=journey.certificate)
        return NextStep("See my certificate", href)
    return NextStep("My certificates", url_for("certificates.mine"))


def _read(slug: str) -> str:
    return url_for("journey.section", slug=slug)


def place(journey: Journey, slug: str) -> Place:
    """“Section 3 of 7 · about 14 minutes left”."""
    standing = journey.standing
    sections = len(standing.steps) - 1
    step = standing.step(slug)
    number = step.number if step else len(standing.steps)
    if step is None:
        what = "Declaration"
    elif step.is_final:
        what = FINAL_TITLE
    else:
        position = [s.slug for s in standing.steps].index(slug) + 1
        what = f"Section {position} of {sections}"
    left = standing.minutes_left
    text = f"about {minutes(left)} left" if left else "all done"
    per_cent = 100 * standing.passed // len(standing.steps)
    return Place(number, sections, per_cent, left, f"{what} · {text}")


def minutes(count: int) -> str:
    """“1 minute”, “14 minutes”."""
    return f"{count} minute{'' if count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that changed, and why."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What a newer version of the policy asks of somebody who had done this already."""

    rules: list[Rule]
    questions: int
    parts: list[str]  # titles of the sections that the questions are in
    signs: bool
    renews: bool  # the final check of a renewal that was begun comes between


def changed(journey: Journey) -> Changed | None:
    """What has changed since this learner did it; None where that asks nothing of them."""
    due = [step for step in journey.standing.steps if step.due]
    signs = journey.signed_at is not None and not journey.declared and not journey.standing.renewing
    if not due and not signs:
        return None
    asked = {s for step in due for s in step.due}
    tested = {c for s in asked if (q := journey.policy.scenario(s)) for c in q.clauses}
    news = journey.in_force.news if journey.in_force else ()
    rules_changed = {
        (one.kind, one.item): Rule(_news(journey, one), one.reason)
        for one in news
        if one.number > (journey.signed or 0) and (signs or one.item in tested)
    }
    renews = any(step.renewal for step in journey.standing.steps)
    titles = [s.title for s in due]
    return Changed(list(rules_changed.values()), len(asked), titles, signs, renews)


def _news(journey: Journey, one: News) -> str:
    if one.kind == "declaration":
        return "The declaration has new words."
    clause = journey.policy.clause(one.item)
    return clause.words if clause else "A rule that you learnt no longer holds."


_STATE_TEXT = {
    rules.Phase.LOCKED: "Opens later",
    rules.Phase.OPEN: "Ready to start",
    rules.Phase.STARTED: "Started",
    rules.Phase.RETRY: "Have another look",
    rules.Phase.PASSED: "Passed",
}


def hub_steps(journey: Journey) -> list[HubStep]:
    """Every step with its state; the declaration last."""
    lines = []
    for position, step in enumerate(journey.standing.steps, start=1):
        section = journey.policy.section(step.slug)
        takes = step.reading + step.deciding(len(step.plan.asked))
        lines.append(
            HubStep(
                position,
                step.slug,
                step.title,
                section.summary if section else "A few situations from every part, mixed.",
                None if step.phase is rules.Phase.LOCKED else _read(step.slug),
                _hub_state(step.phase),
                _state_text(step, withdrawn=journey.withdrawn),
                round(takes),
            )
        )
    go = journey.standing.next.go
    ready, done = go is rules.Go.DECLARE, go is rules.Go.DONE
    lines.append(
        HubStep(
            len(lines) + 1,
            "declaration",
            "Declaration",
            "Sign, and get your certificate.",
            url_for("journey.declaration") if ready else None,
            "passed" if done else "open" if ready else "locked",
            "Signed" if done else "Ready to sign" if ready else "Opens later",
            1,
        )
    )
    return lines


def _state_text(step: rules.Step, *, withdrawn: bool) -> str:
    if step.redo and step.phase is rules.Phase.OPEN:
        count = len(step.plan.asked)
        return f"A rule has changed: {count} question{'' if count == 1 else 's'}"
    if step.renewal and step.phase is rules.Phase.OPEN:
        why = "To do again" if withdrawn else "To renew"
        return f"{why}: {len(step.plan.asked)} questions, newly drawn"
    return _STATE_TEXT[step.phase]


def _hub_state(phase: rules.Phase) -> str:
    return "started" if phase is rules.Phase.RETRY else phase.value


def welcome(journey: Journey, now: datetime) -> str:
    """Which greeting fits: first, back, week, stuck, renewal or done."""
    if journey.standing.next.go is rules.Go.DONE:
        return "done"
    if journey.standing.state is rules.State.STUCK:
        return "stuck"
    if journey.standing.renewing:
        return "renewal"
    last = journey.last_activity_at
    if last is None:
        return "first"
    return "week" if now - last > A_WEEK else "back"


def runs_out(journey: Journey, today: date) -> str:
    """“runs out on” or “ran out on”: how to speak of the certificate's last day; "" for no end."""
    if journey.valid_until is None:
        return ""
    return "ran out on" if journey.valid_until < today else "runs out on"


def note(journey: Journey) -> str:
    """The latest reminder's words, until something has been answered since; else nothing."""
    last, at = journey.last_activity_at, journey.notice_at
    fresh = at is not None and (last is None or last < at)
    return journey.notice if fresh and journey.standing.next.go is not rules.Go.DONE else ""


def question(
    journey: Journey,
    kind: rules.TryKind,
    slug: str,
    plan: rules.Plan,
    scenario: Scenario,
    scene: Scene,
    content: str,
    checked: tuple[str, ...] = (),
) -> Question:
    """One question, with the options in this try's order."""
    order = rules.order_shown(
        journey.seed, f"{kind}:{slug}", plan.number, scenario.id, scene.id,
        (o.id for o in scene.options),
    )  # fmt: skip
    options = {o.id: o for o in scene.options}
    tried = journey.tried(kind, slug, plan.number)
    return Question(
        heading=heading(journey, kind, slug),
        scenario_id=scenario.id,
        scene_id=scene.id,
        kind=scenario.kind.value,
        situation_html=scene.situation_html,
        question=scene.question,
        options=[Choice(i, options[i].text, checked=i in checked) for i in order],
        hidden={
            "scenario": scenario.id,
            **({"scene": scene.id} if scene.id else {}),
            "try": str(plan.number),
            "content": content,
            "for": journey.enrolment_public_id,  # whose answer it is, should the session end
        },
        story=_story(scenario, tried, scene.id),
        index=plan.asked.index(scenario.id) + 1,
        of=len(plan.asked),
        look_back=kind is rules.TryKind.LOOK_BACK,
    )


def heading(journey: Journey, kind: rules.TryKind, slug: str) -> str:
    """What a question page is called."""
    if kind is rules.TryKind.LOOK_BACK:
        return "Looking back"
    step = journey.standing.step(slug)
    return step.title if step else FINAL_TITLE


def _story(scenario: Scenario, tried: rules.Tried | None, until: str) -> list[EarlierScene]:
    """The scenes already decided before the one named; all of them for the empty name."""
    earlier: list[EarlierScene] = []
    if scenario.kind is not Kind.BRANCHING or tried is None:
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
    journey: Journey, tried: rules.Tried, scenario: Scenario, given: rules.Given
) -> Feedback | None:
    """What an answer led to, as it was shown; None where its scene is gone."""
    scene = scenario.scene(given.scene)
    if scene is None:
        return None
    options = {o.id: o for o in scene.options}
    chosen = [options[i] for i in given.shown if i in given.chosen and i in options]
    right = given.result == "right"
    if scenario.kind is Kind.MULTIPLE:
        consequence = scenario.consequence_right_html if right else scenario.consequence_wrong_html
    else:
        consequence = chosen[0].consequence_html if chosen else ""
    return Feedback(
        right=right,
        kind=scenario.kind.value,
        situation_html=scene.situation_html,
        question=scene.question,
        story=_story(scenario, tried, given.scene),
        consequence_html=consequence,
        options=[
            Choice(
                i,
                options[i].text,
                chosen=i in given.chosen,
                feedback_html=options[i].feedback_html if i in given.chosen else "",
            )
            for i in given.shown
            if i in options
        ],
        clauses=[c for i in scenario.clauses if (c := clause_link(journey, i))],
        look_back=tried.kind is rules.TryKind.LOOK_BACK,
    )


def clause_link(journey: Journey, clause_id: str) -> ClauseLink | None:
    """A clause and the address of its card, in the section that teaches it."""
    clause: Clause | None = journey.policy.clause(clause_id)
    section = teaching_section(journey, clause_id)
    if clause is None or section is None:
        return None
    href = url_for("journey.section", slug=section.slug, _anchor=f"clause-{clause_id}")
    return ClauseLink(clause.id, clause.words, clause.where, href)


def teaching_section(journey: Journey, clause_id: str) -> Section | None:
    """The section that teaches this clause to this learner."""
    sections = rules.sections_for(journey.policy, journey.audience)
    return next((s for s in sections if clause_id in s.clauses), None)


def topics(journey: Journey, step: rules.Step) -> list[Topic]:
    """What to read again after a failed try: clauses by section, never answers."""
    found: dict[str, Topic] = {}
    for scenario_id in step.missed:
        scenario = journey.policy.scenario(scenario_id)
        for clause_id in scenario.clauses if scenario else ():
            link = clause_link(journey, clause_id)
            section = teaching_section(journey, clause_id)
            if link and section:
                topic = found.setdefault(section.slug, Topic(section.title))
                if link not in topic.rules:
                    topic.rules.append(link)
    return list(found.values())


def as_context(values: Any) -> dict[str, Any]:
    """The fields of a view as a template's context."""
    return {name: getattr(values, name) for name in values.__dataclass_fields__}
