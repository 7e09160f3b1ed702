"""What is stored of a learner's way, as values: tries, answers, leaves, and all of it together.

Pure: no Flask, no database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

FINAL = "final-check"
REVISIT = "revisit"  # the step of every revisit
BEFORE_READING = 0  # number of the try by which a section is tested out of; the others follow


class AttemptKind(StrEnum):
    """What a try is at."""

    SECTION = "section"
    FINAL = "final"
    LOOK_BACK = "look-back"
    REVISIT = "revisit"  # weeks after the certificate, by a link

    @property
    def counts(self) -> bool:
        """Whether its answers count: for a certificate, and in figures about the questions."""
        return self in (AttemptKind.SECTION, AttemptKind.FINAL)


class AllowanceKind(StrEnum):
    """What a tutor may allow; what learners begin by themselves, or an officer asks of them."""

    FRESH_START = "fresh-start"  # tries so far stay in the record and no longer count
    EXCUSED = "excused"  # counts as passed, and is called excused wherever it is shown
    RENEWAL = "renewal"  # the final check begins anew, and is to be signed


class AnswerRecord(NamedTuple):
    """An answer as stored, in the order in which it is read."""

    scenario: str
    scene: str
    shown: tuple[str, ...]
    chosen: tuple[str, ...]
    result: str  # right | wrong | continues
    next_scene: str
    at: datetime


@dataclass(frozen=True)
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

    def ended(self) -> Mapping[str, str]:
        """Scenario id to right or wrong, for each scenario that has come to its end."""
        return self._ended

    @cached_property  # asked a dozen times for each page
    def _ended(self) -> Mapping[str, str]:
        return {a.scenario: a.result for a in self.answers if a.result != "continues"}

    def answer_to(self, scenario: str, scene: str) -> AnswerRecord | None:
        """The answer given in this scene, or None; "" is where the scenario begins."""
        given = (a for a in self.answers if a.scenario == scenario and scene in ("", a.scene))
        return next(given, None)

    @property
    def before_reading(self) -> bool:
        """Whether this is the try at a section by which somebody who knows it skips its page."""
        return self.kind is AttemptKind.SECTION and self.number == BEFORE_READING

    @property
    def finished(self) -> bool:
        """Whether every scenario of this try has come to its end.

        One before reading ends with the first miss: it takes each of its situations at first sight.
        """
        ended = self.ended()
        return len(ended) == len(self.asked) or (self.before_reading and "wrong" in ended.values())

    @property
    def met(self) -> tuple[str, ...]:
        """The situations that it has shown, or is going to show."""
        return tuple(self.ended()) if self.finished else self.asked


@dataclass(frozen=True, slots=True)
class Allowance:
    """Something allowed at one step. A tutor's reason is in the record of acts."""

    kind: AllowanceKind
    step: str
    after_try: int  # of a fresh start or renewal: tries up to this number no longer count
    at: datetime


@dataclass(frozen=True)
class LearnerRecord:
    """All that is known of a learner and decides where they stand under a content."""

    audience: str
    seed: str  # of what is drawn and of the orders shown
    tries: tuple[AttemptRecord, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    signed: int | None = None  # edition of the last declaration: all that it covered stays done
    renewed: int = 0  # number of the renewal that it was signed for

    @property
    def renewals(self) -> int:
        """How many renewals have been begun; the last one has this number."""
        return sum(a.kind is AllowanceKind.RENEWAL for a in self.allowances)

    @property
    def renewing(self) -> bool:
        """Whether a renewal has been begun that is not signed for: it opens the final check."""
        return self.renewals > self.renewed

    def tried(self, kind: AttemptKind, step: str, number: int) -> AttemptRecord | None:
        """The try of this number, or None."""
        return next(
            (t for t in self.tries if (t.kind, t.step, t.number) == (kind, step, number)), None
        )

    @cached_property
    def met(self) -> Mapping[str, int]:
        """Every situation that has been asked → the place of the last try that asked it.

        Looking back tells of that only where nothing else has asked it: it never counts.
        """
        found: dict[str, int] = {}
        for looking_back in (True, False):
            for place, tried in enumerate(self.tries):
                if (tried.kind is AttemptKind.LOOK_BACK) is looking_back:
                    found |= dict.fromkeys(tried.met, place)
        return found

    def at(self, kind: AttemptKind, step: str) -> list[AttemptRecord]:
        """The tries at one step."""
        return [t for t in self.tries if t.kind is kind and t.step == step]

    def with_try(self, tried: AttemptRecord) -> "LearnerRecord":
        """The same with a try that is new, or has been carried on."""
        key = (tried.kind, tried.step, tried.number)
        others = (t for t in self.tries if (t.kind, t.step, t.number) != key)
        return replace(self, tries=(*others, tried))

    def with_allowance(self, allowance: Allowance) -> "LearnerRecord":
        """The same with one more leave."""
        return replace(self, allowances=(*self.allowances, allowance))
