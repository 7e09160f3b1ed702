"""A scenario in which each of several cases is put on a pile: go ahead, ask first, or leave it."""

from collections.abc import Mapping
from dataclasses import dataclass

from induction.curriculum.faults import asking, nearest
from induction.curriculum.fields import Fields
from induction.curriculum.model import Scene
from induction.curriculum.placing import Placing
from induction.curriculum.scenario_kind import KindKeys

_PILES = {"go-ahead": "Go ahead", "ask-first": "Ask first", "leave-it": "Leave it"}


@dataclass(frozen=True, slots=True)
class Sort(Placing):
    """Put each case on one of three piles; a pile may stay empty."""

    kind = "sort"
    things = "cases"
    keys = KindKeys(("situation", "question", things, "consequence_right", "consequence_wrong"))

    @classmethod
    def places(cls, count: int) -> Mapping[str, str]:
        """See Placing."""
        del count
        return _PILES

    @classmethod
    def read_place(cls, fields: Fields, key: str, places: Mapping[str, str]) -> str:
        """See Placing."""
        written = fields.text(key)
        if written in places:
            return written
        if written:
            *others, last = places
            message = f"`{key}` is {', '.join(others)} or {last}, not `{written}`"
            fields.source.error(fields.line_of(key), message + asking(nearest(written, places)))
            fields.misread.add(key)
        return ""

    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario: one case on another pile."""
        (right,) = self.right_choices(scene)
        belongs = dict(zip((o.about for o in scene.options if o.correct), right, strict=True))
        return tuple(
            tuple(other.id if name == other.about else i for name, i in belongs.items())
            for other in scene.options
            if not other.correct
        )
