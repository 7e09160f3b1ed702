"""What is measured: pages as multiples of the yardstick, taken in turns on the same machine.

Each round visits every target once, in a new order, with a few requests one after the other. A
round's median is divided by the yardstick's median of the same round, and the median over the
rounds is what counts: a slow spell of the machine slows both and cancels. The processor time that
the servers spent is a second witness, where the system tells it: waiting does not count in it.
"""

import os
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.bench.institute import COHORT_SIZE, PAGE_OF, PASSWORD, Institute, build
from tests.bench.visitor import Answer, Visitor
from tests.bench.weight import Weight, weigh
from tests.support.page import Form
from tests.support.server import PROJECT, Server
from tests.support.solver import right_choice

WORKERS = ("--workers=2", "--worker-class=sync", "--threads=1")
MANY = 100_000  # learners in the other database
MOST_FOR_MANY = 1.3  # times what the same page costs where there are only 500
COHORT_PAGE = f"cohort page, {PAGE_OF} of {COHORT_SIZE} rows"
SECTIONS_PASSED = 3  # by the learner whose pages are read
CALM = 0.5  # programs that want a processor, on average over the last minute
BUSY = """

The machine was busy when this began (load {load:.1f}). A page that takes longer than a processor is
lent for waits more than its share, so the times flatter the yardstick: go by processor time."""


@dataclass
class Target:
    """Something that takes time: each call makes one request and returns its answer."""

    name: str
    goal: float | None  # at most so many times the yardstick
    request: Callable[[], Answer]
    status: int = 200
    medians: list[float] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)

    def visit(self, times: int) -> None:
        """One round's worth."""
        taken, spent = [], []
        for _ in range(times):
            answer = self.request()
            if answer.status != self.status:
                raise RuntimeError(f"{self.name}: status {answer.status}")
            taken.append(answer.seconds)
            spent.append(answer.processor)
        self.medians.append(statistics.median(taken))
        self.spent.append(statistics.median(spent))


class Learner:
    """Walks through the induction with right answers, wherever the pages lead."""

    def __init__(self, server: Server, email: str, institute: Institute) -> None:
        self.institute = institute
        self.visitor = Visitor(server)
        self.visitor.sign_in(email, PASSWORD)
        self.path, self.answer = self.visitor.follow(self.visitor.get("/induction"))

    def form(self) -> Form | None:
        """The form of the present page that answers a scenario, if it has one."""
        asking = [form for form in self.answer.page.forms if "scenario" in form.fields]
        return asking[0] if asking else None

    def reply(self, form: Form) -> Answer:
        """Answer the scenario of the present page; this alone is what a submit costs."""
        scenario, scene = form.fields["scenario"][0], form.fields.get("scene", [""])[0]
        choice = right_choice(self.institute.policy, scenario, scene)
        return self.visitor.send(form, self.path, option=choice)

    def go_on(self, replied: Answer | None = None) -> None:
        """To the next page: where a reply leads, or along the one next step."""
        if replied is None:
            replied = self.visitor.get(self.answer.page.next_step["href"])
            self.path = self.answer.page.next_step["href"]
        path, self.answer = self.visitor.follow(replied)
        self.path = path or self.path

    def to_a_question(self) -> Form | None:
        """Go on to the next scenario; None where there is none any more."""
        while (form := self.form()) is None:
            if self.path == "/induction/declaration":
                return None
            step = self.answer.page.next_step.inside("form")
            self.go_on(self.visitor.send(Form.of(step), self.path) if step else None)
        return form


def submits(server: Server, institute: Institute, learners: Iterable[str]) -> Iterator[Answer]:
    """Answers to ever new scenarios, learner after learner."""
    for email in learners:
        learner = Learner(server, email, institute)
        while (form := learner.to_a_question()) is not None:
            replied = learner.reply(form)
            yield replied
            learner.go_on(replied)
    raise RuntimeError("all learners have finished; measure fewer rounds")


def halfway(server: Server, institute: Institute, email: str) -> tuple[Learner, str, str]:
    """A learner in the middle: their section to read, and the scenario before them."""
    learner = Learner(server, email, institute)
    reading = institute.policy.sections[SECTIONS_PASSED].slug
    while learner.path != f"/induction/{reading}":
        form = learner.form()
        learner.go_on(learner.reply(form) if form else None)
    section = learner.path
    learner.to_a_question()
    return learner, section, learner.path


def pdf_address(compliance: Visitor) -> str:
    """A certificate's address, from the register."""
    links = compliance.get("/compliance/certificates").page.links.values()
    address = next((href for href in links if href.endswith(".pdf")), None)
    if address is None:
        raise RuntimeError("the register shows no certificate")
    compliance.get(address)  # the first request draws it; from now on it is a stored copy
    return address


def targets(yardstick: Server, application: Server, institute: Institute) -> list[Target]:
    """Everything to measure; the yardstick comes first."""
    stick, stranger = Visitor(yardstick), Visitor(application)
    tutor, compliance = Visitor(application), Visitor(application)
    tutor.sign_in(institute.tutor, PASSWORD)
    compliance.sign_in(institute.compliance, PASSWORD)
    reader, section, scenario = halfway(application, institute, institute.answering[0])
    replies = submits(application, institute, institute.answering[1:])
    pdf = pdf_address(compliance)
    cohort = f"/tutor/cohorts/{institute.cohort}"
    return [
        Target("yardstick", None, lambda: stick.get("/3")),
        Target("front page, signed out", None, lambda: stranger.get("/")),
        Target("read a section", 2.5, lambda: reader.visitor.get(section)),
        Target("the hub", 3, lambda: reader.visitor.get("/induction")),
        Target("a scenario page", 3, lambda: reader.visitor.get(scenario)),
        Target("submit an answer", 4, lambda: next(replies), status=303),
        Target(
            f"completion CSV, {COHORT_SIZE} rows", 15, lambda: tutor.get(f"{cohort}/learners.csv")
        ),
        Target("certificate, stored copy", 3, lambda: compliance.get(pdf)),
    ]


def whatever_the_number(application: Server, institute: Institute, among: str) -> list[Target]:
    """Pages that cost the same, however many learners there are beside those on them."""
    tutor, compliance = Visitor(application), Visitor(application)
    tutor.sign_in(institute.tutor, PASSWORD)
    compliance.sign_in(institute.compliance, PASSWORD)
    cohort = f"/tutor/cohorts/{institute.cohort}"
    links = tutor.get(cohort).page.links.values()
    learner = next(href for href in links if href.startswith("/tutor/learners/"))
    pages = (
        (COHORT_PAGE, 6, tutor, cohort),
        ("a learner’s record", None, tutor, learner),
        ("misconceptions of a tutor’s learners", None, tutor, "/tutor/misconceptions"),
        ("clauses and results", None, compliance, "/compliance/clauses"),
        ("item statistics", None, compliance, "/compliance/item-statistics"),
    )
    return [
        Target(name + among, goal, partial(visitor.get, address))
        for name, goal, visitor, address in pages
    ]


def measure(rounds: int, times: int, folder: Path, learners: int = MANY) -> str:
    """The table of ratios, and what a first visit weighs."""
    load = os.getloadavg()[0]
    institute, large = build(folder / "instance"), build(folder / "large", learners)
    with ExitStack() as at_end:
        stick_at, app_at = folder / "yardstick.sqlite", folder / "server.log"
        environ = {"BENCH_YARDSTICK": str(stick_at)}
        command = [sys.executable, "-m", "tests.bench.yardstick"]
        subprocess.run(command, cwd=PROJECT, env={**os.environ, **environ}, check=True)
        bare = (f"--config={os.devnull}", "--no-control-socket", *WORKERS)
        stick = Server(
            environ, folder / "yardstick.log", options=bare, app="tests.bench.yardstick:app"
        )
        at_end.callback(stick.stop)
        application = Server(institute.settings, app_at, options=WORKERS)
        at_end.callback(application.stop)
        stick.wait_until_ready("/1")
        application.wait_until_ready()
        other = Server(large.settings, folder / "large.log", options=WORKERS)
        at_end.callback(other.stop)
        other.wait_until_ready()
        try:
            found = targets(stick, application, institute)
            few = whatever_the_number(application, institute, "")
            many = whatever_the_number(other, large, f", among {learners:,} learners")
            found += few + many
            weight = first_visit(application, institute)
            take_turns(found, rounds, times)
        except RuntimeError as error:
            error.add_note("The server's log ends with:\n" + app_at.read_text()[-3000:])
            raise
    return _table(found, zip(few, many, strict=True), weight) + (
        BUSY.format(load=load) if load > CALM else ""
    )


def first_visit(application: Server, institute: Institute) -> Weight:
    """The first section for somebody who has nothing in store yet."""
    reader = Learner(application, institute.answering[0], institute)
    return weigh(reader.visitor, f"/induction/{institute.policy.sections[0].slug}")


def take_turns(found: list[Target], rounds: int, times: int) -> None:
    """Visit every target in every round, after a few visits that do not count."""
    for target in found:
        target.visit(3)
        target.medians.clear()
        target.spent.clear()
    for _ in range(rounds):
        for target in random.sample(found, len(found)):
            target.visit(times)


def _table(found: list[Target], pairs: Iterable[tuple[Target, Target]], weight: Weight) -> str:
    lines = [
        "| page | median ms | × yardstick | at most | | × in processor time |",
        "| --- | --: | --: | --: | --- | --: |",
    ]
    for target in found:
        milliseconds = f"{1000 * statistics.median(target.medians):.2f}"
        ratio = _ratio(target.medians, found[0].medians)
        goal = "" if target.goal is None else f"{target.goal:g}"
        verdict = "" if target.goal is None else _met(ratio <= target.goal)
        spent = f"{_ratio(target.spent, found[0].spent):.2f}" if all(found[0].spent) else "unknown"
        cells = (target.name, milliseconds, f"{ratio:.2f}", goal, verdict, spent)
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "| a page | × the same with 500 learners | at most | | × in processor time |",
        "| --- | --: | --: | --- | --: |",
    ]
    for few, many in pairs:
        grown = _ratio(many.medians, few.medians)
        compared = (
            many.name, f"{grown:.2f}", f"{MOST_FOR_MANY}", _met(grown <= MOST_FOR_MANY),
            f"{_ratio(many.spent, few.spent):.2f}" if all(few.spent) else "unknown",
        )  # fmt: skip
        lines.append(f"| {' | '.join(compared)} |")
    lines += [
        "",
        "| a section read for the first time, in Chromium | measured | at most | |",
        "| --- | --: | --: | --- |",
    ]
    for what, measured, most in weight.rows():
        lines.append(f"| {what} | {measured:,} | {most:,} | {_met(measured <= most)} |")
    return "\n".join(lines)


def _ratio(mine: list[float], its: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, its, strict=True))


def _met(is_so: bool) -> str:
    return "met" if is_so else "NOT MET"
