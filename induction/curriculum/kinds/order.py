"""A scenario in which several steps are put in order: what comes first, what after it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import factorial

from induction.curriculum.fields import Fields
from induction.curriculum.marking import Mark, NotAnAnswer
from induction.curriculum.model import Scene
from induction.curriculum.placing import Placing
from induction.curriculum.scenario_kind import KindKeys

_TURNS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")


@dataclass(frozen=True, slots=True)
class Order(Placing):
    """Give each step its turn; each turn is taken once."""

    kind = "order"
    things = "steps"
    keys = KindKeys(("situation", "question", things, "consequence_right", "consequence_wrong"))

    @classmethod
    def places(cls, count: int) -> Mapping[str, str]:
        """See Placing."""
        return {str(number): turn for number, turn in enumerate(_TURNS[:count], 1)}

    @classmethod
    def read_place(cls, fields: Fields, key: str, places: Mapping[str, str]) -> str:
        """See Placing."""
        number = fields.whole(key, 1, len(places), 0)
        return str(number) if number else ""

    def check(self, fields: Fields, known_as: str) -> None:
        """See ScenarioKind: each turn is one step's."""
        Placing.check(self, fields, known_as)
        options = self.scenes[0].options
        for key, marked in (
            ("place", [o for o in options if o.correct]),
            ("cautious", [o for o in options if o.cautious]),
            ("decent", [o for o in options if o.decent]),
        ):
            turns = [option.place for option in marked]
            if twice := [turn for turn in dict.fromkeys(turns) if turns.count(turn) > 1]:
                message = f"two of the `{self.things}` have the same `{key}`: {twice[0].lower()}"
                fields.source.error(fields.line_of(self.things), message)

    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """See Scenario. Raises NotAnAnswer, too, where two steps have the same turn."""
        mark = Placing.mark(self, scene, chosen)
        turns = [option.place for option in scene.options if option.id in chosen]
        for turn in turns:
            if turns.count(turn) > 1:
                message = f"Two of them are {turn.lower()}. Give each its own turn."
                raise NotAnAnswer(message)
        return mark

    def by_chance(self, scene: Scene) -> float:
        """See Scenario."""
        return 1 / factorial(round(self.chosen_at_once(scene)))

    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario: two neighbours changed round."""
        place = {(o.about, o.place): o.id for o in scene.options}
        right = {o.place: o.about for o in scene.options if o.correct}
        turns = [turn for turn in _TURNS if turn in right]
        return tuple(
            tuple(place[right[{one: other, other: one}.get(turn, turn)], turn] for turn in turns)
            for one, other in pairwise(turns)
        )
