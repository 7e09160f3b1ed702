"""What a revisit asks: situations that somebody has not met, on the rules they found hardest. Pure.

No Flask, no database.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from induction.curriculum.decisions import covering
from induction.curriculum.model import Policy, Scenario, Use
from induction.journey.draws import in_order
from induction.journey.rules import REVISIT, AttemptKind, LearnerRecord
from induction.journey.worth import ClausesOf, Sight, sights

SITUATIONS = 2
OPEN_FOR = timedelta(days=30)  # after the letter
GRACE = timedelta(days=14)  # whoever has waited longer is asked no more: see ``sending``
_IN_TURN = {Use.LATER: 0, Use.CHECK: 1, Use.LEARN: 2}


class Occasion(StrEnum):
    """The first revisit after a declaration, and the second."""

    FIRST = "first"
    SECOND = "second"

    @property
    def label(self) -> str:
        """In words, on pages."""
        return f"{self.value.capitalize()} revisit"


def hardest(
    policy: Policy, learner: LearnerRecord, clauses_of: ClausesOf, everybody: Mapping[str, float]
) -> tuple[str, ...]:
    """The rules that somebody has decided on, the hardest for them first.

    Those missed most often lead, an earlier revisit's misses among them; then those that were not
    right at first sight; then those that the smallest share of ``everybody`` gets right at once.
    """
    missed = Counter[str]()
    for tried in learner.tries:
        if tried.kind is not AttemptKind.LOOK_BACK:
            for given in tried.answers:
                if given.result == "wrong":
                    missed.update(clauses_of(tried.content, given.scenario))
    found = sights(learner.tries, clauses_of)
    decided = [c.id for c in policy.clauses if c.assess and c.id in found]
    return tuple(
        sorted(decided, key=lambda c: (-missed[c], found[c] is Sight.FIRST, everybody.get(c, 1.0)))
    )


def draw(
    policy: Policy, learner: LearnerRecord, clauses: tuple[str, ...], number: int
) -> tuple[str, ...]:
    """The situations of a revisit, by id: the same whenever it is asked for.

    One for each of the first clauses that have a situation which this person has not met; what was
    met longest ago only where nothing else is left.
    """
    met = learner.met
    forms = _by_preference(policy, learner, number)
    new = [form for form in forms if form.id not in met]
    old = sorted((form for form in forms if form.id in met), key=lambda form: met[form.id])
    asked = covering(clauses, new)
    asked += [form for form in (*new, *old) if form not in asked]
    return tuple(form.id for form in asked[:SITUATIONS])


def _by_preference(policy: Policy, learner: LearnerRecord, number: int) -> list[Scenario]:
    """Those for later first, and short ones before stories."""
    sections = policy.sections_for(learner.audience)
    known = {form.id: form for s in sections for form in s.forms(learner.audience)}
    shuffled = in_order(learner.seed, f"{REVISIT}|{number}", known)
    return sorted(
        (known[i] for i in shuffled), key=lambda form: (_IN_TURN[form.use], len(form.scenes) > 1)
    )
