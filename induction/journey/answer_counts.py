"""The counts over all learners, kept in the transaction of each answer.

Reading them costs the same among many learners as among few. Whatever they hold can be worked out
from the answers again: see ``count_anew``.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Insert, Table, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.database import AnyRow, table
from induction.journey.models import (
    Answer,
    Attempt,
    ClauseCount,
    Enrolment,
    OptionCount,
    ScenarioCount,
)
from induction.journey.queries import ALL_TRIES, tries_in
from induction.journey.worth import ClausesOf, Counted, Counts, counts_of

TABLES = {
    Counted.SCENARIO: table(ScenarioCount),
    Counted.OPTION: table(OptionCount),
    Counted.CLAUSE: table(ClauseCount),
}
_BATCH = 2000  # rows at once


def add(session: Session, counts: Counts) -> None:
    """Add to the counts. Rows are locked in one order, so that nobody waits in a circle."""
    rows = defaultdict[tuple[Counted, tuple[str, ...]], dict[str, int]](dict)
    for (what, key, column), number in counts.items():
        rows[what, key][column] = number
    connection = session.connection()
    for what, into in TABLES.items():
        names = [column.name for column in into.primary_key]
        numbers = {column.name: 0 for column in into.columns if column.name not in names}
        values = [
            {**numbers, **columns, **dict(zip(names, key, strict=True))}
            for (of, key), columns in sorted(rows.items())
            if of is what
        ]
        if values:
            connection.execute(_adding(into, connection.dialect.name), values)


@cache  # every answer adds: building a statement costs more than sending it
def _adding(into: Table, dialect: str) -> Insert:
    made = postgresql.insert(into) if dialect == "postgresql" else sqlite.insert(into)
    sums = {c.name: c + made.excluded[c.name] for c in into.columns if not c.primary_key}
    return made.on_conflict_do_update(index_elements=[*into.primary_key], set_=sums)


def count_anew(session: Session, clauses_of: ClausesOf) -> None:
    """Make the counts anew from every answer there is, in the caller's transaction."""
    for into in TABLES.values():
        session.execute(delete(into))
    found = Counts()
    for rows in _by_learner(session):
        found.update(counts_of(rows[0].policy, tries_in(rows), clauses_of))
    add(session, found)


def _by_learner(session: Session) -> Iterator[list[AnyRow]]:
    """The rows of each learner's answers, without holding everybody's in memory."""
    everybody = (
        ALL_TRIES.add_columns(Attempt.enrolment_id, Enrolment.policy)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .order_by(None)
        .order_by(Attempt.enrolment_id, Attempt.id, Answer.id)
    )
    rows = session.execute(everybody, execution_options={"yield_per": _BATCH})
    for _, theirs in groupby(rows, key=attrgetter("enrolment_id")):
        yield [*theirs]
