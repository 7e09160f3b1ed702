"""Whether a policy is sound as teaching: the trace of its clauses, and what an author should mend.

The loader has already refused what cannot be used; here is what can be used and still falls short.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from induction.curriculum.bank import bank
from induction.curriculum.faults import Fault, Severity
from induction.curriculum.health import policy_health
from induction.curriculum.model import Clause, Policy, Scenario, Section
from induction.curriculum.readability import HARDEST_GRADE, grade

__all__ = ["ClauseTrace", "OnRecord", "Trace", "check", "policy_health", "trace"]

_FEWEST_WORDS, _MOST_WORDS = 250, 500
_FEWEST_SCENARIOS = 3


@dataclass(frozen=True, slots=True)
class ClauseTrace:
    """Where one clause is taught, and which scenarios test it."""

    clause: Clause
    sections: tuple[Section, ...]
    scenarios: tuple[Scenario, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Every clause of a policy, in the policy's order."""

    clauses: tuple[ClauseTrace, ...]

    @property
    def taught(self) -> int:
        """How many clauses a section teaches."""
        return sum(bool(line.sections) for line in self.clauses)

    @property
    def assessed(self) -> int:
        """How many clauses have to be tested."""
        return sum(line.clause.assess for line in self.clauses)

    def __str__(self) -> str:
        """Both in a few words."""
        return (
            f"{self.taught}/{len(self.clauses)} clauses taught, "
            f"{self.tested}/{self.assessed} assessed clauses tested"
        )

    @property
    def tested(self) -> int:
        """How many of those a scenario tests."""
        return sum(line.clause.assess and bool(line.scenarios) for line in self.clauses)


def trace(policy: Policy, audience: str = "") -> Trace:
    """Clause → the sections that teach it → the scenarios that test it; of one audience, or all."""
    sections = policy.sections_for(audience) if audience else policy.sections
    bank = [q for s in sections for q in (s.forms(audience) if audience else s.bank)]
    return Trace(
        tuple(
            ClauseTrace(
                clause,
                tuple(s for s in sections if clause.id in s.clauses),
                tuple(q for q in bank if clause.id in q.clauses),
            )
            for clause in policy.clauses
        )
    )


@dataclass(slots=True)
class OnRecord:
    """What learners have answered: it must stay where their records lead."""

    chosen: dict[str, set[str]] = field(default_factory=dict)  # scenario → ids of options
    tried: dict[str, set[str]] = field(default_factory=dict)  # section → scenarios answered in it


def check(policy: Policy, today: date, on_record: OnRecord | None = None) -> list[Fault]:
    """Every fault of a loaded policy, in the order of files and lines.

    An answer ``on_record`` must stay readable and go on counting where it was given.
    """
    kept = on_record or OnRecord()
    faults = [
        *_untraced(policy),
        *_thin_topics(policy),
        *_lost_answers(policy, kept.chosen),
        *_renamed_sections(policy, kept.tried),
        *_undated(policy, today),
        *_length_giveaway(policy),
        *(fault for section in policy.sections for fault in _section(policy, section)),
    ]
    return sorted(faults, key=lambda f: (f.path, f.line, f.message))


def _fault(
    policy: Policy, kind: str, name: str, message: str, severity: Severity = Severity.ERROR
) -> Fault:
    place = policy.place(kind, name)
    return Fault(place.path, place.line, message, severity)


def _untraced(policy: Policy) -> Iterator[Fault]:
    for line in trace(policy).clauses:
        name = line.clause.id
        if not line.sections:
            yield _fault(policy, "clause", name, f"no section teaches the clause `{name}`")
        if line.clause.assess and not line.scenarios:
            message = f"no scenario tests the clause `{name}`, which is to be assessed"
            yield _fault(policy, "clause", name, message)


def _thin_topics(policy: Policy) -> Iterator[Fault]:
    for topic in policy.topics:
        count = sum(
            not set(topic.clauses).isdisjoint(scenario.clauses)
            for section in policy.sections
            for scenario in section.bank
        )
        if count < topic.at_least:
            message = f"the topic `{topic.id}` needs {topic.at_least} scenarios and has {count}"
            yield _fault(policy, "topic", topic.id, message)


def _lost_answers(policy: Policy, answered: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    for name, chosen in answered.items():
        scenario = policy.scenario(name)
        if scenario is None:
            message = f"learners have answered the scenario `{name}`, so it must stay; put it back"
            yield _fault(policy, "scenario", name, message)
            continue
        kept = {option.id for scene in scenario.scenes for option in scene.options}
        for option in sorted(set(chosen) - kept):
            message = f"learners have chosen `{option}` in `{name}`, so it must stay; put it back"
            yield _fault(policy, "scenario", name, message)


def _renamed_sections(policy: Policy, tried: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """What somebody passed is on record under the name of the section."""
    for name in tried.keys() - {section.slug for section in policy.sections}:
        for section in policy.sections:
            if section.slug not in tried and any(q.id in tried[name] for q in section.bank):
                message = (
                    f"this was the section `{name}`, and what learners did in it is on record "
                    "under that name: keep it in the file’s name; the title may change"
                )
                yield _fault(policy, "section", section.slug, message)


def _undated(policy: Policy, today: date) -> Iterator[Fault]:
    if policy.version_date > today:
        message = f"the newest version is of {policy.version_date}, which is still to come"
        last = str(len(policy.versions))
        yield _fault(policy, "version", last, message, Severity.WARNING)


def _length_giveaway(policy: Policy) -> Iterator[Fault]:
    """Learners soon notice where the right choice is the longest text on offer."""
    found = bank(policy)
    if found.longest.count > found.longest_by_chance:
        message = (
            f"the right option is the longest in {found.longest.count} of {found.longest.of} "
            f"decisions, more often than chance ({found.longest_by_chance:.1f}): "
            f"{', '.join(found.giveaways)}"
        )
        yield _fault(policy, "scenario", found.giveaways[0], message, Severity.WARNING)


def _section(policy: Policy, section: Section) -> Iterator[Fault]:
    def warning(message: str) -> Fault:
        return _fault(policy, "section", section.slug, message, Severity.WARNING)

    level = grade(section.body_html)
    if level > HARDEST_GRADE:
        yield warning(f"hard to read: grade {level:.1f}, above {HARDEST_GRADE}; shorten sentences")
    for words in sorted({section.words_for(name) for name in policy.audiences}):
        if not _FEWEST_WORDS <= words <= _MOST_WORDS:
            yield warning(f"{words} words; a section has {_FEWEST_WORDS} to {_MOST_WORDS}")
    if len(section.scenarios) < _FEWEST_SCENARIOS:
        count = len(section.scenarios)
        yield warning(f"too few scenarios: {count}; a section has at least {_FEWEST_SCENARIOS}")
