"""What a policy's scenarios measure: their forms for each clause, and how far rules of thumb get.

A rule of thumb decides without the policy: always the most cautious option, or what a decent person
would do who has never read the rule. Authors mark both; a test of the policy defeats both. A story
is followed to its end. Scenarios without the mark are not counted.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction

from induction.curriculum.decisions import hands
from induction.curriculum.model import Clause, Option, Policy, Scenario, Use

CAUTIOUS_AT_MOST = Fraction(1, 2)  # of a section, and of the check
DECENT_AT_MOST = Fraction(1, 3)  # of all
OWN_AT_LEAST = Fraction(1, 4)  # of what an audience decides, where any is meant for it
STORIES_AT_LEAST = Fraction(1, 2)  # that can be put right after a poor first choice


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    def is_over(self, limit: Fraction) -> bool:
        """Whether the share is larger than this; never of nothing."""
        return self.count > limit * self.of

    def is_under(self, limit: Fraction) -> bool:
        """Whether the share is smaller than this; never of nothing."""
        return self.count < limit * self.of


@dataclass(frozen=True, slots=True)
class ClauseForms:
    """How many scenarios test a clause, for each use."""

    clause: Clause
    forms: dict[Use, int]

    @property
    def wanting(self) -> tuple[Use, ...]:
        """The uses for which an assessed clause has no form."""
        return tuple(use for use in Use if self.clause.assess and not self.forms[use])


@dataclass(frozen=True, slots=True)
class Bank:
    """The figures of a policy's scenarios."""

    uses: dict[Use, int]
    clauses: tuple[ClauseForms, ...]
    cautious: dict[str, Share]  # section's slug, then ``check`` and ``later`` forms of all sections
    decent: Share
    longest: Share  # decisions with one sound option, where that is the longest
    longest_by_chance: float
    turning: Share  # stories in which a poor first choice can be put right
    must: tuple[str, ...]
    unmarked: tuple[str, ...]  # without a cautious or a decent option
    without_rule: tuple[str, ...]  # without ``plain``
    giveaways: tuple[str, ...]  # where the sound option is the longest
    own: dict[str, Share]  # by audience: what sections ask that is not meant for everyone
    alike: dict[str, float]  # by audience: of ten situations of the sections, what two both decide


def bank(policy: Policy) -> Bank:
    """The figures of all scenarios of all sections."""
    every = [q for section in policy.sections for q in section.bank]
    longest, decisions, chance = _longest(every)
    return Bank(
        uses={use: sum(q.use is use for q in every) for use in Use},
        clauses=tuple(_forms(clause, every) for clause in policy.clauses),
        cautious={
            **{s.slug: _share(s.bank, _is_cautious) for s in policy.sections},
            **{
                use.value: _share([q for q in every if q.use is use], _is_cautious)
                for use in (Use.CHECK, Use.LATER)
            },
        },
        decent=_share(every, _is_decent),
        longest=Share(len(longest), decisions),
        longest_by_chance=chance,
        turning=_turning(every),
        must=tuple(q.id for q in every if q.must),
        unmarked=tuple(q.id for q in every if not _is_marked(q)),
        without_rule=tuple(q.id for q in every if not q.plain_html),
        giveaways=tuple(dict.fromkeys(longest)),
        own={audience: _own(policy, audience) for audience in policy.audiences},
        alike={audience: _alike(policy, audience) for audience in policy.audiences},
    )


def follow(scenario: Scenario, takes: Callable[[Option], bool]) -> bool | None:
    """Whether somebody who takes these options is right at the end; None where there are none."""
    scene = scenario.scenes[0]
    while chosen := [option.id for option in scene.options if takes(option)]:
        mark = scenario.mark(scene, chosen)
        following = scenario.scene(mark.next_scene) if not mark.final else None
        if following is None:
            return mark.right
        scene = following
    return None


def by_chance(scenario: Scenario) -> float:
    """How likely somebody is right who reads nothing and takes any answer at each scene."""
    return scenario.by_chance(scenario.scenes[0])


def _is_cautious(option: Option) -> bool:
    return option.cautious


def _is_decent(option: Option) -> bool:
    return option.decent


def _is_marked(scenario: Scenario) -> bool:
    return None not in (follow(scenario, _is_cautious), follow(scenario, _is_decent))


def _share(scenarios: Collection[Scenario], takes: Callable[[Option], bool]) -> Share:
    ends = [end for q in scenarios if (end := follow(q, takes)) is not None]
    return Share(sum(ends), len(ends))


def _forms(clause: Clause, scenarios: Collection[Scenario]) -> ClauseForms:
    testing = [q for q in scenarios if clause.id in q.clauses]
    return ClauseForms(clause, {use: sum(q.use is use for q in testing) for use in Use})


def _own(policy: Policy, audience: str) -> Share:
    """Of the largest hand of each section: no hand holds fewer."""
    dealt = [max(found, key=len) for found in hands(policy, audience).values()]
    asked = [q for hand in dealt for q in hand]
    return Share(sum(bool(q.audiences) for q in asked), len(asked))


def _alike(policy: Policy, audience: str) -> float:
    """Of ten situations that one person decides in sections, those that a second is dealt too."""
    shared = asked = 0.0
    for dealt in hands(policy, audience).values():
        holding = Counter(q.id for hand in dealt for q in hand)
        shared += sum((count / len(dealt)) ** 2 for count in holding.values())
        asked += holding.total() / len(dealt)
    return 10 * shared / asked if asked else 0.0


def _turning(scenarios: Collection[Scenario]) -> Share:
    stories = [q for q in scenarios if len(q.scenes) > 1]
    return Share(sum(map(_can_be_put_right, stories)), len(stories))


def _can_be_put_right(story: Scenario) -> bool:
    """Every scene can still end well, so a poor choice that leads on can be noticed and mended."""
    return any(o.next and not story.is_sound(o) for o in story.scenes[0].options)


def _longest(scenarios: Collection[Scenario]) -> tuple[list[str], int, float]:
    """Where the sound option is the longest; of how many decisions; how many by chance."""
    seen: list[str] = []
    decisions, chance = 0, Fraction(0)
    for scenario, options in _single_decisions(scenarios):
        decisions += 1
        chance += Fraction(1, len(options))
        lengths = sorted(len(option.text) for option in options)
        sound = next(len(o.text) for o in options if scenario.is_sound(o))
        if sound == lengths[-1] > lengths[-2]:
            seen.append(scenario.id)
    return seen, decisions, float(chance)


def _single_decisions(
    scenarios: Collection[Scenario],
) -> Iterator[tuple[Scenario, tuple[Option, ...]]]:
    """The scenes where exactly one of the options is sound."""
    for scenario in scenarios:
        for scene in scenario.scenes:
            if sum(scenario.is_sound(option) for option in scene.options) == 1:
                yield scenario, scene.options
