"""A large demo institute in minutes: lives in memory, rows and audit entries in batches.

It writes what the functions of the pages write; only the way into the database is shorter.
"""

import gc
import hashlib
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.chain import canonical
from induction.audit.record import SYSTEM
from induction.certificates.issue import composed
from induction.certificates.models import Certificate, CertificateRecordRow, CurrentCertificate
from induction.certificates.number import new_number
from induction.curriculum.model import Scenario
from induction.database import new_public_id, writing
from induction.demo import names
from induction.demo.institute import (
    DOMAIN,
    STARTED_WEEKS_AGO,
    Plan,
    fate_of,
    first_day,
    newcomer,
    staff_and_cohorts,
)
from induction.demo.lives import Life
from induction.journey import rules
from induction.journey.content import Content
from induction.journey.declaring import facts_of
from induction.journey.models import Answer, Attempt, Declaration, Enrolment, Progress
from induction.journey.queries import Journey
from induction.people import cohorts
from induction.people.accounts import create
from induction.people.models import Account, Cohort, Membership, Role

LARGE = 500  # learners; up to here everyone goes through the functions of the pages
IN_COHORT = 25
COHORTS_OF_A_TUTOR = 8
AT_ONCE = 500  # learners in one transaction
INDEXES_KIB = 400_000

# In the order in which rows may refer to each other.
_TABLES = (
    Account, Membership, Enrolment, Progress, Attempt, Answer, Declaration, Certificate,
    CertificateRecordRow, CurrentCertificate,
)  # fmt: skip


@dataclass
class _Writer:
    """Collects the rows and acts of some learners, with ids that continue those there are."""

    session: Session
    content: Content
    plan: Plan
    acts: Batch
    rows: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    last_ids: dict[Any, int] = field(default_factory=dict)

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Every scenario by its id."""
        return {q.id: q for s in self.content.policy.sections for q in s.scenarios}

    def add(self, model: Any, **values: Any) -> int:
        """One row; returns its id where the table counts its rows."""
        if "id" in model.__table__.columns:
            if model not in self.last_ids:
                self.last_ids[model] = self.session.scalar(select(func.max(model.id))) or 0
            self.last_ids[model] += 1
            values["id"] = self.last_ids[model]
        self.rows[model].append(values)
        return int(values.get("id", 0))

    def write(self) -> None:
        """All rows, then all acts."""
        for model in _TABLES:
            table: Table = model.__table__
            if self.rows[model]:
                self.session.execute(insert(table), self.rows[model])
        self.acts.write()
        if self.session.get_bind().dialect.name == "postgresql":
            for model in self.last_ids:
                name = model.__tablename__
                self.session.execute(
                    text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), :last)"),
                    {"last": self.last_ids[model]},
                )


def load_large_institute(
    content: Content, plan: Plan, passwords: dict[str, str], tick: Callable[[], None]
) -> None:
    """Staff, cohorts of 25 and learners; ``tick`` is called after each learner."""
    rng = random.Random(plan.seed)  # noqa: S311  a reproducible choice, not a secret
    with writing() as session:
        groups = staff_and_cohorts(session, plan, passwords)
        groups += _more_cohorts(session, plan, len(groups))
        content.keep(session, now=plan.now)
    gc.disable()  # what is collected lives until it is written: there is no rubbish to look for
    try:
        _load_learners(content, plan, rng, groups, tick)
    finally:
        gc.enable()
    with writing() as session:
        newcomer(session, content, plan, passwords["learner"], groups[2][0])


def _load_learners(
    content: Content,
    plan: Plan,
    rng: random.Random,
    groups: list[tuple[Cohort, str]],
    tick: Callable[[], None],
) -> None:
    for start in range(0, plan.learners, AT_ONCE):
        with writing() as session:
            if session.get_bind().dialect.name == "sqlite":  # the indexes stay in memory
                session.execute(text(f"PRAGMA cache_size = -{INDEXES_KIB}"))
            writer = _Writer(session, content, plan, Batch(session))
            for index in range(start, min(start + AT_ONCE, plan.learners)):
                cohort, audience = groups[index % len(groups)]
                _learner(writer, rng, index, cohort, audience)
                tick()
            writer.write()
        gc.collect()


def _weeks_ago(number: int) -> int:
    return STARTED_WEEKS_AGO[number % len(STARTED_WEEKS_AGO)]


def _more_cohorts(session: Session, plan: Plan, there: int) -> list[tuple[Cohort, str]]:
    """Cohorts like the first ones, with further tutors who look after eight each."""
    groups: list[tuple[Cohort, str]] = []
    tutor: Account | None = None
    for number in range(there, max(there, plan.learners // IN_COHORT)):
        name, programme, audience = names.COHORTS[number % len(names.COHORTS)]
        starts = (plan.now - timedelta(weeks=_weeks_ago(number))).date()
        cohort = cohorts.create(
            session, f"{name}, group {number + 1}", programme=programme, starts_on=starts,
            due_on=starts + timedelta(weeks=6), actor=SYSTEM, now=plan.now - timedelta(weeks=12),
        )  # fmt: skip
        if tutor is None or number % COHORTS_OF_A_TUTOR == 0:
            tutor = create(
                session, f"tutor-of-group-{number + 1}@{DOMAIN}", _name(random.Random(number)),  # noqa: S311
                Role.TUTOR, how="demo", actor=SYSTEM, now=plan.now - timedelta(weeks=12),
                audience="staff", demo=True,
            )  # fmt: skip
        cohorts.add_tutor(session, cohort, tutor)
        groups.append((cohort, audience))
    return groups


def _name(rng: random.Random) -> str:
    return f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}"


def _learner(
    writer: _Writer, rng: random.Random, index: int, cohort: Cohort, audience: str
) -> None:
    plan, policy = writer.plan, writer.content.policy
    joined = plan.now - timedelta(weeks=_weeks_ago(index))
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "email": f"learner{index + 1}@{DOMAIN}",
        "full_name": _name(rng),
        "role": Role.LEARNER.value,
        "learner_ref": f"L{100001 + index}",
        "audience": audience,
        "demo": True,
        "created_at": joined,
    }
    account = Account(**values, id=writer.add(Account, **values))
    note = writer.acts.add
    note(
        Action.ACCOUNT_CREATED, account.actor, actor=SYSTEM, now=joined,
        details={"role": account.role, "how": "demo"},
        personal={"email": account.email, "name": account.full_name}, account_id=account.id,
    )  # fmt: skip
    writer.add(Membership, account_id=account.id, cohort_id=cohort.id, joined_at=joined)
    details = {"cohort": cohort.public_id}
    note(Action.COHORT_JOINED, account.actor, actor=SYSTEM, now=joined, details=details)
    public_id, seed = new_public_id(), f"{rng.getrandbits(128):032x}"
    enrolment_id = writer.add(
        Enrolment, public_id=public_id, account_id=account.id, policy=policy.slug, seed=seed,
        due_on=cohort.due_on, enrolled_at=joined,
    )  # fmt: skip
    details = {"policy": policy.slug, "account": account.public_id}
    subject = f"enrolment:{public_id}"
    note(Action.ENROLLED, subject, actor=SYSTEM, now=joined, details=details)
    fate, begins = fate_of(plan, rng, index), first_day(plan, rng, joined)
    life = Life(policy, writer.scenarios, audience, seed, fate, rng, begins)
    life.go()
    for action, said, at in life.acts:
        note(action, subject, actor=account.actor, now=at, details=said)
    _write_life(writer, life, account, cohort, (enrolment_id, public_id))


def _write_life(
    writer: _Writer, life: Life, account: Account, cohort: Cohort, enrolment: tuple[int, str]
) -> None:
    for tried in life.tries:
        attempt_id = writer.add(
            Attempt, enrolment_id=enrolment[0], kind=tried.kind.value, step=tried.step,
            number=tried.number, content=tried.content, asked=tried.asked,
            counted_of=tried.counted_of, pass_mark=tried.pass_mark, begun_at=tried.begun_at,
        )  # fmt: skip
        for given in tried.answers:
            writer.add(
                Answer, attempt_id=attempt_id, scenario=given.scenario, scene=given.scene,
                shown=given.shown, chosen=given.chosen, result=given.result,
                next_scene=given.next_scene, answered_at=given.at,
            )  # fmt: skip
    policy, tries = life.policy, tuple(life.tries)
    done = life.fate.done
    standing = rules.standing(policy, life.audience, life.seed, tries, declared=done)
    at = life.at + timedelta(minutes=1) if done else life.at
    if done:
        journey = Journey(
            enrolment[0], enrolment[1], account.id, life.audience, life.seed, cohort.due_on,
            at, None, policy, tries, (), "", None, standing,
        )  # fmt: skip
        _declare(writer, journey, account, cohort, at)
    present = standing.present
    writer.add(
        Progress,
        enrolment_id=enrolment[0],
        state=standing.state.value,
        step=present.slug if present and tries else "",
        passed=standing.passed,
        steps=len(standing.steps),
        failed_tries=present.failed_tries if present else 0,
        begun_at=tries[0].begun_at if tries else None,
        last_activity_at=at if tries else None,
        completed_at=at if done else None,
    )


def _declare(
    writer: _Writer, journey: Journey, account: Account, cohort: Cohort, at: datetime
) -> None:
    policy, plan = journey.policy, writer.plan
    writer.add(
        Declaration, enrolment_id=journey.enrolment_id, policy_version=policy.version_date,
        content=policy.digest, statements=list(policy.declaration),
        signed_name=account.full_name, signed_at=at,
    )  # fmt: skip
    writer.acts.add(
        Action.DECLARED, f"enrolment:{journey.enrolment_public_id}", actor=account.actor, now=at,
        details={"policy": policy.slug, "content": policy.digest},
        personal={"signed_name": account.full_name}, account_id=account.id,
    )  # fmt: skip
    facts = facts_of(
        writer.content, writer.session, journey, account, cohort.name, account.full_name, at
    )
    number = new_number()
    record = composed(facts, number, plan.provider, plan.base_url, now=at)
    canon, version = canonical(dict(record)), date.fromisoformat(facts.policy["version_date"])
    digest = hashlib.sha256(canon.encode()).hexdigest()
    certificate_id = writer.add(
        Certificate, number=number, account_id=account.id, enrolment_id=journey.enrolment_id,
        policy=policy.slug, policy_version=version, record_sha256=digest,
        issued_at=at.replace(microsecond=0), valid_until=None,
    )  # fmt: skip
    writer.add(
        CertificateRecordRow, certificate_id=certificate_id, name=account.full_name,
        record=canon,
    )  # fmt: skip
    writer.add(
        CurrentCertificate, account_id=account.id, policy=policy.slug, policy_version=version,
        certificate_id=certificate_id,
    )  # fmt: skip
    writer.acts.add(
        Action.CERTIFICATE_ISSUED, f"certificate:{number}", actor=account.actor, now=at,
        details={
            "policy": policy.slug,
            "version_date": facts.policy["version_date"],
            "record_sha256": digest,
        },
        personal={"name": account.full_name}, account_id=account.id,
    )  # fmt: skip
