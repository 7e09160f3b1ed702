"""Further learners of a large demo institute: copies of those who answered through the pages.

A copy is all that was written about its original, as rows of its own: under another name, in
another cohort, somewhat earlier, and with its own entries in the record of acts.
"""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, Dialect, Table, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from induction.audit.act import SYSTEM, Act
from induction.audit.batch import Batch
from induction.audit.chain import canonical
from induction.certificates.number import new_number
from induction.certificates.record import CertificateRecord
from induction.database import UtcDateTime, new_public_id, pour, writing
from induction.demo.learner_profiles import a_name, email_of, reference_of
from induction.demo.originals import COUNTED, TABLES, Key, Original, OriginalEntry, read_original
from induction.demo.plan import DemoPlan, Group
from induction.extensions import db
from induction.journey import answer_counts
from induction.journey.declaring import instant
from induction.journey.worth import Counts
from induction.names import sort_name
from induction.people.models import Membership

AT_ONCE = 5_000  # learners in one transaction
IN_MEMORY = 10_000  # acts
EARLIER = 2 * 24 * 3600  # seconds, at most
INDEXES_KIB = 250_000

# What a copy has of its own: by table and column in rows, by word in acts.
_OWN_COLUMNS = {
    "account.public_id", "account.email", "account.full_name", "account.sort_name",
    "account.learner_ref",
    "membership.cohort_id", "enrolment.public_id", "enrolment.due_on", "declaration.signed_name",
    "certificate.number", "certificate.record_sha256", "certificate_record.name",
    "certificate_record.record",
}  # fmt: skip
_OWN_WORDS = {"account", "cohort", "email", "name", "signed_name", "record_sha256"}


@dataclass(frozen=True, slots=True)
class _Copy:
    """What sets one copy apart from its original."""

    earlier: timedelta
    own: dict[str, Any]
    ids: dict[Key, int]
    subjects: dict[str, str]  # the original's → the copy's


class _Row:
    """A row of an original, as the driver takes it, and the places of what a copy changes."""

    def __init__(self, source: Table, values: dict[str, Any], dialect: Dialect) -> None:
        self.table = source
        self._values: list[Any] = []
        self._times: list[tuple[int, datetime]] = []
        self._ids: list[tuple[int, Key]] = []
        self._own: list[tuple[int, str]] = []
        for at, name in enumerate(_columns(source)):
            value, of = values[name], source.name if name == "id" else name.removesuffix("_id")
            self._values.append(_for_driver(source.c[name].type, dialect)(value))
            if f"{source.name}.{name}" in _OWN_COLUMNS:
                self._own.append((at, f"{source.name}.{name}"))
            elif of in COUNTED:
                self._ids.append((at, (of, value)))
            elif isinstance(value, datetime):
                self._times.append((at, value))

    def copied(self, copy: _Copy, stored: Callable[[datetime], Any]) -> list[Any]:
        """The same about somebody else."""
        values = self._values.copy()
        for at, when in self._times:
            values[at] = stored(when - copy.earlier)
        for at, key in self._ids:
            values[at] = copy.ids[key]
        for at, name in self._own:
            values[at] = copy.own[name]
        return values


def _columns(source: Table) -> list[str]:
    """What is written; an id that nothing refers to comes from the database."""
    return [c.name for c in source.columns if c.name != "id" or source.name in COUNTED]


def _for_driver(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any]:
    return kind.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


@dataclass(frozen=True, slots=True)
class _Act:
    """An entry of an original's, with the words that a copy changes."""

    entry: OriginalEntry
    details: dict[str, Any]
    own: set[str]

    def told(self, copy: _Copy) -> str:
        """The details, in their canonical form."""
        if not self.own:
            return self.entry.details
        return canonical(self.details | {word: copy.own[word] for word in self.own})


class _Pattern:
    """An original, ready to be copied many times."""

    def __init__(self, original: Original, dialect: Dialect) -> None:
        sources = {source.name: source for source in TABLES}
        self.original = original
        self.rows = [_Row(sources[name], values, dialect) for name, values in original.rows]
        self.counted = [(n, values["id"]) for n, values in original.rows if n in COUNTED]
        self.counts = original.counts
        self.acts = []
        for entry in original.entries:
            details = json.loads(entry.details)
            self.acts.append(_Act(entry, details, _OWN_WORDS & details.keys()))


def copy_learners(
    plan: DemoPlan,
    rng: random.Random,
    groups: Sequence[Group],
    indices: range,
    tick: Callable[[], None],
) -> None:
    """Make a learner for each index; ``tick`` is called after each."""
    if not indices:
        return
    choices = _by_kind(_patterns(db.session(), groups), groups)
    for start in range(indices.start, indices.stop, AT_ONCE):
        with writing() as session:
            if session.get_bind().dialect.name == "sqlite":  # the indexes stay in memory
                session.execute(text(f"PRAGMA cache_size = -{INDEXES_KIB}"))
            copier = _Copier(session, plan, rng)
            for index in range(start, min(start + AT_ONCE, indices.stop)):
                group, done = groups[index % len(groups)], rng.random() < plan.completed
                pattern = rng.choice(choices[group.kind, done] or choices[group.kind, not done])
                copier.copy(pattern, group, index)
                tick()
            copier.write()


def _patterns(session: Session, groups: Sequence[Group]) -> list[_Pattern]:
    """Those of these cohorts. Who did something again has two certificates, and is in none."""
    dialect = session.get_bind().dialect
    cohorts = [group.cohort.id for group in groups]
    learners = session.scalars(
        select(Membership.account_id).where(
            Membership.cohort_id.in_(cohorts), Membership.left_at.is_(None)
        )
    )
    return [_Pattern(read_original(session, learner), dialect) for learner in learners]


def _by_kind(
    patterns: Iterable[_Pattern], groups: Sequence[Group]
) -> dict[tuple[int, bool], list[_Pattern]]:
    """The patterns for each kind of cohort, those who are done apart from the others."""
    kinds = {group.cohort.id: group.kind for group in groups}
    found: dict[tuple[int, bool], list[_Pattern]] = defaultdict(list)
    for one in patterns:
        found[kinds[one.original.cohort_id], one.original.record is not None].append(one)
    return found


class _Copier:
    """Makes copies in the caller's transaction."""

    def __init__(self, session: Session, plan: DemoPlan, rng: random.Random) -> None:
        self._session, self._plan, self._rng = session, plan, rng
        dialect = session.get_bind().dialect
        self._time = _for_driver(UtcDateTime(), dialect)
        self._date = _for_driver(Date(), dialect)
        self._rows: dict[Table, list[list[Any]]] = {source: [] for source in TABLES}
        self._last = {
            source.name: session.scalar(select(func.max(source.c.id))) or 0
            for source in TABLES
            if source.name in COUNTED
        }
        self._acts = Batch(Act(session, SYSTEM, plan.now))
        self._copied = Counter[int]()
        self._patterns: dict[int, _Pattern] = {}

    def copy(self, pattern: _Pattern, group: Group, index: int) -> None:
        """One more learner, like this one."""
        copy = self._copy(pattern, group, index)
        self._patterns[id(pattern)] = pattern
        self._copied[id(pattern)] += 1
        for row in pattern.rows:
            self._rows[row.table].append(row.copied(copy, self._time))
        for act in pattern.acts:
            entry = act.entry
            personal = {word: copy.own.get(word, said) for word, said in entry.personal.items()}
            who = copy.subjects.get(entry.actor, entry.actor)
            self._acts.add(
                Act(self._session, who, entry.at - copy.earlier),
                entry.action,
                copy.subjects[entry.subject],
                act.told(copy),
                personal=personal,
                account_id=copy.ids[pattern.counted[0]] if personal else None,
            )
        if len(self._acts) > IN_MEMORY:
            self.write()

    def _copy(self, pattern: _Pattern, group: Group, index: int) -> _Copy:
        original = pattern.original
        name, reference, number = a_name(self._rng), reference_of(index), new_number()
        earlier = timedelta(seconds=self._rng.randrange(EARLIER))
        account, enrolment = new_public_id(), new_public_id()
        record = digest = ""
        if original.record:
            who = {**original.record["learner"], "name": name, "reference": reference}
            who["cohort"] = group.cohort.name
            link = f"{self._plan.issuer.base_url}/verify/{number}"
            mine = {**_moved(original.record, earlier), "learner": who, "number": number}
            mine["declaration"]["signed_name"] = name
            record = canonical({**mine, "status_url": link})
            digest = hashlib.sha256(record.encode()).hexdigest()
        own = {
            "account.public_id": account, "account": account,
            "account.email": email_of(index), "email": email_of(index),
            "account.full_name": name, "account.sort_name": sort_name(name),
            "certificate_record.name": name, "name": name,
            "declaration.signed_name": name, "signed_name": name,
            "account.learner_ref": reference,
            "membership.cohort_id": group.cohort.id, "cohort": group.cohort.public_id,
            "enrolment.public_id": enrolment, "enrolment.due_on": self._date(group.cohort.due_on),
            "certificate.number": number,
            "certificate.record_sha256": digest, "record_sha256": digest,
            "certificate_record.record": record,
        }  # fmt: skip
        names = {"account": account, "enrolment": enrolment, "certificate": number}
        subjects = {old: f"{kind}:{names[kind]}" for kind, old in original.subjects.items()}
        ids = {}
        for key in pattern.counted:
            self._last[key[0]] += 1
            ids[key] = self._last[key[0]]
        return _Copy(earlier, own, ids, subjects)

    def write(self) -> None:
        """All rows, then all acts."""
        for source, rows in self._rows.items():
            pour(self._session, source, _columns(source), rows)
            rows.clear()
        self._acts.write()
        for which, times in self._copied.items():
            counts = self._patterns[which].counts
            answer_counts.add(self._session, Counts({k: n * times for k, n in counts.items()}))
        self._copied.clear()
        if self._session.get_bind().dialect.name == "postgresql":
            for name, last in self._last.items():
                sequence = func.pg_get_serial_sequence(name, "id")
                self._session.execute(select(func.setval(sequence, last)))


def _moved(record: CertificateRecord, by: timedelta) -> dict[str, Any]:
    """The record with all its times earlier."""

    def moved(at: str) -> str:
        return instant(datetime.fromisoformat(at) - by)

    return {
        **record,
        **{at: moved(record[at]) for at in ("issued_at", "begun_at", "completed_at")},
        "sections": [{**s, "passed_at": moved(s["passed_at"])} for s in record["sections"]],
        "declaration": {
            **record["declaration"], "signed_at": moved(record["declaration"]["signed_at"]),
        },
        "answers": [{**a, "answered_at": moved(a["answered_at"])} for a in record["answers"]],
    }  # fmt: skip
