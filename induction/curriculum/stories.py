"""Whether a branching story holds together: every turn leads somewhere, and it can end well."""

from collections.abc import Iterator, Mapping

from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.model import Option, Outcome, Scenario, Scene


def check_story(scenario: Scenario, source: Source, line: int, known_as: str) -> None:
    """Note in ``source`` what is wrong with the story that is written from ``line``.

    ``known_as`` is the name under which the places of its scenes and options are kept.
    """
    scenes = {scene.id: scene for scene in scenario.scenes}
    faulty = [*_missing(scenario, scenes), *_looping(scenario, scenes)]
    # Where a turn leads nowhere or back, what can be reached means little.
    for kind, name, message in faulty or [*_unreached(scenario, scenes), *_hopeless(scenes)]:
        place = source.ledger.places.get((kind, f"{known_as}/{name}"))
        source.error(place.line if place else line, message)


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
    hopeful: set[str] = set()
    for _ in scenes:  # the longest way to an ending passes every scene once
        hopeful |= {name for name, scene in scenes.items() if _can_end_well(scene, hopeful)}
    for name, scene in scenes.items():
        if scene.options and name not in hopeful:
            yield "scene", name, f"from the scene `{name}` no choice can lead to `outcome: good`"


def _can_end_well(scene: Scene, hopeful: set[str]) -> bool:
    return any(o.outcome is Outcome.GOOD or o.next in hopeful for o in scene.options)
