"""Which rules somebody has to decide on, and in which section: one right decision a rule."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from induction.curriculum.model import Policy, Scenario, Section, Use

AT_LEAST = 3  # situations in a section, where it has as many: few get through three by guessing
LONGER_AT_MOST = 0.75  # minutes that one hand of a section may take longer than another


def to_be_decided(policy: Policy, sections: Iterable[Section], audience: str) -> tuple[str, ...]:
    """The assessed clauses that these sections teach and that this audience can be asked about."""
    sections = tuple(sections)
    taught = {clause for section in sections for clause in section.clauses}
    both = taught.intersection(frozenset[str]().union(*(s.tested(audience) for s in sections)))
    return tuple(c.id for c in policy.clauses if c.assess and c.id in both)


def decided_in(policy: Policy, audience: str) -> Mapping[str, tuple[str, ...]]:
    """Section → the clauses that this audience decides on there; each clause in one section.

    That is the first that teaches it and has a situation to learn it with; where none has, the
    first other section that has one. A clause that nothing is there to learn with is in none.
    """
    if audience not in policy.decided:
        policy.decided[audience] = _decided_in(policy, audience)
    return policy.decided[audience]


def _decided_in(policy: Policy, audience: str) -> Mapping[str, tuple[str, ...]]:
    sections = policy.sections_for(audience)
    learnt = {s.slug: s.tested(audience, Use.LEARN) for s in sections}
    found: dict[str, list[str]] = {section.slug: [] for section in sections}
    for clause in to_be_decided(policy, sections, audience):
        homes = [s for s in sections if clause in learnt[s.slug]]
        homes.sort(key=lambda s: clause not in s.clauses)
        for home in homes[:1]:
            found[home.slug].append(clause)
    return {slug: tuple(clauses) for slug, clauses in found.items()}


def hands(policy: Policy, audience: str) -> Mapping[str, tuple[tuple[Scenario, ...], ...]]:
    """Section → the hands that it may deal to somebody of this audience at first.

    A hand holds what must be right, a situation for each rule that is decided there, and three at
    least where there are as many; nothing in it is idle. Of these, the section deals those that
    hold most of what is meant for this audience alone, and of those none that takes much longer
    than the shortest. So people who sit side by side decide different situations in the same time.

    Hands are made of what is there to learn with and of what is there for later: whatever somebody
    does not meet here is new to them weeks after.
    """
    if audience not in policy.dealt:
        decided = decided_in(policy, audience)
        policy.dealt[audience] = {
            section.slug: _hands(
                section.forms(audience, Use.LEARN, Use.LATER), decided[section.slug]
            )
            for section in policy.sections_for(audience)
        }
    return policy.dealt[audience]


def _hands(forms: Sequence[Scenario], clauses: Sequence[str]) -> tuple[tuple[Scenario, ...], ...]:
    known = {form.id: form for form in forms}
    must = frozenset(form.id for form in forms if form.must and form.use is Use.LEARN)
    least = min(AT_LEAST, len(known))
    testing = {clause: [f.id for f in forms if clause in f.clauses] for clause in clauses}
    own = [form.id for form in forms if form.audiences]

    def wanting(hand: frozenset[str]) -> list[str]:
        """Any of which brings this hand nearer to being enough; none where it is enough."""
        for choices in (*testing.values(), own):
            if choices and hand.isdisjoint(choices):
                return choices
        return [name for name in known if name not in hand] if len(hand) < least else []

    enough, growing = set[frozenset[str]](), {must}
    while growing:
        enough |= {hand for hand in growing if not wanting(hand)}
        growing = {hand | {name} for hand in growing for name in wanting(hand)}
    some = [
        hand for hand in enough if all(wanting(hand - {name}) for name in hand - must)
    ]  # nothing idle
    most = max(len(hand.intersection(own)) for hand in some)
    minutes = {
        hand: fsum(known[name].minutes for name in hand)  # the same in whichever order they come
        for hand in some
        if len(hand.intersection(own)) == most
    }
    limit = min(minutes.values()) + LONGER_AT_MOST
    dealt = [hand for hand, taken in minutes.items() if taken <= limit]
    # In the author's order, so that the same hand has the same place whenever it is asked for.
    places = sorted([n for n, form in enumerate(forms) if form.id in hand] for hand in dealt)
    return tuple(tuple(forms[n] for n in hand) for hand in places)


def covering(
    clauses: Iterable[str], forms: Iterable[Scenario], asked: Iterable[Scenario] = ()
) -> list[Scenario]:
    """The first of the forms for each clause that nothing tests yet."""
    forms, tested = tuple(forms), _tested(asked)
    found: list[Scenario] = []
    for clause in clauses:
        if clause in tested:
            continue
        if form := next((q for q in forms if clause in q.clauses), None):
            found.append(form)
            tested.update(form.clauses)
    return found


def _tested(scenarios: Iterable[Scenario]) -> set[str]:
    return {clause for scenario in scenarios for clause in scenario.clauses}


def begins_with_look_back(number: int) -> bool:
    """Whether the section of this number begins with a question about an earlier one.

    Every second does: what is asked has had time to be forgotten, and the way stays short.
    """
    return number % 2 == 0
