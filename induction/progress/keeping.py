"""What is kept of people, so that neither a search nor a count reads everybody.

Triggers note in ``account_changed`` whose words or standing may have changed; the worker brings
those up to date here, and whoever counts as something else since a day began. Nothing else writes
what is kept. Until then, whoever reads it reads these few anew: ``facts`` and ``people.finding``
are right at any moment, and only slow where many wait.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import and_, delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from induction.certificates.models import Certificate, CertificateRecordRow
from induction.database import AnyRow, chunks, table, utc_now, writing
from induction.people.finding import STANDS_IN
from induction.people.models import Account, AccountChanged, AccountWord
from induction.progress.facts import (
    BEGUN,
    BETWEEN,
    FACTS,
    FINISHED_FIRST,
    ON_DAYS,
    of_accounts,
    of_enrolments,
    programmes_in,
)
from induction.progress.models import CountedAs, CountedOn, LastCounted
from induction.searching import words_of
from induction.uk_time import uk_day

AT_ONCE = 500  # accounts in one transaction: SQLite lets nobody else write meanwhile
MOST = 20  # times that the worker does so before it looks after letters
_counted, _standing, _word = table(CountedAs), table(LastCounted), table(AccountWord)
_on, _changed = table(CountedOn), table(AccountChanged)
_NAMES = [fact.name for fact in FACTS]
T = TypeVar("T")
_PROGRAMMES = _NAMES.index("programmes")


def chore() -> None:
    """Of the worker: what has changed; of very much a part, so that letters go meanwhile."""
    for _ in range(MOST):
        if not settle():
            return


def settle_all() -> None:
    """Whatever has changed, for whoever has just written a great deal."""
    while settle():
        pass


def settle() -> int:
    """Bring the next few accounts up to date; returns how many changes that were."""
    today = uk_day(utc_now())
    with writing() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":  # one at a time; others go on writing
            session.execute(text("LOCK TABLE account_changed IN SHARE UPDATE EXCLUSIVE MODE"))
        # Taken away first: what is read from here on is at least as new as each of these.
        some = select(_changed.c.account_id).order_by(_changed.c.id).limit(AT_ONCE)
        gone = delete(_changed).where(_changed.c.account_id.in_(some.scalar_subquery()))
        changes = connection.scalars(gone.returning(_changed.c.account_id)).all()
        for accounts in chunks([*dict.fromkeys(changes)]):
            _count(session, accounts, today)
            _index(session, accounts)
        if changes:
            return len(changes)
        for others in chunks(turned := _of_another_day(session, today)):
            _count(session, others, today)
        return len(turned)


def _of_another_day(session: Session, today: date) -> list[int]:
    """Some of those who count as something else, since a date of theirs has passed."""
    found = or_(_standing.c.true_until < today, _standing.c.true_from > today)
    query = select(_standing.c.account_id).where(found).limit(AT_ONCE)
    return [*dict.fromkeys(session.connection().scalars(query))]


@dataclass(frozen=True, slots=True)
class _Counting:
    """As what somebody is counted, and on which days that is true."""

    facts: tuple[Any, ...]
    true_from: date | None = None
    true_until: date | None = None
    begun_on: date | None = None
    finished_on: date | None = None

    def on_days(self) -> Iterator[tuple[Any, ...]]:
        """What ``CountedOn`` counts of them."""
        of = dict(zip(_NAMES, self.facts, strict=True))
        for what, day in ((BEGUN, self.begun_on), (FINISHED_FIRST, self.finished_on)):
            if day is not None:
                yield of["policy"], of["audience"], of["programmes"], what, day


_DAYS = ("true_from", "true_until", "begun_on", "finished_on")


def _counting(row: AnyRow, today: date) -> _Counting:
    """What is read of somebody, as it is kept: their programmes in order, each once."""
    facts = [getattr(row, name) for name in _NAMES]
    facts[_PROGRAMMES] = BETWEEN.join(sorted(programmes_in(row.programmes)))
    if not row.policy:
        return _Counting(tuple(facts))
    dates = [day for day in (row.due_on, row.valid_until) if day is not None]
    passed = [day + timedelta(days=1) for day in dates if day < today]
    to_come = [day for day in dates if day >= today]
    return _Counting(
        tuple(facts),
        max(passed, default=None),
        min(to_come, default=None),
        row.begun_on,
        row.finished_on,
    )


def _count(session: Session, accounts: Sequence[int], today: date) -> None:
    """Count them as what they are now, and no longer as what they were."""
    connection = session.connection()
    now: dict[tuple[int, str], _Counting] = {}
    for query in (of_enrolments(), of_accounts()):
        for row in connection.execute(query.where(Account.id.in_(accounts)), {"today": today}):
            now[row.account_id, row.policy] = _counting(row, today)
    ids = _ids(session, {one.facts for one in now.values()})
    known = {of: facts for facts, of in ids.items()}
    of_these = _standing.c.account_id.in_(accounts)
    before = {
        (row.account_id, row.policy): _Counting(
            known[row.counted_as_id], *(getattr(row, name) for name in _DAYS)
        )
        for row in connection.execute(select(_standing).where(of_these))
    }
    if before == now:
        return
    connection.execute(delete(_standing).where(of_these))
    standing = [
        {"account_id": account, "policy": policy, "counted_as_id": ids[one.facts]}
        | {name: getattr(one, name) for name in _DAYS}
        for (account, policy), one in now.items()
    ]
    if standing:  # none of people who were removed
        connection.execute(insert(_standing), standing)
    for of, number in _more(
        (ids[one.facts] for one in now.values()), (ids[one.facts] for one in before.values())
    ):
        more = update(_counted).where(_counted.c.id == of).values(n=_counted.c.n + number)
        connection.execute(more)
    connection.execute(delete(_counted).where(_counted.c.n == 0))
    _count_days(session, now.values(), before.values())


def _ids(session: Session, wanted: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """The row of each of the facts that somebody is counted by, and of these."""
    connection = session.connection()
    ids = {tuple(row[1:]): row.id for row in connection.execute(select(_counted.c.id, *FACTS))}
    for facts in wanted:
        if facts not in ids:
            made = insert(_counted).values({**dict(zip(_NAMES, facts, strict=True)), "n": 0})
            ids[facts] = connection.execute(made.returning(_counted.c.id)).scalar_one()
    return ids


def _more(now: Iterable[T], before: Iterable[T]) -> Iterator[tuple[T, int]]:
    """How many more there are of each; fewer are below nought."""
    changed = Counter(now)
    changed.subtract(Counter(before))
    return ((one, number) for one, number in changed.items() if number)


def _count_days(
    session: Session, now: Collection[_Counting], before: Collection[_Counting]
) -> None:
    """The days on which they began and finished, and no longer those of before."""
    connection = session.connection()
    now_on, before_on = ((day for one in some for day in one.on_days()) for some in (now, before))
    for of, number in _more(now_on, before_on):
        same = and_(*(column == value for column, value in zip(ON_DAYS, of, strict=True)))
        more = update(_on).where(same).values(n=_on.c.n + number)
        if not connection.execute(more).rowcount:
            values = {c.name: value for c, value in zip(ON_DAYS, of, strict=True)}
            connection.execute(insert(_on).values({**values, "n": number}))
    connection.execute(delete(_on).where(_on.c.n == 0))


def _index(session: Session, accounts: Sequence[int]) -> None:
    """The words by which they are found now, and where: none of whoever was erased."""
    connection, wanted = session.connection(), Counter[tuple[str, int]]()
    for account_id, stands_in, said in _texts(session, accounts):
        for word in words_of(said):
            wanted[word, account_id] |= stands_in
    of_these = _word.c.account_id.in_(accounts)
    there = {
        (row.word, row.account_id): row.of
        for row in connection.execute(select(_word).where(of_these))
    }
    if there.items() - wanted.items():
        connection.execute(delete(_word).where(of_these))
        there = {}
    if fresh := sorted(wanted.items() - there.items()):
        rows = [{"word": word, "account_id": whose, "of": of} for (word, whose), of in fresh]
        connection.execute(insert(_word), rows)


def _texts(session: Session, accounts: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """What each of them is found by, and was called on certificates; and where that stands."""
    named = (Account.full_name, Account.learner_ref, Account.email, Account.employer)
    called = select(Account.id, *named)
    called = called.where(Account.id.in_(accounts), Account.erased_at.is_(None))
    recorded = (
        select(Certificate.account_id, CertificateRecordRow.name)
        .join(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .where(Certificate.account_id.in_(accounts))
    )
    for query in (called, recorded):
        for row in session.connection().execute(query):
            account_id, *texts = row
            for column, said in zip(row._fields[1:], texts, strict=True):
                if said:
                    yield account_id, STANDS_IN[column], said
