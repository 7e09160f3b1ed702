"""What the worker does for somebody part after part, so that nobody waits for it.

Each part is a transaction of its own, of whoever asked: with the roles of the session that asked,
as far as they still have them. Where a worker is cut off, another goes on after the last part.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, cast, exists, func, or_, select, update
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act, acting
from induction.audit.actions import Action
from induction.database import AnyRow, rows_hit, utc_now, writing
from induction.enrolment.models import StagedList
from induction.enrolment.past_imports import stamp
from induction.extensions import db
from induction.people.access import oversees_all
from induction.people.acting_later import as_asked
from induction.people.lookups import OVERSEERS
from induction.people.models import Account, CohortTutor

LONG = 500  # rows or people; what is shorter is done while somebody waits
AT_ONCE = 250  # in one transaction: no other writer waits a second for them
TURN = 10.0  # seconds, after which the worker's other chores have theirs
SILENT = timedelta(minutes=2)  # after which another worker takes over
TRIES = 3  # at one part, where somebody else has written the same meanwhile


class Why(StrEnum):
    """Why something stops before its end, as the record of acts says it."""

    ENDED = "account-ended"
    ROLE = "role-lost"
    COHORTS = "no-cohorts"
    UPDATED = "site-updated"
    ASKED = "asked"
    REFUSED = "rows-refused"
    LEAVERS = "many-leavers"
    FAULT = "fault"


IN_WORDS = {
    Why.ENDED: "It stopped, since the account that asked for it has been ended.",
    Why.ROLE: "It stopped, since you no longer have the role with which you went ahead.",
    Why.COHORTS: "It stopped, since you look after no cohort any more.",
    Why.UPDATED: "This site was updated meanwhile. Go ahead again.",
    Why.ASKED: "You stopped it.",
    Why.FAULT: "Something went wrong on our side, and it stopped. Go ahead again, or ask whoever "
    "runs this site.",
}


NOT_BEGUN = (Why.REFUSED, Why.LEAVERS)  # somebody has to say more, and nothing is on record


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far something has got that was handed to the worker."""

    asked_at: datetime | None  # None: nobody has gone ahead
    done: int  # rows
    of: int
    told: str  # what came of it; "" until then
    words: Mapping[str, Any]  # what was asked

    @property
    def stopped(self) -> Why | None:
        """Why it stopped, where it did."""
        why = self.words.get("stopped")
        return Why(why) if why else None

    @property
    def counts(self) -> Mapping[str, int]:
        """What came of the rows so far, by kind."""
        found: Mapping[str, int] = self.words.get("counts", {})
        return found

    @property
    def under_way(self) -> bool:
        """Whether the worker has it."""
        return self.asked_at is not None and not self.told


HAS_IT = (StagedList.asked_at.is_not(None), StagedList.told == "")
_SIZE = func.length(cast(StagedList.rows, Text)).label("size")


def standing(session: Session, public_id: str) -> HowFar:
    """How far it has got."""
    row = session.scalars(select(StagedList).where(StagedList.public_id == public_id)).one()
    return HowFar(row.asked_at, *rows_done(row), row.told, row.asked or {})


def of(session: Session, who: Account) -> Sequence[AnyRow]:
    """What the worker has of theirs, the newest first."""
    query = select(StagedList.public_id, StagedList.name, StagedList.asked_at)
    mine = query.where(*HAS_IT, StagedList.account_id == who.id)
    return session.execute(mine.order_by(StagedList.asked_at.desc())).all()


def before(session: Session, asked_at: datetime) -> int:
    """How many the worker has that were asked for earlier."""
    query = select(func.count()).select_from(StagedList)
    return session.scalar(query.where(*HAS_IT, StagedList.asked_at < asked_at)) or 0


def take(now: datetime) -> str | None:
    """Claim what has waited longest and no other worker has; None where nothing waits."""
    free = or_(StagedList.heard_at.is_(None), StagedList.heard_at < now - SILENT)
    query = select(StagedList.public_id).where(*HAS_IT, free).order_by(StagedList.asked_at)
    found = db.session.scalars(query.limit(1)).first()
    if found is None:
        return None
    with writing() as session:
        mine = update(StagedList).where(StagedList.public_id == found, *HAS_IT, free)
        return found if rows_hit(session, mine.values(heard_at=now)) else None


def may_no_longer(session: Session, who: Account | None) -> Why | None:
    """Why nothing is done for them any more; None where all is as it was."""
    if who is None:
        return Why.ENDED
    if who.roles.isdisjoint(OVERSEERS):
        return Why.ROLE
    theirs = exists().where(CohortTutor.account_id == who.id)
    if not oversees_all(who) and not session.scalar(select(theirs)):
        return Why.COHORTS
    return None


class UnderWay:
    """One thing that this worker has."""

    def __init__(self, public_id: str, heard: datetime) -> None:
        self.session: Session = db.session()
        self.public_id, self.heard, self.stale = public_id, heard, False
        self.read()

    def read(self) -> StagedList:
        """Look at it as it is now."""
        query = select(StagedList, _SIZE).where(StagedList.public_id == self.public_id)
        row, self.size = self.session.execute(query.execution_options(populate_existing=True)).one()
        found: StagedList = row
        self.words: dict[str, Any] = {"counts": {}, **(found.asked or {})}
        self.at: datetime = found.asked_at or self.heard
        self.done, self.account_id = found.done, found.account_id
        return found

    @property
    def subject(self) -> str:
        """How the record of acts names the import: by the moment when it began."""
        return f"import:{stamp(self.at)}"

    def who(self, session: Session, now: datetime) -> Account | None:
        """Whoever asked, as they are now; None where their account has been ended."""
        return as_asked(session, self.account_id, self.words.get("roles", ()), now=now)

    @contextmanager
    def part(self) -> Iterator[Act | None]:
        """An act of whoever asked, at the time when it is done.

        None where nothing is to be done: another worker has it, it has stopped, or its rows are
        others than those that were read (``stale``), since somebody in them was erased.
        """
        heard, self.stale = utc_now(), False
        with acting(SYSTEM, heard) as act:
            columns = select(StagedList.told, StagedList.heard_at, _SIZE)
            mine = columns.where(StagedList.public_id == self.public_id).with_for_update()
            row = act.session.execute(mine).first()
            if row is None or row.told or row.heard_at != self.heard:
                yield None
                return
            who = self.who(act.session, heard)
            why = may_no_longer(act.session, who)
            if "roles" not in self.words:
                why = Why.UPDATED  # an earlier release was asked, and did not say as what
            if why or who is None:
                self.stop(act, why or Why.ENDED)
                yield None
                return
            self.by, self.stale = who, row.size != self.size
            self.note(act.session, heard_at=heard)
            yield None if self.stale else replace(act, by=who)
        self.heard = heard

    def note(self, session: Session, **values: Any) -> None:
        """Write down how far it is."""
        this = update(StagedList).where(StagedList.public_id == self.public_id)
        session.execute(this.values(values))

    def counted(self, **numbers: int) -> dict[str, Any]:
        """What was asked, with these numbers added to what is counted."""
        counts = dict(self.words["counts"])
        for what, number in numbers.items():
            counts[what] = counts.get(what, 0) + number
        return {**self.words, "counts": counts}

    def let_go(self) -> None:
        """The worker's other chores have their turn; any worker goes on with it afterwards."""
        with writing() as session:
            mine = StagedList.public_id == self.public_id, StagedList.heard_at == self.heard
            session.execute(update(StagedList).where(*mine).values(heard_at=None))

    def stop(self, act: Act, why: Why, told: str = "") -> None:
        """What was done stays done, and is on record; so is that it stopped."""
        stop(act, self.public_id, why, told)

    def gone_wrong(self) -> None:
        """A fault of ours: it waits for somebody to go ahead again."""
        with self.part() as act:
            if act is not None:
                self.stop(act, Why.FAULT)


def stop(act: Act, public_id: str, why: Why, told: str = "") -> None:
    """End what is under way before its end; what was done until then can be undone as it is."""
    query = select(StagedList).where(StagedList.public_id == public_id, *HAS_IT)
    row = act.session.scalars(query.with_for_update()).first()
    if row is None or row.asked_at is None:
        return
    done, of = rows_done(row)
    row.told = (told or IN_WORDS[why]) + (f" Done until then: {done} of {of} rows." if done else "")
    row.heard_at, row.asked = None, {**(row.asked or {}), "stopped": why.value}
    act.session.flush()
    if done or why not in NOT_BEGUN:
        by = act if why is Why.ASKED else act.unattended()
        subject = f"import:{stamp(row.asked_at)}"
        by.record(Action.IMPORT_STOPPED, subject, why=why.value, done=done, of=of)


def rows_done(row: StagedList | AnyRow) -> tuple[int, int]:
    """How many rows are done, of how many."""
    lines = row.rows["lines"]
    return sum(line["number"] <= row.done for line in lines), len(lines)
