"""Verdicts and scores. What is right in a scenario is in ``kinds/``."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

# Where a file says nothing: of a section and of the final check, and how much the latter draws.
DEFAULT_PASS_MARK, DEFAULT_DRAW = 80, 10  # per cent, scenarios


class Verdict(StrEnum):
    """What a choice led to."""

    RIGHT = "right"
    WRONG = "wrong"
    CONTINUES = "continues"  # branching: the story goes on in another scene


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on one answer; ``next_scene`` is set where the story continues, not elsewhere."""

    verdict: Verdict
    next_scene: str = ""

    @property
    def right(self) -> bool:
        """Whether the scenario is now answered rightly."""
        return self.verdict is Verdict.RIGHT

    @property
    def final(self) -> bool:
        """Whether the scenario is now decided, one way or the other."""
        return self.verdict is not Verdict.CONTINUES


class NotAnAnswer(ValueError):
    """What was sent answers nothing and must not be stored. ``message`` is for the learner."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def judged(right: bool) -> Mark:
    """The mark of an answer that decides the scenario."""
    return Mark(Verdict.RIGHT if right else Verdict.WRONG)


def the_one(chosen: Collection[str], offered: Collection[str]) -> str:
    """The one option chosen. Raises NotAnAnswer for none, several, a repeated or an unknown id."""
    picked = _picked(chosen, offered, "Choose an answer")
    if len(picked) > 1:
        raise NotAnAnswer("Choose one answer only.")
    return next(iter(picked))


def all_of(chosen: Collection[str], offered: Collection[str]) -> frozenset[str]:
    """The options chosen. Raises NotAnAnswer for none, a repeated or an unknown id."""
    return _picked(chosen, offered, "Choose at least one answer")


def _picked(chosen: Collection[str], offered: Collection[str], asked: str) -> frozenset[str]:
    picked = frozenset(chosen)
    if not picked:
        raise NotAnAnswer(f"{asked} before you go on.")
    if len(picked) != len(chosen):
        raise NotAnAnswer("One answer arrived twice. Please choose again.")
    if not picked <= set(offered):
        raise NotAnAnswer("That answer is not one of the choices here. Please choose again.")
    return picked


def percentage(right: int, of: int) -> int:
    """Whole per cent, rounded down, so that a shown score reaches the pass mark only with a pass.

    Raises ValueError unless ``0 <= right <= of`` and ``of >= 1``.
    """
    _sensible(right, of)
    return right * 100 // of


def is_pass(right: int, of: int, pass_mark: int) -> bool:
    """Whether ``right`` of ``of`` reaches ``pass_mark`` per cent. Exact: nothing is rounded.

    Raises ValueError unless ``0 <= right <= of`` and ``of >= 1``.
    """
    _sensible(right, of)
    return right * 100 >= pass_mark * of


def _sensible(right: int, of: int) -> None:
    if of < 1 or not 0 <= right <= of:
        message = f"{right} of {of} is not a score"
        raise ValueError(message)
