"""How much lasted, counted as it happens: for everybody, and for each cohort by itself."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from induction.database import AnyRow, chunks, table
from induction.people.models import Membership
from induction.revisit.models import KeptCount
from induction.revisit.rules import Occasion

EVERYBODY = 0  # in place of a cohort
SITUATION = ""  # in place of a clause
ENOUGH = 5  # decisions; a share of fewer says nothing

_count = table(KeptCount)
_KEY = tuple(column.name for column in _count.primary_key)
_NUMBERS = tuple(c.name for c in _count.columns if not c.primary_key)

# (cohort, clause, column) → how many more, of one policy and occasion
Added = Counter[tuple[int, str, str]]


def cohorts_of(session: Session, account_ids: Collection[int]) -> Mapping[int, list[int]]:
    """Where what these people do is counted: in their cohorts of today, and for everybody."""
    found: defaultdict[int, list[int]] = defaultdict(lambda: [EVERYBODY])
    for some in chunks(list(account_ids)):
        rows = session.execute(
            select(Membership.account_id, Membership.cohort_id).where(
                Membership.account_id.in_(some), Membership.left_at.is_(None)
            )
        )
        for row in rows:
            found[row.account_id] = [*found[row.account_id], row.cohort_id]
    return found


def add(session: Session, policy: str, occasion: Occasion, more: Added) -> None:
    """Add to the counts. Rows are locked in one order, so that nobody waits in a circle."""
    rows: defaultdict[tuple[int, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(_NUMBERS, 0)
    )
    for (cohort, clause, column), number in more.items():
        rows[cohort, clause][column] += number
    values = [
        {"policy": policy, "cohort_id": cohort, "clause": clause, "occasion": occasion.value}
        | numbers
        for (cohort, clause), numbers in sorted(rows.items())
    ]
    on_sqlite = session.connection().dialect.name == "sqlite"
    made = sqlite.insert(_count) if on_sqlite else postgresql.insert(_count)
    sums = {name: _count.c[name] + made.excluded[name] for name in _NUMBERS}
    if values:
        session.execute(made.on_conflict_do_update(index_elements=_KEY, set_=sums), values)


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of revisits."""

    letters: int = 0
    finished: int = 0
    asked: int = 0
    kept: int = 0

    @property
    def per_cent(self) -> int | None:
        """The share that was kept; None where too few were asked to say."""
        return round(100 * self.kept / self.asked) if self.asked >= ENOUGH else None

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(
            self.letters + other.letters,
            self.finished + other.finished,
            self.asked + other.asked,
            self.kept + other.kept,
        )


KeptBy = dict[Occasion, Kept]


def of_cohorts(session: Session, policy: str, cohorts: Iterable[int]) -> dict[int, KeptBy]:
    """Cohort → occasion → whole situations. One query."""
    query = select(KeptCount).where(
        KeptCount.policy == policy,
        KeptCount.cohort_id.in_(list(cohorts)),
        KeptCount.clause == SITUATION,
    )
    found: defaultdict[int, KeptBy] = defaultdict(dict)
    for row in session.scalars(query):
        found[row.cohort_id][Occasion(row.occasion)] = _kept(row)
    return found


def by_clause(session: Session, policy: str, cohort: int = EVERYBODY) -> dict[str, KeptBy]:
    """Clause → occasion → decisions on it; under ``SITUATION`` the whole. One query."""
    found: defaultdict[str, KeptBy] = defaultdict(dict)
    for row in session.connection().execute(_OF_COHORT, {"policy": policy, "cohort": cohort}):
        found[row.clause][Occasion(row.occasion)] = _kept(row)
    return found


# Built once, and run on the connection itself: it comes with every cohort's page.
_OF_COHORT = select(_count).where(
    _count.c.policy == bindparam("policy"), _count.c.cohort_id == bindparam("cohort")
)


def _kept(row: KeptCount | AnyRow) -> Kept:
    return Kept(row.letters, row.finished, row.asked, row.kept)
