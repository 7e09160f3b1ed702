"""Which rules somebody has to decide on, and in which section: one right decision a rule."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from induction.curriculum.model import Policy, Scenario, Section, Use


def to_be_decided(policy: Policy, sections: Iterable[Section], audience: str) -> tuple[str, ...]:
    """The assessed clauses that these sections teach and that this audience can be asked about."""
    sections = tuple(sections)
    taught = {clause for section in sections for clause in section.clauses}
    tested = _tested(q for section in sections for q in section.forms(audience))
    return tuple(c.id for c in policy.clauses if c.assess and c.id in taught & tested)


@lru_cache(maxsize=64)  # a policy never changes, and every page of a learner asks
def decided_in(policy: Policy, audience: str) -> Mapping[str, tuple[str, ...]]:
    """Section → the clauses that this audience decides on there; each clause in one section.

    That is the first that teaches it and has a situation to learn it with; where none has, the
    first other section that has one. A clause that nothing is there to learn with is in none.
    """
    sections = policy.sections_for(audience)
    learnt = {s.slug: _tested(s.forms(audience, Use.LEARN)) for s in sections}
    found: dict[str, list[str]] = {section.slug: [] for section in sections}
    for clause in to_be_decided(policy, sections, audience):
        homes = [s for s in sections if clause in learnt[s.slug]]
        homes.sort(key=lambda s: clause not in s.clauses)
        for home in homes[:1]:
            found[home.slug].append(clause)
    return {slug: tuple(clauses) for slug, clauses in found.items()}


def _tested(scenarios: Iterable[Scenario]) -> set[str]:
    return {clause for scenario in scenarios for clause in scenario.clauses}
