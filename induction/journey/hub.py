"""What the hub shows: every step with its state, what has changed, and how to greet.

Decides nothing, as ``presentation``.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import url_for

from induction.journey import rules
from induction.journey.presentation import reading
from induction.journey.queries import Journey
from induction.journey.time_left import shared_out
from induction.policy import news
from induction.policy.news import ChangedRule

A_WEEK = timedelta(days=7)


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
class Changed:
    """What a newer version of the policy asks of somebody who had done this already."""

    rules: list[ChangedRule]
    questions: int
    parts: list[str]  # titles of the sections that the questions are in
    new: list[str]  # titles of sections that came after they signed
    signs: bool
    renews: bool  # the final check of a renewal that was begun comes between


def changed(journey: Journey) -> Changed | None:
    """What has changed since this learner did it; None where that asks nothing of them."""
    due = [step for step in journey.standing.steps if step.due]
    signs = journey.signed_at is not None and not journey.declared and not journey.standing.renewing
    if not due and not signs:
        return None
    asked = {s for step in due for s in step.due}
    new = news.concerning(
        journey.in_force, signed=journey.learner.signed, signs=signs, scenarios=asked
    )
    rules_changed = news.in_words(journey.policy, new)
    renews = any(step.renewal for step in journey.standing.steps)
    fresh = rules.untaken(journey.in_force, journey.learner)
    titles = [s.title for s in due]
    new_titles = [s.title for s in journey.standing.steps if s.slug in fresh]
    return Changed(rules_changed, len(asked), titles, new_titles, signs, renews)


_STATE_TEXT = {
    rules.StepStatus.LOCKED: "Opens later",
    rules.StepStatus.OPEN: "Ready to start",
    rules.StepStatus.STARTED: "Started",
    rules.StepStatus.RETRY: "Have another look",
    rules.StepStatus.PASSED: "Passed",
}


def hub_steps(journey: Journey, minutes: int) -> list[HubStep]:
    """Every step with its state, and what it has of the minutes left; the declaration last."""
    lines = []
    steps = journey.standing.steps
    *shares, signing = shared_out(minutes, journey.policy, steps, journey.learner)
    for position, (step, share) in enumerate(zip(steps, shares, strict=True), start=1):
        section = journey.policy.section(step.slug)
        lines.append(
            HubStep(
                position,
                step.slug,
                step.title,
                section.summary if section else "A few situations from every part, mixed.",
                reading(step.slug) if step.readable else None,
                "new" if step.new else _hub_state(step.phase),
                _state_text(step, withdrawn=journey.withdrawn),
                round(section.minutes) if step.new and section else share,
            )
        )
    go = journey.standing.next.go
    ready, done = go is rules.NextKind.DECLARE, go is rules.NextKind.DONE
    lines.append(
        HubStep(
            len(lines) + 1,
            "declaration",
            "Declaration",
            "Sign, and get your certificate.",
            url_for("journey.declaration") if ready else None,
            "passed" if done else "open" if ready else "locked",
            "Signed" if done else "Ready to sign" if ready else "Opens later",
            signing,
        )
    )
    return lines


def _state_text(step: rules.Step, *, withdrawn: bool) -> str:
    if step.new:
        return "New since you signed: read it when you like"
    if step.redo and step.phase is rules.StepStatus.OPEN:
        count = len(step.plan.asked)
        return f"A rule has changed: {count} question{'' if count == 1 else 's'}"
    if step.renewal and step.phase is rules.StepStatus.OPEN:
        why = "To do again" if withdrawn else "To renew"
        return f"{why}: {len(step.plan.asked)} questions, newly drawn"
    return "Passed: you knew this part" if step.tested_out else _STATE_TEXT[step.phase]


def _hub_state(phase: rules.StepStatus) -> str:
    return "started" if phase is rules.StepStatus.RETRY else phase.value


def welcome(journey: Journey, now: datetime) -> str:
    """Which greeting fits: first, back, week, stuck, renewal or done."""
    if journey.standing.next.go is rules.NextKind.DONE:
        return "done"
    if journey.standing.state is rules.LearnerState.STUCK:
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
    return journey.notice if fresh and journey.standing.next.go is not rules.NextKind.DONE else ""
