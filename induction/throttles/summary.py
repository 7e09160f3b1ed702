"""What was refused reaches the record of acts summed up, so that no visitor can fill it.

An entry holds a network’s quarter of an hour: how often what was refused, and at whose accounts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import delete, exists, or_, select

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import utc_now
from induction.extensions import db
from induction.throttles import counting
from induction.throttles.models import CountedTry, RefusedTally
from induction.throttles.rules import quarter

MOST_NETWORKS = 100  # with an entry each in one quarter; the others share one
MOST_NAMED = 20  # accounts


def chore() -> None:
    """Sum up the quarters that have ended, and drop tries that no longer matter."""
    now = utc_now()
    ended, outdated = RefusedTally.quarter < quarter(now), counting.outdated(now)
    if not db.session.scalar(select(or_(exists().where(ended), exists().where(outdated)))):
        return
    with acting(SYSTEM, now) as act:
        act.session.execute(delete(CountedTry).where(outdated))
        _sum_up(act, act.session.scalars(delete(RefusedTally).where(ended).returning(RefusedTally)))


def _sum_up(act: Act, found: Iterable[RefusedTally]) -> None:
    rows = sorted(found, key=lambda row: (row.quarter, row.network))
    with Batch(act) as entries:
        for _, some in groupby(rows, key=lambda row: row.quarter):
            networks = [list(of) for _, of in groupby(some, key=lambda row: row.network)]
            networks.sort(key=_how_many, reverse=True)
            for of in networks[:MOST_NETWORKS]:
                _enter(entries, f"network:{of[0].network[:16]}", of, networks=1)
            if rest := networks[MOST_NETWORKS:]:
                others = [row for of in rest for row in of]
                _enter(entries, "network:others", others, networks=len(rest))


def _how_many(rows: Iterable[RefusedTally]) -> int:
    return sum(row.wrong + row.turned_away for row in rows)


def _enter(entries: Batch, subject: str, rows: Sequence[RefusedTally], *, networks: int) -> None:
    wrong, away, at = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        wrong[row.kind] += row.wrong
        away[row.kind] += row.turned_away
        at[row.account] += row.wrong + row.turned_away
    known = [f"account:{one}" for one, _ in at.most_common() if one]
    entries.record(
        Action.TRIES_REFUSED,
        subject,
        quarter=rows[0].quarter.isoformat(timespec="minutes"),
        networks=networks,
        wrong=dict(+wrong),
        turned_away=dict(+away),
        accounts=len(known),
        most_tried=known[:MOST_NAMED],
    )
