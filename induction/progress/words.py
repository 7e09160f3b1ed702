"""Where a learner stands, in words for those who look after them."""

from induction.curriculum.model import Policy
from induction.journey.rules import FINAL, LearnerState

STATES = {
    LearnerState.NOT_STARTED: "Not started",
    LearnerState.IN_PROGRESS: "Under way",
    LearnerState.STUCK: "Stuck",
    LearnerState.DECLARATION: "Declaration to sign",
    LearnerState.COMPLETE: "Complete",
}
FILTERS = {
    "unfinished": "Not complete",
    "overdue": "Overdue",
    "stuck": "Stuck",
    "settled": "Stuck, dealt with",
    **{s.value: text for s, text in STATES.items() if s is not LearnerState.STUCK},
    "withdrawn": "Certificate withdrawn",
    "expired": "Expired",
    "renewing": "Renewing",
    "redo": "To redo",
    "left": "Left",
}
SORTS = {
    "name": "Name",
    "due": "Due first",
    "last": "Here most recently",
    "idle": "Away longest",
    "progress": "Least done first",
}


def step_title(policy: Policy, slug: str) -> str:
    """“Section 3 of 7: Permission to film or post others”."""
    if slug == FINAL:
        return "Final check"
    for position, section in enumerate(policy.sections, start=1):
        if section.slug == slug:
            return f"Section {position} of {len(policy.sections)}: {section.title}"
    return slug


def settled(policy: Policy, step: str) -> str:
    """Stuck at this step, and a tutor has dealt with it."""
    return f"{FILTERS['settled']}: {step_title(policy, step)}"


def standing(policy: Policy, state: str, step: str) -> str:
    """The state, and for those under way the step they are at."""
    if not step or state not in (LearnerState.IN_PROGRESS, LearnerState.STUCK):
        return STATES[LearnerState(state)]
    where = step_title(policy, step)
    return where if state == LearnerState.IN_PROGRESS else f"Stuck on {where[0].lower()}{where[1:]}"
