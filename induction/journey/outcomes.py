"""What somebody's decisions on the rules came to. Pure: no Flask, no database."""

from collections.abc import Iterator

from induction.curriculum.model import Policy, Scenario
from induction.journey.tries import AttemptRecord, LearnerRecord


def missed_before(
    policy: Policy, learner: LearnerRecord, tried: AttemptRecord, scenario: Scenario
) -> bool:
    """Whether a rule of this scenario had been decided wrongly before it was asked in this try.

    A first miss leaves a hint to think about; from the second on the rule is told in plain words.
    """
    tested = set(scenario.clauses)
    return any(
        missed == scenario.id or tested & set(known.clauses)
        for missed in _missed_until(learner, tried, scenario.id)
        if (known := policy.scenario(missed))
    )


def _missed_until(learner: LearnerRecord, until: AttemptRecord, scenario: str) -> Iterator[str]:
    for tried in learner.tries:
        for ended, result in tried.ended().items():
            if tried is until and ended == scenario:
                return
            if result == "wrong":
                yield ended
        if tried is until:
            return
