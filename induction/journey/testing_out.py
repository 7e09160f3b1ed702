"""Testing out: whether somebody who knows a section may show it instead of reading it.

What is asked, and what it counts for, is in ``rules``; the institute says for which audiences.
"""

from induction.institute import institute
from induction.journey import rules
from induction.journey.queries import Journey


def offered(journey: Journey, step: rules.Step) -> rules.AttemptPlan | None:
    """What this person would be asked now in place of the section; None where that is not open."""
    if journey.learner.audience not in institute().test_out:
        return None
    return rules.to_skip_reading(journey.in_force, journey.learner, step)
