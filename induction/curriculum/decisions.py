"""Which rules somebody has to decide on, and in which section: one right decision a rule."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from induction.curriculum.model import Policy, Scenario, Section, Use

AT_LEAST = 3  # situations in a section, where it has as many: few get through three by guessing


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


def situations(forms: Sequence[Scenario], clauses: Iterable[str]) -> list[Scenario]:
    """What a section asks first, out of these forms in order of preference.

    One for each of the clauses, those that must be right, and one that is not meant for everyone;
    and three at least, as far as there are so many.
    """
    asked = [q for q in forms if q.must]
    asked += covering(clauses, forms, asked)
    if not any(q.audiences for q in asked):
        asked += [q for q in forms if q.audiences][:1]
    chosen = {q.id for q in asked}
    others = [q for q in forms if q.id not in chosen]
    return [*asked, *others[: max(0, AT_LEAST - len(asked))]]


def asked_in(policy: Policy, section: Section, audience: str) -> list[Scenario]:
    """What a section asks an audience at first, as a draw in the author's order would have it.

    What is meant for this audience comes before what everyone is asked.
    """
    forms = sorted(section.forms(audience, Use.LEARN), key=lambda q: not q.audiences)
    return situations(forms, decided_in(policy, audience)[section.slug])


def covering(
    clauses: Iterable[str], forms: Iterable[Scenario], asked: Iterable[Scenario] = ()
) -> list[Scenario]:
    """The first of the forms for each clause that nothing tests yet."""
    forms, tested = tuple(forms), _tested(asked)
    found: list[Scenario] = []
    for clause in clauses:
        if clause not in tested | _tested(found):
            found += [q for q in forms if clause in q.clauses][:1]
    return found


def _tested(scenarios: Iterable[Scenario]) -> set[str]:
    return {clause for scenario in scenarios for clause in scenario.clauses}


def begins_with_look_back(number: int) -> bool:
    """Whether the section of this number begins with a question about an earlier one.

    Every second does: what is asked has had time to be forgotten, and the way stays short.
    """
    return number % 2 == 0
