"""What the journey's pages share: the one next step, and the place on the way.

Decides nothing: what is open, next or right comes from ``rules`` and ``marking``.
"""

from dataclasses import dataclass

from flask import url_for

from induction.journey import rules
from induction.journey.queries import Journey

FINAL_TITLE = "Final check"


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one next step of a page."""

    label: str
    href: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class PlaceOnTheWay:
    """Where the learner is on the whole way."""

    text: str
    track: tuple[str, ...]  # each step and the declaration: ``done``, ``here-50``, or to come


@dataclass(frozen=True, slots=True)
class Patch:
    """A section in the collection of those that are passed."""

    slug: str
    number: int
    title: str
    passed: bool
    new: bool  # by what was done just now


def next_step(journey: Journey) -> NextStep:
    """The journey's one next step, as a link."""
    to = journey.standing.next
    step = journey.standing.step(to.slug)
    title = step.title if step else ""
    if to.go is rules.NextKind.DONE:
        return done_step(journey)
    if to.go is rules.NextKind.DECLARE:
        return NextStep("Sign the declaration", url_for("journey.declaration"))
    if to.go is rules.NextKind.READ and to.slug == rules.FINAL:
        return NextStep("Go to the final check", reading(to.slug))
    if to.go is rules.NextKind.READ:
        if journey.learner.tries:
            return NextStep(f"Read: {title}", reading(to.slug))
        return NextStep("Start", reading(to.slug), title)
    label, endpoint = {
        rules.NextKind.LOOK_BACK: ("Go on to the next part", "questions.look_back"),
        rules.NextKind.DECIDE: ("Carry on", "questions.quiz"),
        rules.NextKind.LOOK_AGAIN: ("Look again", "journey.result"),
    }[to.go]
    return NextStep(label, url_for(endpoint, slug=to.slug), title)


def done_step(journey: Journey) -> NextStep:
    """After the end: the certificate."""
    if journey.certificate:
        href = url_for("certificates.show", number=journey.certificate)
        return NextStep("See my certificate", href)
    return NextStep("My certificates", url_for("certificates.mine"))


def reading(slug: str) -> str:
    """Where a section is read."""
    return url_for("journey.section", slug=slug)


def place(journey: Journey, slug: str) -> PlaceOnTheWay:
    """“Step 3 of 9 · about 14 minutes left”, counted as on the hub."""
    steps, left = journey.standing.steps, journey.standing.minutes_left
    signing = "done" if journey.standing.next.go is rules.NextKind.DONE else ""
    track = [_filled(step, here=step.slug == slug) for step in steps] + [signing]
    number = next((n for n, step in enumerate(steps, 1) if step.slug == slug), len(track))
    if number == len(track):
        track[-1] = "here-0"
    text = f"about {minutes(left)} left" if left else "all done"
    return PlaceOnTheWay(f"Step {number} of {len(track)} · {text}", tuple(track))


def _filled(step: rules.Step, *, here: bool) -> str:
    """How much of a step is done; of the one that is open, in quarters."""
    if step.phase is rules.StepStatus.PASSED:
        return "done"
    if not here:
        return ""
    answered = len(step.plan.asked) - len(step.waiting)
    return f"here-{25 * min(3, 4 * answered // max(1, len(step.plan.asked)))}"


def collection(journey: Journey, slug: str) -> list[Patch]:
    """Every section, with those that are passed; ``slug`` is the one that was passed last."""
    return [
        Patch(s.slug, n, s.title, s.phase is rules.StepStatus.PASSED, s.slug == slug)
        for n, s in enumerate(journey.standing.steps, 1)
        if not s.is_final
    ]


def minutes(count: int) -> str:
    """“1 minute”, “14 minutes”."""
    return f"{count} minute{'' if count == 1 else 's'}"
