"""A scenario with a drawing: which of its numbered places matter?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Self

from induction.curriculum.drawing import read_drawing
from induction.curriculum.fields import Fields
from induction.curriculum.kinds.multiple import Multiple
from induction.curriculum.model import Scene
from induction.curriculum.scenario_kind import Head, KindKeys


@dataclass(frozen=True, slots=True)
class Spot(Multiple):
    """Choose every numbered place that fits, and no other.

    The numbers are the options' in the author's order, so the list is never shuffled.
    """

    kind = "spot"
    keys = KindKeys((*Multiple.keys.required, "picture", "alt"), Multiple.keys.optional)
    option_keys = KindKeys((*Multiple.option_keys.required, "at"), Multiple.option_keys.optional)

    @classmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """See ScenarioKind: the drawing is the end of the situation."""
        asked = super(Spot, cls).read(head, fields, known_as)
        drawing = read_drawing(fields, "picture")
        if drawing is None:
            return asked
        (scene,) = asked.scenes
        for option in scene.options:
            if option.at and not drawing.holds(option.at):
                place = fields.source.ledger.places.get(("option", f"{known_as}/{option.id}"))
                fields.source.error(
                    place.line if place else fields.line,
                    f"`{option.id}` is outside its drawing, "
                    f"which is {drawing.width} wide and {drawing.height} high",
                )
        spots = [option.at for option in scene.options if option.at]
        options = [
            replace(option, text=f"{number}. {option.text}")
            for number, option in enumerate(scene.options, 1)
        ]
        seen = scene.situation_html + drawing.figure(fields.text("alt"), spots)
        return replace(asked, scenes=(replace(scene, situation_html=seen, options=tuple(options)),))

    def arranged(
        self, scene: Scene, shuffle: Callable[[Iterable[str]], tuple[str, ...]]
    ) -> tuple[str, ...]:
        """See Scenario."""
        del shuffle
        return scene.ids
