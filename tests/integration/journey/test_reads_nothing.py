"""A program that reads nothing, and somebody who reads: what either of them is left with."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations, cycle, product

from induction.audit.act import acting
from induction.database import utc_now
from induction.journey.answering import Sent, answer_at
from induction.people.models import Account, Role
from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import rows

MOST = 3_000  # presses: it goes round until each is right
AS_FAST = 1.6  # times the average reader: forty honest minutes in twenty-five


@dataclass
class Eliminating:
    """Ticks everything, then ever less; where one option is asked for, one after the other.

    It knows what stands on the page alone, and remembers what was wrong.
    """

    learner: Learner
    wrong: dict[tuple[str, str], set[tuple[str, ...]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    last: tuple[tuple[str, str], tuple[str, ...]] = (("", ""), ())

    def every(self) -> list[tuple[str, ...]]:
        """All that could be sent from this page: whole sets, or a place for each thing."""
        offered = self.learner.form.options
        if "option" not in offered:
            placed = product(*([v for v in offered[name] if v] for name in self.fields))
            turns = bool(self.learner.page.all("select"))
            return [p for p in placed if not turns or len({v[-1] for v in p}) == len(p)]
        ids = sorted(offered["option"])
        inputs = (i for i in self.learner.page.all("input") if i["name"] == "option")
        sizes = range(len(ids), 0, -1) if next(inputs)["type"] == "checkbox" else (1,)
        return [chosen for size in sizes for chosen in combinations(ids, size)]

    @property
    def fields(self) -> list[str]:
        """The names of what the question is answered by."""
        return sorted(n for n in self.learner.form.options if n.split(".")[0] == "option")

    def choice(self) -> tuple[str, ...]:
        every = self.every()
        key = (self.learner.asked, "".join(self.learner.form.fields.get("scene", [])))
        left = [chosen for chosen in every if tuple(sorted(chosen)) not in self.wrong[key]]
        if not left:  # it was the scene before that went wrong
            self.wrong[key].clear()
            left = every
        self.last = (key, tuple(sorted(left[0])))  # things stand in another order each time
        return left[0]

    def press(self) -> None:
        """The next step of the page, whatever it is."""
        if self.learner.asked:
            chosen, fields = self.choice(), self.fields
            if fields == ["option"]:
                self.learner.send(option=list(chosen))
            else:
                self.learner.send(**dict(zip(fields, chosen, strict=True)))
        else:
            self.learner.press()
        if "/feedback/" in self.learner.path and "Not quite" in self.learner.page.text:
            key, chosen = self.last
            self.wrong[key].add(chosen)

    def finish(self) -> str:
        """To the certificate; returns its number."""
        self.learner.open()
        for _ in range(MOST):
            if self.learner.path.startswith("/certificates/"):
                return self.learner.path.removeprefix("/certificates/")
            self.press()
        raise AssertionError(f"never got there; now at {self.learner.path}")


def test_a_program_that_eliminates_is_right_once_about_each_rule_and_the_record_says_how(
    cast: Cast, as_learner: Learner
) -> None:
    as_learner.visitor.inspecting = False  # every page is looked at elsewhere
    Eliminating(as_learner).finish()
    [(stored,)] = rows(cast.app, "SELECT record FROM certificate_record")
    record = json.loads(stored)
    sights = {one["clause"]: one["right"] for one in record["decided"]}
    assessed = {clause.id for clause in cast.policy.clauses if clause.assess}
    assert sights.keys() >= assessed
    assert "not_yet" not in sights.values()
    at_first = [sight for clause, sight in sights.items() if clause in assessed]
    assert at_first.count("first") < len(assessed) / 2
    right = {given["scenario"] for given in record["answers"] if given["right"]}
    must = {q.id for s in cast.policy.sections for q in s.forms("learner") if q.must}
    assert right >= must

    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    listed = officer.get("/compliance/certificates/list.csv").text.lstrip("\ufeff")
    [line] = csv.DictReader(io.StringIO(listed))
    assert 0 < int(line["Right at first sight"]) < int(line["Situations met"]) / 2
    assert rows(cast.app, "SELECT flags FROM progress") in (
        [("hurried",)],
        [("hurried by-chance",)],
    )
    head = cast.signed_in(cast.account(Role.HEAD))
    assert as_learner.name in head.read("/tutor/learners?state=word").text


def read_and_decide(cast: Cast, account: Account) -> timedelta:
    """Read each page, decide rightly but for every fifth time, and say how long it took."""
    policy, content = cast.policy, cast.app.extensions["content"]
    begun = at = utc_now() - timedelta(days=1)
    reading, decides_well = "", cycle([True, True, True, True, False])
    with cast.app.app_context(), acting(account, at) as act:
        while present := (way := cast._way(account)).standing.present:
            section = policy.section(present.slug)
            if section and reading != present.slug:
                at += timedelta(minutes=section.minutes / AS_FAST)
                reading = present.slug
            asked, scene = present.waiting[0], present.scene
            scenario = policy.scenario(asked)
            assert scenario is not None
            if not scene:
                at += timedelta(minutes=scenario.minutes / AS_FAST)
            here = scenario.scene(scene) if scene else scenario.scenes[0]
            assert here is not None
            well = next(decides_well)
            chosen = (scenario.right_choices if well else scenario.wrong_choices)(here)[0]
            sent = Sent(present.kind, present.slug, asked, here.id, chosen)
            answer_at(replace(act, now=at), content, way, sent)
    return at - begun


def test_somebody_who_reads_for_twenty_five_minutes_is_not_marked(cast: Cast) -> None:
    reader = cast.learner()
    taken = read_and_decide(cast, reader)
    assert timedelta(minutes=15) < taken < timedelta(minutes=35)
    assert rows(cast.app, "SELECT flags FROM progress") == [("",)]
