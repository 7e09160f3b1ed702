"""What is stored of a learner's way, as values: tries, answers, leaves, editions of the content.

Pure: no Flask, no database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FINAL = "final-check"


class AttemptKind(StrEnum):
    """What a try is at."""

    SECTION = "section"
    FINAL = "final"
    LOOK_BACK = "look-back"


class AllowanceKind(StrEnum):
    """What a tutor may allow; what learners begin by themselves, or an officer asks of them."""

    FRESH_START = "fresh-start"  # tries so far stay in the record and no longer count
    EXCUSED = "excused"  # counts as passed, and is called excused wherever it is shown
    RENEWAL = "renewal"  # the final check begins anew, and is to be signed


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer as stored."""

    scenario: str
    scene: str
    shown: tuple[str, ...]
    chosen: tuple[str, ...]
    result: str  # right | wrong | continues
    next_scene: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """A try as stored, with its answers in the order they were given."""

    kind: AttemptKind
    step: str
    number: int
    content: str
    asked: tuple[str, ...]
    counted_of: tuple[str, ...]
    pass_mark: int
    begun_at: datetime
    answers: tuple[AnswerRecord, ...] = ()
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

    kind: AllowanceKind
    step: str
    after_try: int  # of a fresh start or renewal: tries up to this number no longer count
    at: datetime


def renewals(allowances: Iterable[Allowance]) -> int:
    """How many renewals have been begun; the last one has this number."""
    return sum(a.kind is AllowanceKind.RENEWAL for a in allowances)
