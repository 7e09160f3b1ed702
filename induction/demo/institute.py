"""Making the demo institute: staff, cohorts, and learners at every stage."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.administration import settings_changes
from induction.approvals import asking
from induction.audit.act import SYSTEM, Act, acting
from induction.audit.batch import Batch
from induction.demo import names
from induction.demo.copies import copy_learners
from induction.demo.earlier_versions import BEGUN, first_version, later_versions
from induction.demo.learner_profiles import a_name, live
from induction.demo.plan import DOMAIN, STARTED_WEEKS_AGO, DemoPlan, Group
from induction.demo.revisits import revisit
from induction.enrolment.enrolling import NewLearner, take_in
from induction.extensions import db
from induction.people import cohorts, ending
from induction.people.accounts import create
from induction.people.models import Account, Role
from induction.people.passwords import hash_password
from induction.personal_data import approving
from induction.policy.store import Content
from induction.progress import keeping
from induction.uk_time import uk_day

IN_COHORT = 25
NEWCOMERS = 2  # the number of their cohort, from 0
COHORTS_OF_A_TUTOR = 8
AUDITED_FOR = timedelta(days=360)  # from when the institute was set up
SET_UP, SET_UP_PLAIN = timedelta(weeks=30), timedelta(weeks=12)  # ago


class PeopleExist(Exception):
    """The database holds people who are not of the demo institute."""


def refuse_real_people(session: Session) -> None:
    """Raise PeopleExist where anyone is real."""
    if session.scalar(select(Account.id).where(Account.demo.is_(False)).limit(1)):
        raise PeopleExist


def load_institute(
    content: Content, plan: DemoPlan, passwords: dict[str, str], tick: Callable[[], None]
) -> None:
    """Make staff, cohorts and learners; ``tick`` is called after each learner."""
    rng = random.Random(plan.seed)  # noqa: S311  a reproducible choice, not a secret
    # With its stories a certificate waits while a tutor is to have a word: there is one to look at.
    plan = replace(plan, issuer=replace(plan.issuer, word_first=plan.stories))
    with acting(SYSTEM, plan.now - (SET_UP if plan.stories else SET_UP_PLAIN)) as act:
        changed = {**names.WHOM_TO_TELL, "test_out": names.MAY_TEST_OUT, "word_first": plan.stories}
        settings_changes.change(act, changed)
        tutors = _staff(act, passwords)
        groups = [
            _group(act, plan, number, name, tutors[0 if number < 2 else 1])
            for number, (name, _, _) in enumerate(names.COHORTS)
        ]
        # Whoever has been the learner to sign in as looks for that learner as the tutor next.
        cohorts.add_tutor(act.session, groups[NEWCOMERS].cohort, tutors[0])
        last_year = _last_years(act, plan, tutors[0]) if plan.stories else None
        if plan.learners > plan.originals:
            groups += _more_cohorts(act, plan, rng)
    history = first_version(content, plan, last_year) if last_year else None
    if history:
        later_versions(content, plan, history)
    for index in range(min(plan.learners, plan.originals)):
        live(content, plan, rng, groups[index % len(groups)], index)
        tick()
    copy_learners(plan, rng, groups, range(plan.originals, plan.learners), tick)
    revisit(content, plan)
    with acting(SYSTEM, plan.now) as act:
        _newcomer(act, content, passwords["learner"], groups[NEWCOMERS])
    _asked_for(plan)
    keeping.settle_all()


def _staff(act: Act, passwords: dict[str, str]) -> list[Account]:
    """Everybody with a role; returns the tutors."""

    def staff(name: str, role: Role, email: str) -> Account:
        account = create(act, role, f"{email}@{DOMAIN}", name, how="demo", demo=True)
        account.audience = "staff"
        account.password_hash = hash_password(passwords[role.value])
        account.first_signed_in_at = act.now
        return account

    tutors = [
        staff(name, Role.TUTOR, f"tutor{'' if i == 0 else i + 1}")
        for i, name in enumerate(names.TUTORS)
    ]
    staff(names.HEAD, Role.HEAD, "head")
    staff(names.SAFEGUARDING, Role.SAFEGUARDING, "safeguarding")
    staff(names.SECOND_READER, Role.SECOND_READER, "second-reader")
    staff(names.COMPLIANCE, Role.COMPLIANCE, "compliance")
    staff(names.SECOND_OFFICER, Role.COMPLIANCE, "compliance2")
    staff(names.DATA_PROTECTION, Role.DATA_PROTECTION, "data-protection")
    auditor = staff(names.AUDITOR, Role.AUDITOR, "auditor")
    ending.end_after(act, auditor, uk_day(act.now) + AUDITED_FOR)
    staff(names.ADMIN, Role.ADMIN, "admin")
    return tutors


def _last_years(act: Act, plan: DemoPlan, tutor: Account) -> Group:
    """The cohort that learnt the policy as it was before it changed."""
    name, programme, kind = names.LAST_YEAR
    starts = uk_day(plan.now - BEGUN)
    cohort = cohorts.create(act, cohorts.CohortFacts(name, programme, starts, None))
    cohorts.add_tutor(act.session, cohort, tutor)
    return Group(cohort, kind)


def _asked_for(plan: DemoPlan) -> None:
    """What one officer asked for: a copy that the other has not decided, and letting go, confirmed.

    Nothing here is past its time, so nothing goes when its day comes.
    """
    session = db.session()
    first, second, newcomer = (
        session.scalars(select(Account).where(Account.email == f"{who}@{DOMAIN}")).one()
        for who in ("compliance", "compliance2", "learner")
    )
    with acting(first, plan.now) as act:
        wish = approving.request_for(act.session, newcomer, "They asked for it by letter.")
        asking.ask(act, approving.ACCESS, wish)
        wish = approving.request_for(act.session, None, "The yearly look at what is kept too long.")
        yearly = asking.ask(act, approving.RETENTION, wish)
    with acting(second, plan.now) as act:
        asking.confirm(act, yearly, approving.RETENTION)


def _more_cohorts(act: Act, plan: DemoPlan, rng: random.Random) -> list[Group]:
    """Cohorts like the first ones, with further tutors who look after eight each."""
    groups: list[Group] = []
    kinds = len(names.COHORTS)
    # As many of each kind: learners are dealt out in turns, and so are kinds.
    last = max(plan.learners // IN_COHORT // kinds, 1) * kinds
    for first in range(kinds, last, COHORTS_OF_A_TUTOR):
        tutor = create(
            act, Role.TUTOR, f"tutor-of-group-{first + 1}@{DOMAIN}", a_name(rng),
            how="demo", demo=True,
        )  # fmt: skip
        tutor.audience = "staff"
        for number in range(first, min(first + COHORTS_OF_A_TUTOR, last)):
            name = f"{names.COHORTS[number % kinds][0]}, group {number + 1}"
            groups.append(_group(act, plan, number, name, tutor))
    return groups


def _group(act: Act, plan: DemoPlan, number: int, name: str, tutor: Account) -> Group:
    """The cohort with this number, from 0: its kind follows from it."""
    kind = number % len(names.COHORTS)
    programme = names.COHORTS[kind][1]
    starts = uk_day(plan.now - timedelta(weeks=STARTED_WEEKS_AGO[kind]))
    facts = cohorts.CohortFacts(name, programme, starts, starts + timedelta(weeks=6))
    cohort = cohorts.create(act, facts)
    cohorts.add_tutor(act.session, cohort, tutor)
    return Group(cohort, kind)


def _newcomer(act: Act, content: Content, password: str, group: Group) -> None:
    """The learner to sign in as: nothing done yet."""
    values = {
        "email": f"learner@{DOMAIN}", "full_name": names.NEWCOMER, "learner_ref": "L100000",
        "audience": "apprentice", "demo": True, "password_hash": hash_password(password),
        "first_signed_in_at": act.now,
    }  # fmt: skip
    due = uk_day(act.now) + timedelta(weeks=3)
    learner = NewLearner(values, group.cohort, due)
    with Batch(act) as entries:
        take_in(entries, content.policy, [learner], how="demo")
