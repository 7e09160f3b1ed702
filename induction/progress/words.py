"""Where a learner stands, in words for those who look after them."""

from functools import lru_cache

from induction.curriculum.model import Policy
from induction.journey.rules import FINAL, REVISIT, LearnerState
from induction.progress.status import HasStanding, LearnerStatus

SORTS = {
    "name": "Name",
    "due": "Due first",
    "last": "Here most recently",
    "idle": "Away longest",
    "stuck": "Stuck first, then away longest",
    "progress": "Least done first",
}


@lru_cache(1024)  # long lists say it of each
def step_title(policy: Policy, slug: str) -> str:
    """“Section 3 of 7: Permission to film or post others”."""
    if slug == FINAL:
        return "Final check"
    for position, section in enumerate(policy.sections, start=1):
        if section.slug == slug:
            return f"Section {position} of {len(policy.sections)}: {section.title}"
    return "Revisit" if slug == REVISIT else slug


def standing(policy: Policy, status: LearnerStatus, facts: HasStanding, step: str) -> str:
    """A status with what belongs to it: the step they are at, and why they do it again."""
    where = _where(policy, facts.state, step)
    match status:
        case LearnerStatus.IN_PROGRESS:
            return where
        case LearnerStatus.STUCK:
            return f"Stuck on {where[0].lower()}{where[1:]}"
        case LearnerStatus.SETTLED | LearnerStatus.RENEWING:
            return f"{status.label}: {where}"
        case LearnerStatus.REDO:
            what = "the certificate was withdrawn" if facts.withdrawn else "the policy has changed"
            return f"{status.label}: {where}, since {what}"
    return status.label


def _where(policy: Policy, state: str, step: str) -> str:
    if step and state in (LearnerState.IN_PROGRESS, LearnerState.STUCK):
        return step_title(policy, step)
    return LearnerStatus(state).label
