"""Making the demo institute. Learners answer through ``journey.answer``, as they do on pages."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.record import SYSTEM
from induction.certificates.record import Provider
from induction.curriculum.model import Kind, Outcome, Scenario, Scene
from induction.database import writing
from induction.demo import names
from induction.journey import rules
from induction.journey.answering import Sent, answer
from induction.journey.content import Content
from induction.journey.declaring import declare
from induction.journey.enrolling import enrol
from induction.journey.queries import Journey, load
from induction.people import cohorts
from induction.people.accounts import create
from induction.people.models import Account, Cohort, Role
from induction.people.passwords import hash_password

DOMAIN = "demo.example"
STARTED_WEEKS_AGO = (10, 5, 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demo institute is to be like."""

    learners: int
    completed: float  # the fraction who have finished
    seed: int
    provider: Provider
    base_url: str
    now: datetime


class PeopleExist(Exception):
    """The database holds people who are not of the demo institute."""


def refuse_real_people(session: Session) -> None:
    """Raise PeopleExist where anyone is real."""
    if session.scalar(select(Account.id).where(Account.demo.is_(False)).limit(1)):
        raise PeopleExist


def load_institute(
    content: Content, plan: Plan, passwords: dict[str, str], tick: Callable[[], None]
) -> None:
    """Make staff, cohorts and learners; ``tick`` is called after each learner."""
    rng = random.Random(plan.seed)  # noqa: S311  a reproducible choice, not a secret
    with writing() as session:
        groups = staff_and_cohorts(session, plan, passwords)
    for index in range(plan.learners):
        cohort, audience = groups[index % len(groups)]
        joined = plan.now - timedelta(weeks=STARTED_WEEKS_AGO[index % len(groups)])
        with writing() as session:
            account = _learner(session, content, rng, index, cohort, audience, joined)
        _live(content, plan, rng, account, joined, index)
        tick()
    with writing() as session:
        newcomer(session, content, plan, passwords["learner"], groups[-1][0])


def staff_and_cohorts(
    session: Session, plan: Plan, passwords: dict[str, str]
) -> list[tuple[Cohort, str]]:
    first = plan.now - timedelta(weeks=12)

    def staff(name: str, role: Role, email: str) -> Account:
        account = create(
            session, f"{email}@{DOMAIN}", name, role, how="demo", actor=SYSTEM, now=first,
            audience="staff", demo=True,
        )  # fmt: skip
        account.password_hash = hash_password(passwords[role.value])
        return account

    tutors = [
        staff(name, Role.TUTOR, f"tutor{'' if i == 0 else i + 1}")
        for i, name in enumerate(names.TUTORS)
    ]
    staff(names.HEAD, Role.TUTOR, "head").all_cohorts = True
    staff(names.COMPLIANCE, Role.COMPLIANCE, "compliance")
    staff(names.ADMIN, Role.ADMIN, "admin")
    groups = []
    for i, (name, programme, audience) in enumerate(names.COHORTS):
        starts = (plan.now - timedelta(weeks=STARTED_WEEKS_AGO[i])).date()
        cohort = cohorts.create(
            session, name, programme=programme, starts_on=starts,
            due_on=starts + timedelta(weeks=6), actor=SYSTEM, now=first,
        )  # fmt: skip
        cohorts.add_tutor(session, cohort, tutors[0 if i < 2 else 1])
        groups.append((cohort, audience))
    return groups


def _learner(
    session: Session,
    content: Content,
    rng: random.Random,
    index: int,
    cohort: Cohort,
    audience: str,
    joined: datetime,
) -> Account:
    name = f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}"
    account = create(
        session,
        f"learner{index + 1}@{DOMAIN}",
        name,
        Role.LEARNER,
        how="demo",
        actor=SYSTEM,
        now=joined,
        learner_ref=f"L{100001 + index}",
        audience=audience,
        demo=True,
    )
    cohorts.join(session, cohort, account, actor=SYSTEM, now=joined)
    enrol(
        session,
        content.policy,
        account,
        due_on=cohort.due_on,
        actor=SYSTEM,
        now=joined,
        seed=f"{rng.getrandbits(128):032x}",
    )
    return account


def newcomer(session: Session, content: Content, plan: Plan, password: str, cohort: Cohort) -> None:
    """The learner to sign in as: nothing done yet."""
    account = create(
        session,
        f"learner@{DOMAIN}",
        names.NEWCOMER,
        Role.LEARNER,
        how="demo",
        actor=SYSTEM,
        now=plan.now,
        learner_ref="L100000",
        audience="apprentice",
        demo=True,
    )
    account.password_hash = hash_password(password)
    cohorts.join(session, cohort, account, actor=SYSTEM, now=plan.now)
    due = plan.now.date() + timedelta(weeks=3)
    enrol(session, content.policy, account, due_on=due, actor=SYSTEM, now=plan.now)


@dataclass(frozen=True, slots=True)
class Fate:
    """How far a learner gets."""

    done: bool
    stuck: bool
    answers: int  # at most
    skill: float

    def skill_at(self, section: int) -> float:
        """How likely a right decision is in this section."""
        return 0.0 if self.stuck and section >= STUCK_AT else self.skill


STUCK_AT = 3  # the section that some do not get past
ALL = 10_000  # answers: as many as it takes


def fate_of(plan: Plan, rng: random.Random, index: int) -> Fate:
    """Done, stuck, all but the declaration, under way, or not begun."""
    done = rng.random() < plan.completed
    stuck, nearly = not done and index % 9 == 4, not done and index % 13 == 6
    some = rng.choice((0, 0, 3, 9, 15, 22, 31, 40))
    answers = ALL if done or stuck or nearly else some
    return Fate(done, stuck, answers, 0.9 if done else 0.75)


def first_day(plan: Plan, rng: random.Random, joined: datetime) -> datetime:
    """When a learner begins: some at once, some weeks later, none in the last hours."""
    latest = plan.now - timedelta(hours=4)
    days = rng.randrange(1, max(5, (plan.now - joined).days * 2 // 3))
    return min(joined + timedelta(days=days, hours=rng.randrange(9)), latest)


def _live(
    content: Content,
    plan: Plan,
    rng: random.Random,
    account: Account,
    joined: datetime,
    index: int,
) -> None:
    """Let a learner get as far as they get: done, stuck, under way, or not begun."""
    fate = fate_of(plan, rng, index)
    at = first_day(plan, rng, joined)
    with writing() as session:
        for _ in range(fate.answers):
            journey = load(session, content, account.id)
            if journey is None or journey.standing.present is None:
                break
            present = journey.standing.present
            if fate.stuck and present.failed_tries >= rules.STUCK_AFTER:
                break
            at += timedelta(seconds=rng.randrange(15, 70))
            _decide(session, content, rng, account, journey, fate.skill_at(present.number), at)
            session.flush()
        else:
            return
        if fate.done:
            declare(
                session,
                content,
                account,
                account.full_name,
                provider=plan.provider,
                base_url=plan.base_url,
                now=at + timedelta(minutes=1),
            )


def _decide(
    session: Session,
    content: Content,
    rng: random.Random,
    account: Account,
    journey: Journey,
    skill: float,
    at: datetime,
) -> None:
    """Answer the question that is open, rightly with probability ``skill``."""
    to = journey.standing.next
    present = journey.standing.present
    if present is None:
        return
    kind, scenario_id, scene_id = present.kind, present.waiting[0], present.scene
    if to.go is rules.Go.LOOK_BACK:
        found = rules.look_back(journey.policy, journey.tries, journey.seed, to.slug)
        if found is not None:
            kind, scenario_id, scene_id = rules.TryKind.LOOK_BACK, found, ""
    scenario = journey.policy.scenario(scenario_id)
    if scenario is None:
        return
    scene = (scenario.scene(scene_id) if scene_id else None) or scenario.scenes[0]
    chosen = choose(rng, scenario, scene, right=rng.random() < skill)
    sent = Sent(kind, present.slug, scenario.id, scene.id, chosen)
    answer(session, content, account, sent, now=at)


def choose(rng: random.Random, scenario: Scenario, scene: Scene, *, right: bool) -> tuple[str, ...]:
    """What a learner might choose, rightly or wrongly."""
    if scenario.kind is Kind.MULTIPLE:
        wanted = {o.id for o in scene.options if o.correct}
        if not right:
            wanted ^= {rng.choice([o.id for o in scene.options])}
        return tuple(sorted(wanted)) or (scene.options[0].id,)
    good = [
        o.id for o in scene.options if o.correct or o.outcome is Outcome.GOOD or (right and o.next)
    ]
    poor = [o.id for o in scene.options if o.id not in good] or good
    return (rng.choice(good or poor) if right else rng.choice(poor),)
