"""How long a learner still needs, at their own pace. Pure: no Flask, no database.

What an average reader needs is in ``curriculum.reading_time``.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from statistics import median

from induction.curriculum import reading_time
from induction.curriculum.decisions import begins_with_look_back
from induction.curriculum.model import Policy
from induction.journey.steps import Step, StepStatus
from induction.journey.tries import AttemptKind, AttemptRecord, LearnerRecord

A_PAUSE = timedelta(minutes=5)  # a longer wait between two answers is not thinking
_FEWEST_GAPS = 5
_SLOWEST, _QUICKEST = 3.0, 0.5


def minutes_left(policy: Policy, steps: Sequence[Step], learner: LearnerRecord) -> int:
    """An honest guess: what there is to read, to decide and to sign, at this learner's own pace."""
    return max(1, round(sum(_needed(policy, steps, learner)) * pace(policy, learner.tries)))


def shared_out(
    total: int, policy: Policy, steps: Sequence[Step], learner: LearnerRecord
) -> tuple[int, ...]:
    """What each step, and then the declaration, has of so many minutes: they add up to them."""
    needed = _needed(policy, steps, learner)
    whole = sum(needed)
    reached = [round(total * given / whole) for given in accumulate(needed, initial=0.0)]
    return tuple(later - earlier for earlier, later in pairwise(reached))


def _needed(policy: Policy, steps: Sequence[Step], learner: LearnerRecord) -> list[float]:
    """What an average reader needs for each step as it stands, and then for the declaration."""
    found = [
        0.0 if step.phase is StepStatus.PASSED else step_minutes(policy, step, learner.audience)
        for step in steps
    ]
    looking_back = [looks_back(steps, step, learner.tries) for step in steps]
    if any(looking_back):
        each = _look_back(policy)
        found = [m + each * ahead for m, ahead in zip(found, looking_back, strict=True)]
    return [*found, _declaration(policy, learner.audience)]


# The same for everybody of an audience, on every page of theirs.
_look_back = lru_cache(16)(reading_time.look_back)
_declaration = lru_cache(64)(reading_time.declaration)


@lru_cache(64)
def _final_check(policy: Policy, audience: str) -> float:
    return reading_time.final_check(policy, policy.sections_for(audience))


def step_minutes(policy: Policy, step: Step, audience: str) -> float:
    """What an average reader needs for the rest of a step: its page, and what still waits."""
    section = policy.section(step.slug)
    if section is None:
        draw = policy.final_check.draw
        waiting = len(step.waiting) if step.plan.asked else draw  # nothing is drawn until it opens
        return _final_check(policy, audience) * waiting / max(1, draw)
    page = 0.0 if step.phase is StepStatus.STARTED else reading_time.reading(section, audience)
    return page + sum(q.minutes for name in step.waiting if (q := policy.scenario(name)))


def looks_back(steps: Sequence[Step], step: Step, tries: Sequence[AttemptRecord]) -> bool:
    """Whether an earlier section is still to be looked back at before this step."""
    if step is steps[0] or step.is_final or step.redo or not begins_with_look_back(step.number):
        return False
    if step.phase not in (StepStatus.LOCKED, StepStatus.OPEN):
        return False
    return not any(t.kind is AttemptKind.LOOK_BACK and t.step == step.slug for t in tries)


def pace(policy: Policy, tries: Sequence[AttemptRecord]) -> float:
    """How long this learner takes, as a multiple of the average: 0.5 to 3.

    From the time between two answers of one try, leaving out pauses; 1 until five are known.
    """
    if sum(len(tried.answers) for tried in tries) <= _FEWEST_GAPS:
        return 1.0
    found = [ratio for tried in tries for ratio in _ratios(policy, tried)]
    if len(found) < _FEWEST_GAPS:
        return 1.0
    return min(_SLOWEST, max(_QUICKEST, median(found)))


def _ratios(policy: Policy, tried: AttemptRecord) -> Iterator[float]:
    scenes = [given.scenario for given in tried.answers]
    for earlier, later in pairwise(tried.answers):
        taken, asked = later.at - earlier.at, policy.scenario(later.scenario)
        if asked and timedelta(0) < taken <= A_PAUSE:
            wanted = 60 * asked.minutes / scenes.count(later.scenario)
            yield taken.total_seconds() / wanted
