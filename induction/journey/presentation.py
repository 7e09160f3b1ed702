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

    number: int
    total: int
    per_cent: int
    minutes_left: int
    text: str


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
    return PlaceOnTheWay(number, sections, per_cent, left, f"{what} · {text}")


def minutes(count: int) -> str:
    """“1 minute”, “14 minutes”."""
    return f"{count} minute{'' if count == 1 else 's'}"
