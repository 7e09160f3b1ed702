"""A whole way through the induction in memory, by the same rules and the same marking. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from induction.audit.actions import Action
from induction.curriculum.marking import is_pass, mark
from induction.curriculum.model import Policy, Scenario
from induction.demo.institute import Fate, choose
from induction.journey import rules


@dataclass
class Life:
    """One learner's tries so far, and the acts to put on record, in order."""

    policy: Policy
    scenarios: dict[str, Scenario]  # by id
    audience: str
    seed: str
    fate: Fate
    rng: random.Random
    at: datetime
    tries: list[rules.Tried] = field(default_factory=list)
    acts: list[tuple[Action, dict[str, Any], datetime]] = field(default_factory=list)
    answers: int = 0

    @property
    def over(self) -> bool:
        """Whether this learner answers no more."""
        return self.answers >= self.fate.answers

    def go(self) -> None:
        """As far as this learner gets."""
        sections = rules.sections_for(self.policy, self.audience)
        for position, section in enumerate(sections):
            if position and not self.over:
                self._look_back(section.slug)
            ids = tuple(q.id for q in section.scenarios)
            plan = rules.Plan(1, "", ids, ids, section.pass_mark)
            skill = self.fate.skill_at(section.number)
            if not self._pass(rules.TryKind.SECTION, section.slug, plan, skill):
                return
        if self.over:
            return
        drawn = rules.draw_final(self.policy, sections, self.seed)
        plan = rules.Plan(1, "", drawn, drawn, self.policy.final_check.pass_mark)
        skill = self.fate.skill_at(len(sections) + 1)
        self._pass(rules.TryKind.FINAL, rules.FINAL, plan, skill)

    def _look_back(self, slug: str) -> None:
        found = rules.look_back(self.policy, self.tries, self.seed, slug)
        if found is not None:
            plan = rules.Plan(1, "", (found,), (), 0)
            self._try(rules.TryKind.LOOK_BACK, slug, plan, self.fate.skill)

    def _pass(self, kind: rules.TryKind, slug: str, plan: rules.Plan, skill: float) -> bool:
        """Try until passed; False where this learner stops before."""
        right: set[str] = set()
        while not self.over:
            tried = self._try(kind, slug, plan, skill)
            right |= {s for s, result in tried.ended().items() if result == "right"}
            if not tried.finished:
                return False
            hits, of = sum(s in right for s in plan.counted_of), len(plan.counted_of)
            passed = is_pass(hits, of, plan.pass_mark)
            details = {
                "step": slug, "try": plan.number, "right": hits, "of": of,
                "pass_mark": plan.pass_mark,
            }  # fmt: skip
            act = Action.SECTION_PASSED if passed else Action.SECTION_FAILED
            self.acts.append((act, details, self.at))
            if passed:
                return True
            if self.fate.stuck and plan.number >= rules.STUCK_AFTER:
                return False
            missed = tuple(s for s in plan.counted_of if s not in right) or plan.counted_of
            plan = replace(plan, number=plan.number + 1, asked=missed)
        return False

    def _try(self, kind: rules.TryKind, slug: str, plan: rules.Plan, skill: float) -> rules.Tried:
        begun, answers = None, list[rules.Given]()
        for scenario_id in plan.asked:
            scenario = self.scenarios.get(scenario_id)
            if scenario is None or self.over:
                break
            for given in self._decide(kind, slug, plan, scenario, skill):
                begun = begun or given.at
                answers.append(given)
        tried = rules.Tried(
            kind, slug, plan.number, self.policy.digest, plan.asked, plan.counted_of,
            plan.pass_mark, begun or self.at, tuple(answers),
        )  # fmt: skip
        self.tries.append(tried)
        return tried

    def _decide(
        self,
        kind: rules.TryKind,
        slug: str,
        plan: rules.Plan,
        scenario: Scenario,
        skill: float,
    ) -> Iterator[rules.Given]:
        """One scenario to its end, or to this learner's last answer."""
        scene = scenario.scenes[0]
        while not self.over:
            self.at += timedelta(seconds=self.rng.randrange(15, 70))
            self.answers += 1
            chosen = choose(self.rng, scenario, scene, right=self.rng.random() < skill)
            verdict = mark(scene, scenario.kind, chosen)
            shown = rules.order_shown(
                self.seed, f"{kind}:{slug}", plan.number, scenario.id, scene.id,
                (o.id for o in scene.options),
            )  # fmt: skip
            given = rules.Given(
                scenario.id, scene.id, shown, chosen, verdict.verdict.value, verdict.next_scene,
                self.at,
            )  # fmt: skip
            self._note(kind, slug, plan, given)
            yield given
            following = scenario.scene(verdict.next_scene)
            if verdict.final or following is None:
                return
            scene = following

    def _note(self, kind: rules.TryKind, slug: str, plan: rules.Plan, given: rules.Given) -> None:
        details = {
            "step": slug,
            "try": plan.number,
            "scenario": given.scenario,
            "scene": given.scene,
            "shown": list(given.shown),
            "chosen": list(given.chosen),
            "result": given.result,
            "counted": kind is not rules.TryKind.LOOK_BACK,
            "content": self.policy.digest,
        }
        self.acts.append((Action.ANSWERED, details, given.at))
