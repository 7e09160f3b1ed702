"""Carrying out an import: accounts, cohorts, enrolments and their audit entries, all or nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks
from induction.enrolment import setting_dates
from induction.enrolment.enrolling import AT_ONCE, Joiner, NewLearner, enrol, take_in
from induction.enrolment.import_plan import ImportPlan
from induction.enrolment.planned_rows import DUE, PlannedRow
from induction.journey import summaries
from induction.people import cohorts, details
from induction.people.learner_fields import WORDS
from induction.people.models import Account, Cohort, CohortTutor
from induction.policy.store import Content


@dataclass(frozen=True, slots=True)
class SourceFile:
    """The file that a list was read from, and how many of its rows were corrected afterwards."""

    sha256: str
    mended: int = 0


@dataclass
class _Work:
    """What one import needs at hand while it runs."""

    entries: Batch
    content: Content
    how: str
    tick: Callable[[], None]
    cohorts: dict[str, Cohort] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.entries.act.session

    @property
    def now(self) -> datetime:
        return self.entries.act.now


def carry_out(
    act: Act,
    content: Content,
    roll: ImportPlan,
    *,
    origin: SourceFile | None = None,
    how: str = "import",
    tick: Callable[[], None] = lambda: None,
) -> list[Account]:
    """Write what the roll says, all or nothing; returns the new accounts.

    ``origin`` is the file it was read from; there is none where a form was filled in.
    """
    work = _Work(Batch(act), content, how, tick)
    _ready_cohorts(work, roll)
    new = roll.of("new")
    made: list[Account] = []
    for some in chunks(new, AT_ONCE):
        made += _add(work, some)
    for rows in chunks(roll.of("changed")):
        _change(work, rows)
    for _ in roll.of("same"):
        tick()
    if origin and (new or roll.of("changed") or roll.new_cohorts):
        told: dict[str, Any] = {**roll.counts(), **asdict(origin)}
        work.entries.record(Action.PEOPLE_IMPORTED, f"import:{act.now:%Y%m%dT%H%M%S}", **told)
    work.entries.write()
    return made


def _ready_cohorts(work: _Work, roll: ImportPlan) -> None:
    """Make the cohorts that are new, and let the tutors named look after theirs."""
    for name in roll.new_cohorts:
        work.cohorts[name] = cohorts.create(work.entries.act, cohorts.CohortFacts(name))
    listed = {name for e in roll.entries for name in (e.person.cohort, *e.person.also_in)}
    named = listed & roll.cohorts.keys()
    for ids in chunks([roll.cohorts[name].id for name in named]):
        for cohort in work.session.scalars(select(Cohort).where(Cohort.id.in_(ids))):
            work.cohorts[cohort.name] = cohort
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for entry in roll.entries:
        if entry.person.tutor_email:
            wanted[entry.person.cohort].add(roll.tutors[entry.person.tutor_email])
    there = _tutors_of(work.session, [work.cohorts[name].id for name in wanted])
    for name, tutors in sorted(wanted.items()):
        cohort = work.cohorts[name]
        cohorts.set_tutors(work.entries.act, cohort, there[cohort.id] | tutors)


def _tutors_of(session: Session, ids: Sequence[int]) -> defaultdict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    query = select(CohortTutor.cohort_id, CohortTutor.account_id)
    for some in chunks(ids):
        for cohort_id, tutor in session.execute(query.where(CohortTutor.cohort_id.in_(some))):
            found[cohort_id].add(tutor)
    return found


def to_invite(act: Act, roll: ImportPlan, made: Sequence[Account]) -> list[Account]:
    """Once a roll is carried out, whoever gets an invitation: new people, and those without one."""
    ids = [entry.known.account_id for entry in roll.to_invite if entry.known]
    known = [
        account
        for some in chunks(ids)
        for account in act.session.scalars(select(Account).where(Account.id.in_(some)))
    ]
    return [*made, *known]


def _add(work: _Work, entries: Sequence[PlannedRow]) -> list[Account]:
    learners = [
        NewLearner(
            {name: fact or None for name, fact in p.facts.items()}
            | {"audience": p.facts["audience"] or "learner"},
            cohort=work.cohorts.get(p.cohort),
            due_on=p.due_on,
        )
        for p in (e.person for e in entries)
    ]
    made = take_in(work.entries, work.content.policy, learners, how=work.how)
    _join_also(work, zip(made, entries, strict=True))
    for _ in made:
        work.tick()
    return made


def _change(work: _Work, entries: Sequence[PlannedRow]) -> None:
    """Carry out what changes for people who are there."""
    ids = [entry.known.account_id for entry in entries if entry.known]
    query = select(Account).where(Account.id.in_(ids))
    accounts = {account.id: account for account in work.session.scalars(query)}
    rows = [(accounts[entry.known.account_id], entry) for entry in entries if entry.known]
    facts = [
        (account, {name: after for name, _, after in entry.changes if name in WORDS})
        for account, entry in rows
    ]
    details.change_all(work.entries, [(account, those) for account, those in facts if those])
    others = [account for account, those in facts if "audience" in those]
    summaries.refresh(work.session, work.content, others)
    for _ in rows:
        work.tick()
    _place(work, rows)


def _place(work: _Work, rows: Sequence[tuple[Account, PlannedRow]]) -> None:
    """The cohorts and due dates that the rows name, or that follow from them."""
    slug, moving, joining, dated = work.content.slug, [], [], []
    for account, entry in rows:
        changed, person = {name for name, _, _ in entry.changes}, entry.person
        if "cohort" in changed and (cohort := work.cohorts.get(person.cohort)):
            moving.append((account, cohort))
        if "enrolled" in changed:
            joining.append(Joiner(account, person.due_on))
        elif DUE in changed and person.due_on:
            dated.append((account, person.due_on))
    setting_dates.move(work.entries, slug, moving)
    _join_also(work, rows)
    enrol(work.entries, work.content.policy, joining)
    setting_dates.give_all(work.entries, slug, dated)


def _join_also(work: _Work, rows: Iterable[tuple[Account, PlannedRow]]) -> None:
    """The further cohorts of people whom the list names once for each."""
    joining = [
        (account, cohort)
        for account, entry in rows
        for name in entry.person.also_in
        if (cohort := work.cohorts.get(name))
    ]
    if joining:
        cohorts.join_also(work.entries, joining)
