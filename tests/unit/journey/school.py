"""Small policies made of values, and a learner made of stored tries: no files, no database."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from induction.curriculum.kinds.branching import Branching
from induction.curriculum.kinds.single import Single
from induction.curriculum.model import (
    Clause,
    FinalCheck,
    Option,
    Outcome,
    Policy,
    Scenario,
    Scene,
    Section,
    Use,
)
from induction.curriculum.scenario_kind import ScenarioKind
from induction.journey import rules
from induction.journey.rules import (
    AnswerRecord,
    AttemptKind,
    AttemptRecord,
    InForce,
    LearnerRecord,
)

BEGUN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RIGHT, WRONG, ON = "right", "wrong", "continues"


def scenario(
    name: str,
    kind: type[ScenarioKind] = Single,
    *,
    clauses: tuple[str, ...] = (),
    use: Use = Use.LEARN,
    must: bool = False,
    audiences: tuple[str, ...] = (),
) -> Scenario:
    """A scenario in which ``well`` ends well, ``badly`` badly; a story has a scene ``more``.

    It tests a clause of its own name, where none is said.
    """
    well = Option("well", "…", "", "", correct=True, outcome=Outcome.GOOD)
    badly = Option("badly", "…", "", "", outcome=Outcome.POOR)
    further = Option("further", "…", "", "", next="more")
    scenes: tuple[Scene, ...] = (Scene("", "", "?", (well, badly)),)
    if kind is Branching:
        scenes = (Scene("begin", "", "?", (further, badly)), Scene("more", "", "?", (well, badly)))
    return kind(name, name, clauses or (name,), scenes, use=use, must=must, audiences=audiences)


def section(
    number: int, *scenarios: Scenario, pass_mark: int = 80, audiences: tuple[str, ...] = ()
) -> Section:
    """The section ``part-<number>``, which teaches what its scenarios test."""
    clauses = tuple(dict.fromkeys(c for q in scenarios for c in q.clauses))
    return Section(
        f"part-{number}", number, f"Part {number}", "", 3, clauses, audiences, "", 0, (), pass_mark,
        scenarios,
    )  # fmt: skip


def policy(*sections: Section, draw: int = 3, pass_mark: int = 80) -> Policy:
    """A policy of these sections. Every clause is assessed."""
    names = dict.fromkeys(c for s in sections for c in s.clauses)
    clauses = tuple(Clause(name, name, "", assess=True) for name in names)
    return Policy(
        "p", "P-1", "Policy", "Institute", "Owner", date(2026, 1, 1), None, (), (), (), (),
        FinalCheck(draw, pass_mark), clauses, sections, "0" * 64,
    )  # fmt: skip


def plain(sections: int = 2, scenarios: int = 2, *, draw: int = 3, pass_mark: int = 80) -> Policy:
    """A policy with as many sections and single scenarios (named ``1a``, ``1b`` …) in each."""
    letters = "abcdefgh"[:scenarios]
    return policy(
        *(
            section(n, *(scenario(f"{n}{i}") for i in letters), pass_mark=pass_mark)
            for n in range(1, sections + 1)
        ),
        draw=draw,
        pass_mark=pass_mark,
    )


@dataclass
class Pupil:
    """Somebody who answers what is open, with what they have done so far as the database has it."""

    policy: Policy
    seed: str = "a seed"
    audience: str = "learner"
    tries: list[AttemptRecord] = field(default_factory=list)
    allowances: list[rules.Allowance] = field(default_factory=list)
    at: datetime = BEGUN

    def standing(self, *, declared: bool = False) -> rules.JourneyState:
        """Where they stand."""
        return rules.standing(InForce(self.policy), self.known, declared=declared)

    @property
    def known(self) -> LearnerRecord:
        """What is known of them."""
        return LearnerRecord(self.audience, self.seed, tuple(self.tries), tuple(self.allowances))

    @property
    def step(self) -> rules.Step:
        """The step that they are at."""
        present = self.standing().present
        assert present is not None, "there is nothing left to answer"
        return present

    def answer(self, result: str) -> None:
        """Answer the open question so that it comes out like this."""
        step = self.step
        self.store(step.kind, step.slug, step.plan, step.waiting[0], step.scene or "begin", result)

    def store(
        self,
        kind: AttemptKind,
        slug: str,
        plan: rules.AttemptPlan,
        asked: str,
        scene: str,
        result: str,
    ) -> None:
        """Add an answer to the try with the plan's number, as the database would."""
        self.at += timedelta(seconds=30)
        given = AnswerRecord(asked, scene, (), (), result, "more" if result == ON else "", self.at)
        for place, tried in enumerate(self.tries):
            if (tried.kind, tried.step, tried.number) == (kind, slug, plan.number):
                self.tries[place] = AttemptRecord(
                    kind, slug, tried.number, tried.content, tried.asked, tried.counted_of,
                    tried.pass_mark, tried.begun_at, (*tried.answers, given),
                )  # fmt: skip
                return
        self.tries.append(
            AttemptRecord(
                kind, slug, plan.number, "digest", plan.asked, plan.counted_of, plan.pass_mark,
                self.at, (given,),
            )
        )  # fmt: skip

    def look_back(self, result: str = RIGHT) -> None:
        """Answer the look-back at the beginning of the present section, if there is one."""
        slug = self.step.slug
        chosen = rules.look_back(self.policy, self.known, slug)
        if chosen is not None:
            plan = rules.AttemptPlan(1, "", (chosen,), (), 0)
            self.store(AttemptKind.LOOK_BACK, slug, plan, chosen, "", result)

    def finish_step(self, *results: str) -> None:
        """Answer everything that the present try asks, with these results in order."""
        slug = self.step.slug
        for result in results or (RIGHT,) * len(self.step.waiting):
            assert self.step.slug == slug, f"{slug} asks no more"
            self.answer(result)
