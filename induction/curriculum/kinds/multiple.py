"""A scenario with several right options: every one that fits is to be chosen, and no other."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from induction.curriculum.choices import html_of, read_scene
from induction.curriculum.fields import Fields
from induction.curriculum.marking import Mark, all_of, judged
from induction.curriculum.model import Option, Scenario, Scene
from induction.curriculum.scenario_kind import Head, KindKeys, ScenarioKind


@dataclass(frozen=True, slots=True)
class Multiple(ScenarioKind):
    """Choose every option that applies. It has one scene, with the id ``""``."""

    kind = "multiple"
    several = True
    keys = KindKeys(
        ("situation", "options"), ("question", "consequence_right", "consequence_wrong")
    )
    option_keys = KindKeys(("feedback",), ("correct", "consequence", "misconception", "missing"))

    consequence_right_html: str = ""  # what happens next after a right answer
    consequence_wrong_html: str = ""  # what happens next after any other

    @classmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """See ScenarioKind."""
        return cls(
            **head,
            scenes=(read_scene(fields, cls, known_as),),
            consequence_right_html=html_of(fields, "consequence_right"),
            consequence_wrong_html=html_of(fields, "consequence_wrong"),
        )

    def check(self, fields: Fields, known_as: str) -> None:
        """See ScenarioKind."""
        del known_as
        options = self.scenes[0].options
        right = sum(option.correct for option in options)
        if options and not 0 < right < len(options):
            fields.source.error(
                fields.line_of("options"),
                f"some options must be correct and some not; here {right} of {len(options)} are",
            )
        told = self.consequence_right_html and self.consequence_wrong_html
        if not told and not all(o.consequence_html for o in options):
            fields.source.error(
                fields.line,
                "say what happens next: give `consequence_right` and `consequence_wrong`, "
                "or a `consequence` for every option",
            )

    @classmethod
    def check_option(cls, option: Option, fields: Fields, known_as: str) -> None:
        """See ScenarioKind: only what belongs to the answer can be missing from it."""
        del known_as
        if fields.has("missing") and not option.correct:
            message = f"`{option.id}` is a wrong option, so it has no `missing`"
            fields.source.error(fields.line_of("missing"), message)

    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """See Scenario."""
        return judged(all_of(chosen, scene.ids) == _correct(scene))

    @staticmethod
    def worth(option: Option) -> bool:
        """See Scenario."""
        return option.correct

    def by_chance(self, scene: Scene) -> float:
        """See Scenario: any set of options but the empty one, which is not taken."""
        return 1 / ((1 << len(scene.options)) - 1)

    def chosen_at_once(self, scene: Scene) -> float:
        """See Scenario: half of them."""
        return len(scene.options) / 2

    def consequence_html(self, scene: Scene, chosen: Collection[str], *, right: bool) -> str:
        """See Scenario: of the answer as a whole, else of each option."""
        told = self.consequence_right_html if right else self.consequence_wrong_html
        return told or Scenario.consequence_html(self, scene, chosen, right=right)

    def right_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario."""
        return (tuple(sorted(_correct(scene))),)

    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario: one option too many, or one too few."""
        near = (_correct(scene) ^ {option_id} for option_id in scene.ids)
        return tuple(tuple(sorted(ids)) for ids in near if ids)


def _correct(scene: Scene) -> frozenset[str]:
    return frozenset(option.id for option in scene.options if option.correct)
