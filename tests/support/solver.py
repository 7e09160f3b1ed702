"""Somebody who knows the answers: from the curriculum itself, never from a page."""

from induction.curriculum.model import Policy, Scenario, Scene


def right_choice(policy: Policy, scenario_id: str, scene_id: str = "") -> list[str]:
    """The ids of the options to choose, so that the scenario ends well."""
    scenario, scene = _asked(policy, scenario_id, scene_id)
    return list(scenario.right_choices(scene)[0])


def wrong_choice(policy: Policy, scenario_id: str, scene_id: str = "") -> list[str]:
    """The ids of options that are not right; in a story, one that ends it badly if there is."""
    scenario, scene = _asked(policy, scenario_id, scene_id)
    return list(scenario.wrong_choices(scene)[0])


def _asked(policy: Policy, scenario_id: str, scene_id: str) -> tuple[Scenario, Scene]:
    scenario = policy.scenario(scenario_id)
    assert scenario is not None, f"no scenario {scenario_id!r}"
    scene = scenario.scene(scene_id)
    assert scene is not None, f"{scenario_id!r} has no scene {scene_id!r}"
    return scenario, scene
