"""A scenario with one right option, to be chosen alone."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from induction.curriculum.choices import read_scene
from induction.curriculum.fields import Fields
from induction.curriculum.marking import Mark, judged, the_one
from induction.curriculum.model import Option, Scene
from induction.curriculum.scenario_kind import Head, KindKeys, ScenarioKind


@dataclass(frozen=True, slots=True)
class Single(ScenarioKind):
    """Choose one option. It has one scene, with the id ``""``."""

    kind = "single"
    looks_back = True
    keys = KindKeys(("situation", "options"), ("question",))
    option_keys = KindKeys(("consequence", "feedback"), ("correct", "misconception"))

    @classmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """See ScenarioKind."""
        return cls(**head, scenes=(read_scene(fields, cls, known_as),))

    def check(self, fields: Fields, known_as: str) -> None:
        """See ScenarioKind."""
        del known_as
        options = self.scenes[0].options
        right = sum(option.correct for option in options)
        if options and right != 1:
            message = f"exactly one option must be `correct: true`; here {right} are"
            fields.source.error(fields.line_of("options"), message)

    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """See Scenario."""
        picked = the_one(chosen, scene.ids)
        return judged(any(o.correct for o in scene.options if o.id == picked))

    @staticmethod
    def worth(option: Option) -> bool:
        """See Scenario."""
        return option.correct

    def right_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario."""
        return tuple((o.id,) for o in scene.options if o.correct)

    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario."""
        return tuple((o.id,) for o in scene.options if not o.correct)
