"""What is correct. The one place that knows; everything else asks here."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from induction.curriculum.model import Kind, Outcome, Scene


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


def mark(scene: Scene, kind: Kind, chosen: Collection[str]) -> Mark:
    """Judge the option ids chosen in a scene.

    Single and branching take exactly one id. Multiple is right where exactly the correct ones are
    chosen. Raises NotAnAnswer for none, too many, a repeated or an unknown id.
    """
    picked = _picked(scene, kind, chosen)
    if kind is Kind.MULTIPLE:
        return _judged(picked == {o.id for o in scene.options if o.correct})
    option = next(o for o in scene.options if o.id in picked)
    if kind is Kind.SINGLE:
        return _judged(option.correct)
    if option.next:
        return Mark(Verdict.CONTINUES, option.next)
    return _judged(option.outcome is Outcome.GOOD)


def _picked(scene: Scene, kind: Kind, chosen: Collection[str]) -> set[str]:
    picked = set(chosen)
    if not picked:
        at_least = "Choose at least one answer" if kind is Kind.MULTIPLE else "Choose an answer"
        raise NotAnAnswer(f"{at_least} before you go on.")
    if len(picked) != len(chosen):
        raise NotAnAnswer("One answer arrived twice. Please choose again.")
    if not picked <= {o.id for o in scene.options}:
        raise NotAnAnswer("That answer is not one of the choices here. Please choose again.")
    if kind is not Kind.MULTIPLE and len(picked) > 1:
        raise NotAnAnswer("Choose one answer only.")
    return picked


def _judged(right: bool) -> Mark:
    return Mark(Verdict.RIGHT if right else Verdict.WRONG)


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
