"""Whom a version concerns, and what they would have to do again: before it is published, and then.

The preview and the publishing ask the same function, so that what was foreseen is what happens.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.journey import rules
from induction.policy import news
from induction.policy.editions import InForce
from induction.policy_versions.learners import (
    EnrolledLearner,
    LearnerHistory,
    everyone,
    some_owe_a_section,
)
from induction.policy_versions.rules import Redo
from induction.reminders.version_notices import AskedAgain


@dataclass(frozen=True, slots=True)
class Effect:
    """What a version asks of one learner who is here."""

    person: EnrolledLearner
    again: Mapping[str, tuple[str, ...]]  # section → scenarios to be answered
    signs: bool  # had finished; signs the declaration again
    new: frozenset[str] = frozenset()  # those of the sections that came after they signed

    @property
    def questions(self) -> int:
        """How many scenarios they answer, again or in what is new."""
        return sum(len(scenarios) for scenarios in self.again.values())


@dataclass(frozen=True, slots=True)
class Preview:
    """The same for everybody, counted."""

    people: tuple[Effect, ...]
    by_section: tuple[tuple[str, int, int], ...]  # title, people, scenarios

    @property
    def signing(self) -> int:
        """How many sign again."""
        return sum(effect.signs for effect in self.people)


def foreseen(before: InForce, policy: Policy, redo: Redo) -> InForce:
    """What would be in force, were this policy published now."""
    number = 1 + max(before.editions.numbers.values(), default=0)
    sign = dict(before.editions.sign)
    if redo.clauses or redo.everyone:
        sign[number] = None if redo.everyone else frozenset(redo.clauses)
    editions = rules.Editions(
        numbers={**before.editions.numbers, policy.digest: number},
        since={**before.editions.since, **dict.fromkeys(redo.clauses, number)},
        sign=sign,
    )
    return replace(before, policy=policy, editions=editions)


def effect_on(life: LearnerHistory, before: InForce, after: InForce) -> Effect | None:
    """What a change of content asks of somebody; None where nothing."""
    person = life.person
    if not person.here:
        return None
    due_now = life.due_again(after)
    was = life.due_again(before) if due_now else {}
    again = {}
    for slug, scenarios in due_now.items():
        before_too = frozenset().union(*was.get(slug, {}).values())
        due = tuple(s for s, changed in scenarios.items() if not changed <= before_too)
        if due:
            again[slug] = due
    signs = person.declared(before) and not person.declared(after)
    new = life.untaken(after) if signs else {}
    return Effect(person, again | new, signs, frozenset(new)) if again or signs else None


def asked_of(effect: Effect, after: InForce) -> AskedAgain:
    """The same for the letters about it: what has changed for this learner."""
    person = effect.person
    new = news.concerning(
        after,
        signed=person.under(after).signed,
        signs=effect.signs,
        scenarios=[s for scenarios in effect.again.values() for s in scenarios],
    )
    questions = effect.questions - sum(len(effect.again[slug]) for slug in effect.new)
    return AskedAgain(person.enrolment_id, new, effect.new, questions, effect.signs)


def effects(session: Session, before: InForce, after: InForce) -> Iterator[Effect]:
    """What a change of content asks of each learner whom it concerns."""
    steps: frozenset[str] | None = None
    if not some_owe_a_section(session, before.policy.slug):
        added = {s.slug for s in after.policy.sections} - {s.slug for s in before.policy.sections}
        steps = rules.concerned_by(before) | rules.concerned_by(after) | added
    for life in everyone(session, before.policy.slug, steps):
        effect = effect_on(life, before, after)
        if effect is not None:
            yield effect


def preview(session: Session, before: InForce, after: InForce) -> Preview:
    """Who would have to do what again."""
    people = tuple(effects(session, before, after))
    counts = Counter(slug for effect in people for slug in effect.again)
    lines = []
    for section in after.policy.sections:
        if counts[section.slug]:
            asked = {s for e in people for s in e.again.get(section.slug, ())}
            lines.append((section.title, counts[section.slug], len(asked)))
    return Preview(people, tuple(lines))
