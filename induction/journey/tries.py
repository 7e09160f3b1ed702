"""What is stored of a learner's way, as values: tries, answers, leaves, editions of the content.

Pure: no Flask, no database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from induction.curriculum.model import Policy, Section

FINAL = "final-check"


class TryKind(StrEnum):
    """What a try is at."""

    SECTION = "section"
    FINAL = "final"
    LOOK_BACK = "look-back"


class Kindness(StrEnum):
    """What a tutor may allow; what learners begin by themselves, or an officer asks of them."""

    FRESH_START = "fresh-start"  # tries so far stay in the record and no longer count
    EXCUSED = "excused"  # counts as passed, and is called excused wherever it is shown
    RENEWAL = "renewal"  # the final check begins anew, and is to be signed


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as stored."""

    scenario: str
    scene: str
    shown: tuple[str, ...]
    chosen: tuple[str, ...]
    result: str  # right | wrong | continues
    next_scene: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """A try as stored, with its answers in the order they were given."""

    kind: TryKind
    step: str
    number: int
    content: str
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int
    begun_at: datetime
    answers: tuple[Given, ...] = ()
    id: int = 0  # of its row, where it has one

    def ended(self) -> dict[str, str]:
        """Scenario id to right or wrong, for each scenario that has come to its end."""
        return {a.scenario: a.result for a in self.answers if a.result != "continues"}

    @property
    def finished(self) -> bool:
        """Whether every scenario of this try has come to its end."""
        return len(self.ended()) == len(self.asked)


@dataclass(frozen=True, slots=True)
class Allowance:
    """Something allowed at one step. A tutor's reason is in the record of acts."""

    kind: Kindness
    step: str
    after_try: int  # of a fresh start or renewal: tries up to this number no longer count
    at: datetime


def renewals(allowances: Iterable[Allowance]) -> int:
    """How many renewals have been begun; the last one has this number."""
    return sum(a.kind is Kindness.RENEWAL for a in allowances)


def sections_for(policy: Policy, audience: str) -> tuple[Section, ...]:
    """The sections that people of this audience take."""
    return tuple(s for s in policy.sections if not s.audiences or audience in s.audiences)


@dataclass(frozen=True, slots=True)
class Editions:
    """The contents that have been in force, numbered as they came, and what each made due again.

    By number and not by the clock, which may jump. A content that was never in force has 0.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)  # digest of a content → its number
    since: Mapping[str, int] = field(default_factory=dict)  # scenario → first that counts for it
    # number → clauses whose change asks those who learn them to sign again; None asks everyone
    sign: Mapping[int, frozenset[str] | None] = field(default_factory=dict)

    def number(self, content: str) -> int:
        """The number of a content."""
        return self.numbers.get(content, 0)

    def newest_to_sign(self, policy: Policy, audience: str) -> int:
        """The first edition that a declaration of this audience must be for, to count today."""
        if not self.sign:
            return 0
        sections = sections_for(policy, audience)
        learnt = {c for s in sections for c in s.clauses}
        learnt |= {c for s in sections for q in s.scenarios for c in q.clauses}
        return max(
            (n for n, asked in self.sign.items() if asked is None or not learnt.isdisjoint(asked)),
            default=0,
        )


ONE_EDITION = Editions()
