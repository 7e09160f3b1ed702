"""What the reader of quiz files asks of a kind of scenario."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self, TypedDict

from induction.curriculum.fields import Fields
from induction.curriculum.model import Option, Scenario, Use


class KindKeys(NamedTuple):
    """The keys that a kind has beyond those of every scenario, or of every option."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


class Head(TypedDict):
    """What every scenario says of itself, whatever its kind: fields of ``Scenario``."""

    id: str
    title: str
    clauses: tuple[str, ...]
    use: Use
    must: bool
    plain_html: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioKind(Scenario):
    """A scenario that can be read from a file; each class in ``kinds/`` is one kind."""

    keys: ClassVar[KindKeys]
    option_keys: ClassVar[KindKeys]

    @classmethod
    @abstractmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """The scenario in these fields; ``known_as`` is the name that its places are kept under."""

    @abstractmethod
    def check(self, fields: Fields, known_as: str) -> None:
        """Note what stops the scenario from being judged: something is right, something is not."""

    @classmethod
    def check_option(cls, option: Option, fields: Fields, known_as: str) -> None:
        """Note what an option of this kind lacks beyond its keys."""
