"""One learner of the demo institute, who answers through ``journey.answering``, as on the pages."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.batch import Batch
from induction.demo import names
from induction.demo.plan import DOMAIN, DemoPlan, Group
from induction.enrolment.enrolling import NewLearner, take_in
from induction.extensions import db
from induction.journey import rules
from induction.journey.answering import Sent, answer_at
from induction.journey.declaring import declare, waits_for_a_word
from induction.journey.queries import Journey, load
from induction.journey.testing_out import offered
from induction.people import sessions
from induction.people.cohort_queries import tutors_of
from induction.people.models import Account, Cohort
from induction.policy.store import Content
from induction.practice.keeping import keep_changes, keep_done
from induction.tutoring.acts import Case, had_a_word

CHANGES = ("I ask everyone who can be seen before I film.", "Twice a year I search for my name.")
TALKED = "We went through three of the situations. They know the rules, and had read them before."
BEFORE_A_TALK = timedelta(hours=3)
STUCK_AT = 3  # the section that some do not get past
HURRIED, KNOWING = 7, 3  # of every thirty: answers faster than reading; knows it before reading
ALL = 10_000  # answers: as many as it takes


def a_name(rng: random.Random) -> str:
    """A first name and a last name."""
    return f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}"


def email_of(index: int) -> str:
    """The address of the learner with this number, from 0."""
    return f"learner{index + 1}@{DOMAIN}"


def reference_of(index: int) -> str:
    """The reference of the learner with this number, from 0."""
    return f"L{100001 + index}"


def live(content: Content, plan: DemoPlan, rng: random.Random, group: Group, index: int) -> None:
    """Enrol a learner, and let them get as far as they get."""
    joined = plan.now - timedelta(weeks=group.weeks_ago)
    with acting(SYSTEM, joined) as act:
        account = enrol(act, content, rng, group, index)
    pupil = Pupil(account, fate_of(plan, rng, index), rng)
    begun = first_day(plan, rng, joined)
    with acting(account, begun) as act:
        held = get_on(act, content, plan, pupil)
    if held and pupil.fate.talked:
        _talk(content, plan, pupil, group.cohort, begun + BEFORE_A_TALK)


def enrol(act: Act, content: Content, rng: random.Random, group: Group, index: int) -> Account:
    """A learner of this cohort, with this number."""
    values = {
        "email": email_of(index), "full_name": a_name(rng), "learner_ref": reference_of(index),
        "audience": group.audience, "demo": True,
    }  # fmt: skip
    learner = NewLearner(values, group.cohort, seed=f"{rng.getrandbits(128):032x}")
    with Batch(act) as entries:
        (account,) = take_in(entries, content.policy, [learner], how="demo")
    return account


@dataclass(frozen=True, slots=True)
class Fate:
    """How far a learner gets."""

    done: bool
    stuck: bool
    answers: int  # at most
    skill: float
    hurried: bool = False
    talked: bool = False  # with their tutor, about having been so quick
    knows: bool = False  # would rather be asked than read, where the institute lets them

    def skill_at(self, section: int) -> float:
        """How likely a right decision is in this section."""
        return 0.0 if self.stuck and section >= STUCK_AT else self.skill


def fate_of(plan: DemoPlan, rng: random.Random, index: int) -> Fate:
    """Done, stuck, all but the declaration, under way, or not begun."""
    hurried, knows = index % 30 == HURRIED, index % 30 == KNOWING
    done = rng.random() < plan.completed or hurried or knows
    stuck, nearly = not done and index % 7 == 4, not done and index % 11 == 6
    some = rng.choice((0, 0, 3, 9, 15, 22, 31, 40))
    answers = ALL if done or stuck or nearly else some
    talked = hurried and index // 30 % 2 == 0
    return Fate(done, stuck, answers, 0.9 if done else 0.75, hurried, talked, knows)


def first_day(plan: DemoPlan, rng: random.Random, joined: datetime) -> datetime:
    """When a learner begins: some at once, some weeks later, none in the last hours."""
    latest = plan.now - timedelta(hours=4)
    days = rng.randrange(1, max(5, (plan.now - joined).days * 2 // 3))
    return min(joined + timedelta(days=days, hours=rng.randrange(9)), latest)


@dataclass(frozen=True, slots=True)
class Pupil:
    """A learner, how far they get, and their chances on the way."""

    account: Account
    fate: Fate
    rng: random.Random


def get_on(act: Act, content: Content, plan: DemoPlan, pupil: Pupil) -> bool:
    """Answer on and on, some seconds after one another; then sign.

    Returns whether the certificate is held, since a tutor is to have a word first.
    """
    account, fate = pupil.account, pupil.fate
    for _ in range(fate.answers):
        journey = load(act.session, content, account.id)
        if journey is None or journey.standing.present is None:
            break
        present = journey.standing.present
        if fate.stuck and present.failed_tries >= rules.STUCK_AFTER:
            break
        seconds = pupil.rng.randrange(15, 70)
        act = replace(act, now=act.now + timedelta(seconds=2 if fate.hurried else seconds))
        sessions.first_time(act, account)
        _decide(act, content, pupil, journey)
        act.session.flush()
    else:
        return False
    if journey is None or not fate.done:
        return False
    signing = replace(act, now=act.now + timedelta(minutes=1))
    if journey.learner.signed is None:
        _practise(signing, content, account)
    if waits_for_a_word(journey, plan.issuer):
        return True
    declare(signing, content, account, account.full_name, plan.issuer)
    return False


def _talk(content: Content, plan: DemoPlan, pupil: Pupil, cohort: Cohort, at: datetime) -> None:
    """Their tutor has a word with them, and they sign."""
    account, session = pupil.account, db.session()
    tutor = session.get_one(Account, tutors_of(session, cohort.id)[0].id)
    with acting(tutor, at) as act:
        had_a_word(act, Case(content, account, TALKED))
    with acting(account, at + timedelta(minutes=20)) as act:
        declare(act, content, account, account.full_name, plan.issuer)


def _practise(act: Act, content: Content, account: Account) -> None:
    """Tick all but the last thing of each *Do it now*, and write down what to change."""
    for section in content.policy.sections_for(account.audience):
        if section.do_now:
            done = [deed.id for deed in section.do_now[:-1]]
            keep_done(act, content, account, section.slug, done)
    keep_changes(act, content, account, CHANGES)


def _decide(act: Act, content: Content, pupil: Pupil, journey: Journey) -> None:
    """Answer the question that is open, as rightly as they are skilled."""
    to = journey.standing.next
    present = journey.standing.present
    if present is None:
        return
    kind, scenario_id, scene_id = present.kind, present.waiting[0], present.scene
    unread = offered(journey, present) if pupil.fate.knows else None
    if unread is not None:
        scenario_id, scene_id = unread.asked[0], ""
    elif to.go is rules.NextKind.LOOK_BACK:
        found = rules.look_back(journey.policy, journey.learner, to.slug)
        if found is not None:
            kind, scenario_id, scene_id = rules.AttemptKind.LOOK_BACK, found, ""
    scenario = journey.policy.scenario(scenario_id)
    if scenario is None:
        return
    scene = (scenario.scene(scene_id) if scene_id else None) or scenario.scenes[0]
    rng, right = pupil.rng, pupil.rng.random() < pupil.fate.skill_at(present.number)
    chosen = rng.choice(scenario.right_choices(scene) if right else scenario.wrong_choices(scene))
    number = unread.number if unread else None
    sent = Sent(kind, present.slug, scenario.id, scene.id, chosen, number)
    answer_at(act, content, journey, sent)
