"""How long a learner still needs, at their own pace. Pure: no Flask, no database.

What an average reader needs is in ``curriculum.reading_time``.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
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
    minutes = reading_time.declaration(policy)
    minutes += sum(
        step_minutes(policy, step, learner.audience)
        for step in steps
        if step.phase is not StepStatus.PASSED
    )
    if ahead := sum(looks_back(steps, step, learner.tries) for step in steps):
        minutes += ahead * reading_time.look_back(policy)
    return max(1, round(minutes * pace(policy, learner.tries)))


def step_minutes(policy: Policy, step: Step, audience: str) -> float:
    """What an average reader needs for the rest of a step: its page, and what still waits."""
    section = policy.section(step.slug)
    if section is None:
        whole = reading_time.final_check(policy, policy.sections_for(audience))
        return whole * len(step.waiting) / max(1, policy.final_check.draw)
    page = 0.0 if step.phase is StepStatus.STARTED else section.minutes
    return page + sum(q.minutes for q in section.bank if q.id in step.waiting)


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
    expected = {q.id: q.minutes for section in policy.sections for q in section.bank}
    found = [ratio for tried in tries for ratio in _ratios(tried, expected)]
    if len(found) < _FEWEST_GAPS:
        return 1.0
    return min(_SLOWEST, max(_QUICKEST, median(found)))


def _ratios(tried: AttemptRecord, expected: dict[str, float]) -> Iterator[float]:
    scenes = [given.scenario for given in tried.answers]
    for earlier, later in pairwise(tried.answers):
        taken = later.at - earlier.at
        if later.scenario in expected and timedelta(0) < taken <= A_PAUSE:
            wanted = 60 * expected[later.scenario] / scenes.count(later.scenario)
            yield taken.total_seconds() / wanted
