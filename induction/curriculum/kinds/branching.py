"""A scenario that is a story: each choice leads to another scene, or ends it well or badly."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from induction.curriculum.choices import read_scene
from induction.curriculum.faults import asking, nearest
from induction.curriculum.fields import Fields
from induction.curriculum.marking import Mark, Verdict, judged, the_one
from induction.curriculum.model import Option, Outcome, Scenario, Scene
from induction.curriculum.scenario_kind import Head, KindKeys, ScenarioKind

_MOST_SCENES = 20


@dataclass(frozen=True, slots=True)
class Branching(ScenarioKind):
    """One choice a scene; right where the story ends well."""

    kind = "branching"
    keys = KindKeys(("scenes",))
    option_keys = KindKeys((), ("next", "outcome", "consequence", "feedback", "misconception"))

    @classmethod
    def read(cls, head: Head, fields: Fields, known_as: str) -> Self:
        """See ScenarioKind."""
        return cls(**head, scenes=_scenes(fields, known_as))

    def check(self, fields: Fields, known_as: str) -> None:
        """See ScenarioKind: every turn leads somewhere, and the story can end well."""
        scenes = {scene.id: scene for scene in self.scenes}
        faulty = [*_missing(self, scenes), *_looping(self, scenes)]
        # Where a turn leads nowhere or back, what can be reached means little.
        for kind, name, message in faulty or [*_unreached(self, scenes), *_hopeless(scenes)]:
            place = fields.source.ledger.places.get((kind, f"{known_as}/{name}"))
            fields.source.error(place.line if place else fields.line, message)

    @classmethod
    def check_option(cls, option: Option, fields: Fields, known_as: str) -> None:
        """See ScenarioKind: a choice leads on or ends the story, and an ending says why."""
        leads, ends = fields.has("next"), fields.has("outcome")
        if leads == ends:
            message = f"the option `{option.id}` needs either `next` or `outcome`, and not both"
            fields.source.error(fields.line, message)
            if not leads:
                fields.source.ledger.doubtful.add(known_as)
        elif ends and not fields.has("feedback"):
            message = f"the option `{option.id}` ends the story, so it needs `feedback`"
            fields.source.error(fields.line, message)

    def mark(self, scene: Scene, chosen: Collection[str]) -> Mark:
        """See Scenario."""
        picked = the_one(chosen, scene.ids)
        option = next(o for o in scene.options if o.id == picked)
        if option.next:
            return Mark(Verdict.CONTINUES, option.next)
        return judged(option.outcome is Outcome.GOOD)

    @staticmethod
    def worth(option: Option) -> bool | None:
        """See Scenario."""
        return None if option.outcome is None else option.outcome is Outcome.GOOD

    def right_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario."""
        hopeful = _hopeful({s.id: s for s in self.scenes})
        return tuple((o.id,) for o in scene.options if _leads_well(o, hopeful))

    def wrong_choices(self, scene: Scene) -> tuple[tuple[str, ...], ...]:
        """See Scenario: poor endings, else what rests on a misconception, else anything."""
        poor = [o for o in scene.options if o.outcome is Outcome.POOR]
        unsound = [o for o in scene.options if not self.is_sound(o)]
        return tuple((o.id,) for o in poor or unsound or scene.options)


def _scenes(fields: Fields, known_as: str) -> tuple[Scene, ...]:
    tables = fields.tables("scenes")
    if len(tables) > _MOST_SCENES:
        fields.source.error(fields.line_of("scenes"), f"a story has at most {_MOST_SCENES} scenes")
    scenes = []
    for table in tables[:_MOST_SCENES]:
        scene = Fields(
            table, fields.source, "a scene", ("id", "situation", "options"), ("question",)
        )
        name, line = scene.identifier("id", telling=False), scene.line_of("id")
        if not name or not fields.source.remember("scene", f"{known_as}/{name}", line, name):
            fields.source.ledger.doubtful.add(known_as)
        scenes.append(read_scene(scene, Branching, known_as, name))
    return tuple(scenes)


_Finding = tuple[str, str, str]  # kind and id of what is wrong, and the message


def _missing(scenario: Scenario, scenes: Mapping[str, Scene]) -> Iterator[_Finding]:
    for option in (o for scene in scenario.scenes for o in scene.options):
        if option.next and option.next not in scenes:
            hint = asking(nearest(option.next, scenes))
            message = f"`{option.id}` leads to the scene `{option.next}`, which is not here{hint}"
            yield "option", option.id, message


def _looping(scenario: Scenario, scenes: Mapping[str, Scene]) -> Iterator[_Finding]:
    seen: set[str] = set()
    for scene in scenario.scenes:
        for option in _turns_back(scene, scenes, (), seen):
            message = f"`{option.id}` leads back to `{option.next}`, so the story may never end"
            yield "option", option.id, message


def _turns_back(
    scene: Scene, scenes: Mapping[str, Scene], behind: tuple[str, ...], seen: set[str]
) -> Iterator[Option]:
    """The options that lead to a scene the learner has already been through."""
    if scene.id in seen:
        return
    seen.add(scene.id)
    behind = (*behind, scene.id)
    for option in scene.options:
        if option.next in behind:
            yield option
        elif option.next in scenes:
            yield from _turns_back(scenes[option.next], scenes, behind, seen)


def _unreached(scenario: Scenario, scenes: Mapping[str, Scene]) -> Iterator[_Finding]:
    waiting = [scene.id for scene in scenario.scenes[:1]]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [o.next for o in scenes[name].options if o.next]
    for name in scenes:
        if name not in reached:
            yield "scene", name, f"nothing leads to the scene `{name}`"


def _hopeless(scenes: Mapping[str, Scene]) -> Iterator[_Finding]:
    hopeful = _hopeful(scenes)
    for name, scene in scenes.items():
        if scene.options and name not in hopeful:
            yield "scene", name, f"from the scene `{name}` no choice can lead to `outcome: good`"


def _hopeful(scenes: Mapping[str, Scene]) -> set[str]:
    """The scenes from which the story can end well."""
    hopeful: set[str] = set()
    for _ in scenes:  # the longest way to an ending passes every scene once
        hopeful |= {n for n, s in scenes.items() if any(_leads_well(o, hopeful) for o in s.options)}
    return hopeful


def _leads_well(option: Option, hopeful: Collection[str]) -> bool:
    return option.outcome is Outcome.GOOD or option.next in hopeful
