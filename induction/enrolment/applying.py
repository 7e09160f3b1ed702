"""Carrying out an import: accounts, cohorts, enrolments and their audit entries, all or nothing."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.curriculum.model import Policy
from induction.database import new_public_id
from induction.enrolment.import_plan import ImportPlan, PlannedRow
from induction.institute import institute
from induction.journey import rules
from induction.journey.models import Enrolment, Progress
from induction.mail import outbox
from induction.people import cohorts, links, sessions
from induction.people.models import Account, Cohort, CohortTutor, Membership, Role

CHUNK = 1000


@dataclass
class _Work:
    """What one import needs at hand while it runs."""

    session: Session
    policy: Policy
    actor: str
    now: datetime
    tick: Callable[[], None]
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    acts: list[tuple[Action, str, dict[str, Any], dict[str, Any], int | None]] = field(
        default_factory=list
    )

    def note(
        self,
        action: Action,
        subject: str,
        details: dict[str, Any],
        personal: dict[str, Any] | None = None,
        account_id: int | None = None,
    ) -> None:
        """Remember an act; all are chained together at the end."""
        self.acts.append((action, subject, details, personal or {}, account_id))


def carry_out(
    session: Session,
    policy: Policy,
    roll: ImportPlan,
    data: bytes,
    *,
    actor: str,
    now: datetime,
    tick: Callable[[], None] = lambda: None,
) -> list[Account]:
    """Write what the roll says, in the caller's transaction; returns the new accounts."""
    work = _Work(session, policy, actor, now, tick)
    _ready_cohorts(work, roll)
    new = roll.of("new")
    made: list[Account] = []
    for start in range(0, len(new), CHUNK):
        made += _add(work, new[start : start + CHUNK])
    for entry in roll.of("changed"):
        _change(work, entry)
        tick()
    for _ in roll.of("same"):
        tick()
    if new or roll.of("changed") or roll.new_cohorts:
        counts = {**roll.counts(), "sha256": hashlib.sha256(data).hexdigest()}
        work.note(Action.PEOPLE_IMPORTED, f"import:{now:%Y%m%dT%H%M%S}", counts)
    batch = Batch(Act(session, actor, now))
    for action, subject, details, personal, account_id in work.acts:
        batch.record(action, subject, personal=personal, account_id=account_id, **details)
    batch.write()
    return made


def _ready_cohorts(work: _Work, roll: ImportPlan) -> None:
    """Make the cohorts that are new, and let the tutors named look after theirs."""
    for name in roll.new_cohorts:
        made = cohorts.create(work.session, name, actor=work.actor, now=work.now)
        work.cohorts[name] = made
    named = {e.person.cohort for e in roll.entries} & roll.cohorts.keys()
    ids = [roll.cohorts[name].id for name in named]
    for cohort in work.session.scalars(select(Cohort).where(Cohort.id.in_(ids))):
        work.cohorts[cohort.name] = cohort
    wanted = {
        (work.cohorts[e.person.cohort].id, roll.tutors[e.person.tutor_email])
        for e in roll.entries
        if e.person.tutor_email
    }
    there = set(work.session.execute(select(CohortTutor.cohort_id, CohortTutor.account_id)))
    missing = sorted(wanted - there)
    if missing:
        rows = [{"cohort_id": cohort, "account_id": tutor} for cohort, tutor in missing]
        work.session.execute(insert(CohortTutor), rows)
    by_id = {cohort.id: cohort for cohort in work.cohorts.values()}
    for cohort_id in sorted({cohort for cohort, _ in missing}):
        subject = f"cohort:{by_id[cohort_id].public_id}"
        work.note(Action.COHORT_CHANGED, subject, {"fields": ["tutors"]})


def _add(work: _Work, entries: Sequence[PlannedRow]) -> list[Account]:
    people = [e.person for e in entries]
    accounts = list(
        work.session.scalars(
            insert(Account).returning(Account, sort_by_parameter_order=True),
            [
                {
                    "public_id": new_public_id(),
                    "email": p.email,
                    "full_name": p.full_name,
                    "role": Role.LEARNER.value,
                    "learner_ref": p.learner_ref,
                    "audience": p.audience or "learner",
                    "uln": p.uln or None,
                    "comfort": {},
                    "created_at": work.now,
                }
                for p in people
            ],
        )
    )
    joined = []
    for person, account in zip(people, accounts, strict=True):
        work.note(
            Action.ACCOUNT_CREATED,
            account.actor,
            {"role": account.role, "how": "import"},
            {"email": account.email, "name": account.full_name},
            account.id,
        )
        cohort = work.cohorts.get(person.cohort)
        if cohort is not None:
            joined.append({"account_id": account.id, "cohort_id": cohort.id, "joined_at": work.now})
            work.note(Action.COHORT_JOINED, account.actor, {"cohort": cohort.public_id})
        work.tick()
    if joined:
        work.session.execute(insert(Membership), joined)
    _enrol(work, accounts, [e.due_on for e in entries])
    return accounts


def _enrol(work: _Work, accounts: Sequence[Account], due: Sequence[date | None]) -> None:
    enrolments = work.session.execute(
        insert(Enrolment).returning(
            Enrolment.id, Enrolment.public_id, sort_by_parameter_order=True
        ),
        [
            {
                "public_id": new_public_id(),
                "account_id": account.id,
                "policy": work.policy.slug,
                "seed": secrets.token_hex(16),
                "due_on": on,
                "enrolled_at": work.now,
            }
            for account, on in zip(accounts, due, strict=True)
        ],
    ).all()
    summaries = []
    for account, enrolment in zip(accounts, enrolments, strict=True):
        steps = len(work.policy.sections_for(account.audience)) + 1
        state = rules.LearnerState.NOT_STARTED.value
        summaries.append({"enrolment_id": enrolment.id, "state": state, "steps": steps})
        details = {"policy": work.policy.slug, "account": account.public_id}
        work.note(Action.ENROLLED, f"enrolment:{enrolment.public_id}", details)
    work.session.execute(insert(Progress), summaries)


_COLUMNS = {"learner_ref", "full_name", "email", "audience", "uln"}


def _change(work: _Work, entry: PlannedRow) -> None:
    known, person = entry.known, entry.person
    if known is None:
        return
    account = work.session.get_one(Account, known.account_id)
    fields = {name: after for name, _, after in entry.changes}
    columns = {name: value for name, value in fields.items() if name in _COLUMNS}
    if columns:
        work.session.execute(update(Account).where(Account.id == account.id).values(columns))
        if "email" in columns:  # whoever had the old one has no way in any more
            sessions.end_all(work.session, account)
            links.end_all(work.session, account, now=work.now)
            if known.in_use:
                _tell_old_address(work, account, known.email)
        work.note(
            Action.ACCOUNT_CHANGED,
            account.actor,
            {"fields": sorted(columns)},
            {name: before for name, before, _ in entry.changes if name in columns},
            account.id,
        )
    cohort = work.cohorts.get(person.cohort)
    if "cohort" in fields and cohort is not None:
        _move(work, account, cohort)
    if "enrolled" in fields:
        _enrol(work, [account], [entry.due_on])
    elif "due_date" in fields:
        _set_due(work, account, known.due_on, person.due_on)


def _tell_old_address(work: _Work, account: Account, address: str) -> None:
    """Whoever loses their way in hears of it where they still can."""
    template = current_app.jinja_env.get_template("mail/email-changed.txt")
    subject, _, body = template.render(account=account, institute=institute()).partition("\n")
    outbox.queue(
        work.session, address, subject, body.lstrip("\n"), now=work.now, account_id=account.id
    )


def _move(work: _Work, account: Account, cohort: Cohort) -> None:
    work.session.execute(
        update(Membership)
        .where(Membership.account_id == account.id, Membership.left_at.is_(None))
        .values(left_at=work.now)
    )
    row = {"account_id": account.id, "cohort_id": cohort.id, "joined_at": work.now}
    work.session.execute(insert(Membership), row)
    work.note(Action.COHORT_JOINED, account.actor, {"cohort": cohort.public_id})


def _set_due(work: _Work, account: Account, before: date | None, after: date | None) -> None:
    public_id = work.session.execute(
        update(Enrolment)
        .where(Enrolment.account_id == account.id, Enrolment.policy == work.policy.slug)
        .values(due_on=after)
        .returning(Enrolment.public_id)
    ).scalar_one()
    details = {
        "before": before.isoformat() if before else None,
        "after": after.isoformat() if after else None,
    }
    work.note(Action.DUE_CHANGED, f"enrolment:{public_id}", details)
