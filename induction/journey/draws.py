"""Which situations are asked, and in which order: it looks random, and is always the same. Pure.

A section asks situations to learn with, until each rule that is decided there has been decided
rightly. The final check asks others, which this person has not met. What somebody has met is asked
again only where nothing else is left, and what was met longest ago comes first.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

from induction.curriculum.decisions import (
    begins_with_look_back,
    covering,
    decided_in,
    hands,
    to_be_decided,
)
from induction.curriculum.model import Policy, Scenario, Scene, Section, Use
from induction.journey.tries import BEFORE_READING, FINAL, AttemptKind, LearnerRecord
from induction.policy.editions import InForce

AT_FIRST_SIGHT = 3  # situations, all of them right, show that somebody knows a section unread
EACH_ONE = 100  # per cent: every situation of a section counts, since each stands for a rule
_IN_TURN = (Use.CHECK, Use.LATER, Use.LEARN)  # what the final check takes first


def in_order(seed: str, key: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids in an order that looks random and is the same whenever it is asked for."""
    return _in_order(seed, key, tuple(ids))


@lru_cache(maxsize=1024)  # of those who are at work now: each of their pages asks for the same
def _in_order(seed: str, key: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(ids, key=lambda i: hashlib.sha256(f"{seed}|{key}|{i}".encode()).digest()))


def order_shown(
    seed: str, step: str, try_number: int, scenario: Scenario, scene: Scene
) -> tuple[str, ...]:
    """The order of a question's options: new for each learner and each try."""
    key = f"{step}|{try_number}|{scenario.id}|{scene.id}"
    return scenario.arranged(scene, partial(in_order, seed, key))


Right = Mapping[str, int]  # situations that were right and count today → the edition they were of


@dataclass(frozen=True)
class StepDraw(ABC):
    """What a step asks of one person."""

    held: InForce
    learner: LearnerRecord
    number: int  # of the first try that counts: with one before reading, where nothing began anew

    @property
    def first_number(self) -> int:
        """The number of the first try after reading."""
        return max(self.number, BEFORE_READING + 1)

    @property
    @abstractmethod
    def mark(self) -> int:
        """Per cent of what is asked that must be right."""

    @abstractmethod
    def first(self) -> tuple[str, ...]:
        """What the first try asks."""

    @abstractmethod
    def again(
        self, right: Right, missed: Sequence[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """What a further try asks; ``missed`` is what was not right in the last one.

        ``settled`` is the edition at which the step was passed, where it was: only what has changed
        since is asked then.
        """

    @abstractmethod
    def rules(
        self, right: Right, missed: Collection[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """The clauses that are still to be decided rightly here."""

    def due(self, settled: int) -> tuple[str, ...]:
        """The clauses decided here that have changed since the step was passed."""
        del settled
        return ()

    def since(self, scenario: str) -> int:
        """The first edition at which an answer to this counts today."""
        del scenario
        return 0

    def owes(self, right: Right) -> bool:
        """Whether something is wanting beyond the mark."""
        del right
        return False

    def clauses_of(self, scenarios: Iterable[str]) -> set[str]:
        """What these test, as far as they are known."""
        found = map(self.held.policy.scenario, scenarios)
        return {clause for scenario in found if scenario for clause in scenario.clauses}


@dataclass(frozen=True)
class SectionDraw(StepDraw):
    """What a section asks: situations to learn with, and for some those that others meet later."""

    section: Section
    mark = EACH_ONE

    def first(self) -> tuple[str, ...]:
        """See StepDraw: one of the section's hands, of those with the least that has been met."""
        dealt, met = self._hands, self.learner.met
        if not met.keys().isdisjoint(q.id for q in self.section.bank):
            known = [sum(q.id in met for q in hand) for hand in dealt]
            least = min(known)
            dealt = tuple(h for h, count in zip(dealt, known, strict=True) if count == least)
        key = f"{self.learner.seed}|{self.section.slug}|hand"
        hand = dealt[int.from_bytes(hashlib.sha256(key.encode()).digest()) % len(dealt)]
        return tuple(q.id for q in hand)

    def again(
        self, right: Right, missed: Sequence[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """See StepDraw: other situations of the rules in question, as far as there are any."""
        left = [q for q in self._forms if q.id not in right]
        asked = [q for q in left if settled is None and (q.must or self._alone(q, missed))]
        asked += covering(self.rules(right, missed, settled), left, asked)
        return self._as_written(asked) or self.first()

    def unread(self) -> tuple[str, ...]:
        """What somebody is asked who would rather not read the section; nothing where it is short.

        All of it is new to them, and as far as it goes it is nothing to learn with: who misses one
        takes the section as everybody does, with other situations.
        """
        met, key = self.learner.met, f"{self.section.slug}|unread"
        forms = self.section.forms(self.learner.audience)
        new = [q for q in by_preference(forms, self.learner, key) if q.id not in met]
        asked = covering(self._decided, new)[:AT_FIRST_SIGHT]
        asked += [q for q in new if q not in asked][: AT_FIRST_SIGHT - len(asked)]
        if len(asked) < AT_FIRST_SIGHT:
            return ()
        return in_order(self.learner.seed, key, (q.id for q in asked))

    def rules(
        self, right: Right, missed: Collection[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """See StepDraw: those missed in the last try, and those that nothing right has tested."""
        asked = self._decided if settled is None else self.due(settled)
        wanting = self.clauses_of(missed) | (set(asked) - self.clauses_of(right))
        return tuple(clause for clause in asked if clause in wanting)

    def due(self, settled: int) -> tuple[str, ...]:
        """See StepDraw."""
        since = self.held.editions.since
        return tuple(clause for clause in self._decided if since.get(clause, 0) > settled)

    def since(self, scenario: str) -> int:
        """See StepDraw: the last edition that changed what it tests."""
        editions = self.held.editions
        return editions.since_for(self.clauses_of([scenario])) if editions.since else 0

    @cached_property
    def _decided(self) -> tuple[str, ...]:
        return decided_in(self.held.policy, self.learner.audience)[self.section.slug]

    @property
    def _hands(self) -> tuple[tuple[Scenario, ...], ...]:
        return hands(self.held.policy, self.learner.audience)[self.section.slug]

    @cached_property
    def _forms(self) -> list[Scenario]:
        forms = self.section.forms(self.learner.audience, Use.LEARN, Use.LATER)
        met = self.learner.met
        # What is meant for this audience alone, before what everyone is asked.
        return sorted(
            by_preference(forms, self.learner, self.section.slug),
            key=lambda q: (met.get(q.id, -1), not q.audiences, q.use is Use.LATER),
        )

    def _alone(self, form: Scenario, missed: Collection[str]) -> bool:
        """Whether it was missed, and tests nothing decided here that another could stand for."""
        return form.id in missed and set(self._decided).isdisjoint(form.clauses)

    def _as_written(self, asked: Iterable[Scenario]) -> tuple[str, ...]:
        ids = {q.id for q in asked}
        return tuple(q.id for q in self.section.bank if q.id in ids)


@dataclass(frozen=True)
class CheckDraw(StepDraw):
    """What the final check asks, of these sections: situations that this person has not met.

    It is not passed while something is owed: a rule that was never decided rightly, or a situation
    that must be right. So nobody signs for what they have not shown. What a section is still to
    ask is not owed here.
    """

    sections: tuple[Section, ...]
    passed: tuple[Section, ...]  # those of them that have been passed

    @property
    def mark(self) -> int:
        """See StepDraw."""
        return self.held.policy.final_check.pass_mark

    def first(self) -> tuple[str, ...]:
        """See StepDraw: what is owed, each section, then the rules that were missed once."""
        asked = self._for_what_is_owed({})
        of = self.held.policy.part_of
        covered = {of[q.id] for q in asked}
        for form in self._forms:
            if of[form.id] not in covered:
                asked.append(form)
                covered.add(of[form.id])
        draw = max(len(asked), self.held.policy.final_check.draw)
        shaky = in_order(self.learner.seed, self._key, self._shaky)
        asked += covering(shaky, self._forms, asked)[: draw - len(asked)]
        drawn = {q.id for q in asked}
        asked += [q for q in self._forms if q.id not in drawn][: draw - len(asked)]
        return self._mixed(asked)

    def again(
        self, right: Right, missed: Sequence[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """See StepDraw: for each that was missed another one of its rules, and what is owed."""
        del settled
        asked = self._for_what_is_owed(right)
        for scenario in missed:
            tested = self.clauses_of([scenario])
            if not any(q.id == scenario for q in asked):
                left = (q for q in self._forms if q not in asked and q.id not in right)
                asked += [q for q in left if not tested.isdisjoint(q.clauses)][:1]
        return self._mixed(asked) or self.first()

    def rules(
        self, right: Right, missed: Collection[str], settled: int | None = None
    ) -> tuple[str, ...]:
        """See StepDraw: those of what was missed, and what is owed."""
        del settled
        wanting = self.clauses_of(missed) | set(self._owed_rules(right))
        wanting |= self.clauses_of(self._owed_situations(right))
        return tuple(c.id for c in self.held.policy.clauses if c.id in wanting)

    def owes(self, right: Right) -> bool:
        """See StepDraw."""
        return bool(self._owed_situations(right) or self._owed_rules(right))

    def _for_what_is_owed(self, right: Right) -> list[Scenario]:
        owed = self._owed_situations(right)
        asked = [q for q in self._forms if q.id in owed]
        left = [q for q in self._forms if q.id not in right]
        return asked + covering(self._owed_rules(right), left, asked)

    def _owed_situations(self, right: Right) -> set[str]:
        owed = {
            q.id
            for section in self.sections
            for q in section.forms(self.learner.audience)
            if q.must and (q.use is not Use.LEARN or section in self.passed)
        }
        return owed - self._shown(right)

    def _owed_rules(self, right: Right) -> tuple[str, ...]:
        shown = self.clauses_of(self._shown(right))
        return tuple(c for c in self._to_be_decided if c not in shown)

    def _shown(self, right: Right) -> set[str]:
        """The situations that were right, here or before.

        Under whichever edition: what has changed since is asked in its section.
        """
        return self._ended_before("right") | right.keys()

    @cached_property
    def _to_be_decided(self) -> tuple[str, ...]:
        return to_be_decided(self.held.policy, self.passed, self.learner.audience)

    def _ended_before(self, result: str) -> set[str]:
        """What has ended like this in sections, and in final checks before this one."""
        return {
            scenario
            for tried in self.learner.tries
            if tried.kind is AttemptKind.SECTION
            or (tried.kind is AttemptKind.FINAL and tried.number < self.number)
            for scenario, end in tried.ended().items()
            if end == result
        }

    @cached_property
    def _shaky(self) -> set[str]:
        """The rules that were missed before, if only at first."""
        return self.clauses_of(self._ended_before("wrong"))

    @cached_property
    def _forms(self) -> list[Scenario]:
        forms = [q for s in self.sections for q in s.forms(self.learner.audience)]
        return by_preference(forms, self.learner, self._key, self._shaky)

    @property
    def _key(self) -> str:
        """What sets this draw apart: each renewal has one of its own."""
        return f"{FINAL}|{self.number}"

    def _mixed(self, asked: Iterable[Scenario]) -> tuple[str, ...]:
        return in_order(self.learner.seed, self._key, (q.id for q in asked))


def by_preference(
    forms: Iterable[Scenario], learner: LearnerRecord, key: str, rather: Collection[str] = ()
) -> list[Scenario]:
    """These in the order in which they are to be asked.

    What has not been met comes first: that for the check, for later, and to learn with; then what
    was met longest ago. Among equals, first what tests one of these clauses.
    """
    known, met = {form.id: form for form in forms}, learner.met
    wanted = frozenset(rather)
    return sorted(
        (known[i] for i in in_order(learner.seed, key, known)),
        key=lambda q: (
            met.get(q.id, -1),
            _IN_TURN.index(q.use),
            wanted.isdisjoint(q.clauses),
        ),
    )


def look_back(policy: Policy, learner: LearnerRecord, slug: str) -> str | None:
    """The situation by which a section looks back at a rule of an earlier one that was passed.

    It is one that this person has not met, or that another section than the last one asked: nobody
    is asked what was explained minutes ago, unless the policy holds nothing else. Rules that were
    missed at first come before others, and sections that are further back before nearer ones. None
    where it begins without one.
    """
    section = policy.section(slug)
    if section is None or not begins_with_look_back(section.number):
        return None
    first: dict[str, str] = {}
    asked_before: set[str] = set()
    for tried in learner.tries:
        if tried.kind is AttemptKind.SECTION:
            for scenario, result in tried.ended().items():
                first.setdefault(scenario, result)
        elif tried.kind is AttemptKind.LOOK_BACK and tried.step != slug:
            asked_before.update(tried.asked)
    known = {name: policy.scenario(name) for name in first}
    decided = {c for q in known.values() if q for c in q.clauses}
    missed = {c for name, q in known.items() if q and first[name] == "wrong" for c in q.clauses}
    before = [s for s in policy.sections_for(learner.audience) if s.number < section.number]
    forms = [
        (form, earlier.number)
        for earlier in before
        for form in earlier.forms(learner.audience, Use.LEARN, Use.LATER)
    ]
    met = learner.met
    # A policy whose sections ask all that they have has nothing else to look back at.
    dealt = hands(policy, learner.audience)
    spare = len(forms) - sum(len(dealt[s.slug][0]) for s in before)
    key = f"look-back|{slug}"
    order = {
        name: n for n, name in enumerate(in_order(learner.seed, key, (f.id for f, _ in forms)))
    }
    found = [
        (form.id in asked_before, form.id in met, missed.isdisjoint(form.clauses), number,
         order[form.id], form.id)
        for form, number in forms
        if form.looks_back
        and (
            (form.id not in met and not decided.isdisjoint(form.clauses))
            or (form.id in first and (number < section.number - 1 or not spare))
        )
    ]  # fmt: skip
    return min(found)[-1] if found else None
