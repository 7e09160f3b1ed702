"""What undoing an import would do, in numbers and the first names of each kind, for its page."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.database import chunks, new_public_id
from induction.enrolment import import_undoing, looks
from induction.enrolment.models import StagedList
from induction.enrolment.past_imports import PastImport
from induction.enrolment.undo_findings import TakenBack
from induction.people.models import Account

SHOWN = 50  # of what goes back, one by one
NAMED = 12  # people of one kind

People = tuple[list[str], list[str]]  # public ids: whom it made, whom it changed


def apart(some: Sequence[str], made: Collection[str]) -> People:
    """Of some of those whom it concerns, whom it made and whom it changed."""
    return [who for who in some if who in made], [who for who in some if who not in made]


def summary(session: Session, found: TakenBack) -> dict[str, Any]:
    """What the page shows of it, however many people it concerns."""
    removed, back, left = found.removed, found.put_back, found.left
    return {
        "nothing": found.nothing,
        "removed": len(removed),
        "removed_names": [one.full_name for one in removed[:NAMED]],
        "written_to": import_undoing.written_to(session, removed),
        "put_back": len(back),
        "put_back_first": [(one.account.full_name, one.what) for one in back[:SHOWN]],
        "cohorts": [words for words, _ in found.cohorts],
        "left": [
            (why, len(those), those[:NAMED])
            for why, those in (
                (why, [one.name for one in same])
                for why, same in groupby(left, key=lambda one: one.why)
            )
        ],
    }


def look(
    session: Session, one: PastImport, by: Account, people: People, *, tick: Callable[[int], None]
) -> dict[str, Any]:
    """Look at everybody whom it concerns, some thousand at a time."""
    made, changed = people
    looking, whom_it_made, done = import_undoing.LookingBack(session, one, by), frozenset(made), 0
    for some in chunks([*made, *changed], looks.AT_ONCE):
        looking.people(*apart(some, whom_it_made))
        done += len(some)
        tick(done)
    return summary(session, looking.cohorts())


def waiting(session: Session, one: PastImport, by: Account) -> int | None:
    """Where this viewer’s look at undoing it is kept."""
    mine = StagedList.undoes == one.at, StagedList.account_id == by.id
    query = select(StagedList.id).where(*mine, StagedList.asked_at.is_(None))
    return session.scalar(query.order_by(StagedList.id.desc()).limit(1))


def keep(session: Session, one: PastImport, by: Account, people: People, now: datetime) -> int:
    """Make a place for a look at undoing it."""
    made, changed = people
    row = StagedList(
        public_id=new_public_id(), account_id=by.id, name="", sha256="", at=now, undoes=one.at,
        rows={"made": made, "changed": changed},
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id
