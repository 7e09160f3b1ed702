"""Who is measured: the demo institute, of whom 500 are one cohort, and learners who answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from induction import create_app
from induction.audit.act import SYSTEM, Act
from induction.audit.batch import Batch
from induction.config import Settings
from induction.curriculum.model import Policy
from induction.database import utc_now, writing
from induction.enrolment.enrolling import NewLearner, take_in
from induction.extensions import db
from induction.people import cohorts
from induction.people.models import Account, Cohort, Membership, Role, has_role
from induction.people.passwords import hash_password
from induction.policy.store import content
from induction.progress import keeping
from tests.bench.multiplied import multiply, tidy

PASSWORD = "quiet-harbour-lantern-42"
COHORT_SIZE = 500
PAGE_OF = 25
ANSWERING = 24  # each has some twenty answers to give; a usual run asks for 220


@dataclass(frozen=True)
class Institute:
    """How to reach everyone."""

    settings: Mapping[str, str]
    policy: Policy
    tutor: str
    compliance: str
    answering: tuple[str, ...]
    cohort: str  # the large one's id in addresses


def build(
    folder: Path, learners: int = COHORT_SIZE, *, answering: int = ANSWERING, database: str = ""
) -> Institute:
    """Make the database of an instance folder and fill it, through the application's functions."""
    settings = {"INDUCTION_INSTANCE": str(folder), "DATABASE_URL": database}
    app = create_app(Settings.from_environment(settings))
    with app.app_context():
        upgrade()
    _load_demo(app, learners)
    with app.app_context():
        policy = content().policy
        with writing() as session:
            cohort = _large_cohort(session)
            names = tuple(_learner(session, policy, f"answering{n}") for n in range(answering))
            _know_password(session, names, (Role.TUTOR, Role.COMPLIANCE, Role.ADMIN, Role.HEAD))
            found = Institute(
                settings,
                policy,
                tutor=_of(session, Role.TUTOR).email,
                compliance=_of(session, Role.COMPLIANCE).email,
                answering=names,
                cohort=cohort.public_id,
            )
        keeping.settle_all()  # as the worker does in the next seconds
        db.engine.dispose()
    return found


def kept(folder: Path, learners: int = COHORT_SIZE, *, database: str = "") -> Institute:
    """The same, made once: the next time it is brought up to date and used again.

    A large one is the small one many times over.
    """
    facts = folder / "institute.json"
    if not facts.exists():
        found = build(folder, database=database)
        app = create_app(Settings.from_environment(found.settings))
        with app.app_context():
            if learners > COHORT_SIZE:
                multiply(learners)
            keeping.settle_all()
            tidy()
            db.engine.dispose()
        known = {one.name: getattr(found, one.name) for one in fields(found)}
        facts.write_text(json.dumps(known | {"policy": None}, default=list))
        return found
    known = json.loads(facts.read_text())
    app = create_app(Settings.from_environment(known["settings"]))
    with app.app_context():
        upgrade()
        keeping.settle_all()
        tidy()
        known |= {"policy": content().policy, "answering": tuple(known["answering"])}
        db.engine.dispose()
    return Institute(**known)


def _load_demo(app: Flask, learners: int) -> None:
    result = app.test_cli_runner().invoke(
        args=["demo", "load", "--learners", str(learners), "--plain", "--no-pdf", "--json"]
    )
    if result.exit_code != 0:
        raise RuntimeError(f"flask demo load failed:\n{result.output}") from result.exception


def _of(session: Session, role: Role) -> Account:
    return session.scalars(
        select(Account).where(has_role(role)).order_by(Account.id)
    ).first() or _missing(role)


def _missing(role: Role) -> Account:
    raise RuntimeError(f"the demo institute has no {role.value}")


def _large_cohort(session: Session) -> Cohort:
    """The first 500 learners, at every stage, as one cohort."""
    cohort = cohorts.create(
        Act(session, SYSTEM, utc_now()), cohorts.CohortFacts("Five hundred", "Bricklaying")
    )
    cohorts.add_tutor(session, cohort, _of(session, Role.TUTOR))
    first = select(Membership.id).order_by(Membership.id).limit(COHORT_SIZE)
    session.execute(update(Membership).where(Membership.id.in_(first)).values(cohort_id=cohort.id))
    return cohort


def _learner(session: Session, policy: Policy, name: str) -> str:
    values = {
        "email": f"{name}@bench.example",
        "full_name": f"Learner {name.title()}",
        "learner_ref": f"B-{name}",
        "audience": "learner",
        "demo": True,
    }
    with Batch(Act(session, SYSTEM, utc_now())) as entries:
        (account,) = take_in(entries, policy, [NewLearner(values)], how="demo")
    return account.email


def _know_password(session: Session, learners: tuple[str, ...], roles: tuple[Role, ...]) -> None:
    known = hash_password(PASSWORD)
    accounts = session.scalars(
        select(Account).where(Account.email.in_(learners) | or_(*map(has_role, roles)))
    )
    for account in accounts:
        account.password_hash = known
