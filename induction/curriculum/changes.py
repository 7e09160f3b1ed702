"""Two versions of a policy → what an author added, changed and removed, whatever the order."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field, fields

from induction.curriculum.model import HelpPage, Policy, Scenario, Section


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids, in alphabetical order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two versions: clauses and scenarios by id, pages by slug."""

    clauses: Difference
    sections: Difference
    scenarios: Difference
    help: Difference = field(default_factory=Difference)

    def __bool__(self) -> bool:
        return bool(self.clauses or self.sections or self.scenarios or self.help)


def compare(before: Policy, after: Policy) -> Changes:
    """What changed from ``before`` to ``after``.

    Content alone counts: moving a section, a scenario, a scene or an option changes nothing, and
    neither does a new file number or reading time.
    """
    return Changes(
        clauses=_difference({c.id: c for c in before.clauses}, {c.id: c for c in after.clauses}),
        sections=_difference(_sections(before), _sections(after)),
        scenarios=_difference(_scenarios(before), _scenarios(after)),
        help=_difference(_help(before), _help(after)),
    )


def scenarios_testing(policy: Policy, clause_ids: Collection[str]) -> tuple[Scenario, ...]:
    """The scenarios that test at least one of these clauses, in the policy's order."""
    wanted = frozenset(clause_ids)
    return tuple(
        scenario
        for section in policy.sections
        for scenario in section.scenarios
        if not wanted.isdisjoint(scenario.clauses)
    )


def _difference(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> Difference:
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(k for k in before.keys() & after.keys() if before[k] != after[k])),
        removed=tuple(sorted(before.keys() - after.keys())),
    )


def _sections(policy: Policy) -> dict[str, Hashable]:
    return {section.slug: _section_content(section) for section in policy.sections}


def _section_content(section: Section) -> Hashable:
    return (
        section.title,
        section.summary,
        section.body_html,
        section.takeaway,
        section.do_now,
        section.pass_mark,
        frozenset(section.clauses),
        frozenset(section.audiences),
    )


def _help(policy: Policy) -> dict[str, Hashable]:
    return {page.slug: _help_content(page) for page in policy.help}


def _help_content(page: HelpPage) -> Hashable:
    return page.title, page.summary, page.body_html


def _scenarios(policy: Policy) -> dict[str, Hashable]:
    return {q.id: _scenario_content(q) for section in policy.sections for q in section.bank}


def _scenario_content(scenario: Scenario) -> Hashable:
    told = {f.name: getattr(scenario, f.name) for f in fields(scenario)}
    return (
        scenario.kind,
        scenario.scenes[0].id,  # where the story starts is more than order
        frozenset(told.pop("clauses")),
        frozenset(
            (s.id, s.situation_html, s.question, frozenset(s.options)) for s in told.pop("scenes")
        ),
        tuple(told.items()),
    )
