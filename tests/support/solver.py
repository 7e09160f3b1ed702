"""Somebody who knows the answers: from the curriculum itself, never from a page."""

from induction.curriculum.model import Kind, Outcome, Policy, Scenario


def right_choice(policy: Policy, scenario_id: str, scene_id: str = "") -> list[str]:
    """The ids of the options to choose, so that the scenario ends well."""
    scenario = policy.scenario(scenario_id)
    assert scenario is not None, f"no scenario {scenario_id!r}"
    scene = scenario.scene(scene_id)
    assert scene is not None, f"{scenario_id!r} has no scene {scene_id!r}"
    if scenario.kind is not Kind.BRANCHING:
        return [option.id for option in scene.options if option.correct]
    return [next(o.id for o in scene.options if _ends_well(scenario, o.outcome, o.next))]


def wrong_choice(policy: Policy, scenario_id: str, scene_id: str = "") -> list[str]:
    """The id of one option that is not right; in a story, one that ends it badly if there is."""
    scenario = policy.scenario(scenario_id)
    assert scenario is not None, f"no scenario {scenario_id!r}"
    scene = scenario.scene(scene_id)
    assert scene is not None, f"{scenario_id!r} has no scene {scene_id!r}"
    right = right_choice(policy, scenario_id, scene_id)
    others = [option for option in scene.options if option.id not in right]
    return [min(others, key=lambda option: option.outcome is not Outcome.POOR).id]


def _ends_well(scenario: Scenario, outcome: Outcome | None, next_scene: str) -> bool:
    if outcome is not None:
        return outcome is Outcome.GOOD
    scene = scenario.scene(next_scene)
    return scene is not None and any(_ends_well(scenario, o.outcome, o.next) for o in scene.options)
