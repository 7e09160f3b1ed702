"""How the worker carries on with what it was handed, part after part.

Each part is a transaction of its own, of whoever asked: with the roles of the session that asked,
as far as they still have them. Where a worker is cut off, another goes on after the last part.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Text, cast, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act, acting
from induction.database import AnyRow, rows_hit, utc_now, writing
from induction.enrolment import under_way
from induction.enrolment.models import StagedList
from induction.enrolment.past_imports import stamp
from induction.enrolment.under_way import HAS_IT, Why
from induction.extensions import db
from induction.people.access import oversees_all
from induction.people.acting_later import as_asked
from induction.people.cohorts import NotACohort
from induction.people.lookups import OVERSEERS
from induction.people.models import Account, CohortTutor

AT_ONCE = 250  # rows or people in one transaction: no other writer waits a second for them
SILENT = timedelta(minutes=2)  # after which another worker takes over
TRIES = 3  # at one part, where somebody else has written the same meanwhile
_SIZE = func.length(cast(StagedList.rows, Text)).label("size")
T = TypeVar("T")


def take(now: datetime) -> AnyRow | None:
    """Claim what has waited longest and no other worker has; None where nothing waits."""
    free = or_(StagedList.heard_at.is_(None), StagedList.heard_at < now - SILENT)
    query = select(StagedList.public_id, StagedList.undoes).where(*HAS_IT, free)
    found = db.session.execute(query.order_by(StagedList.asked_at).limit(1)).first()
    if found is None:
        return None
    with writing() as session:
        mine = update(StagedList).where(StagedList.public_id == found.public_id, *HAS_IT, free)
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


class UnderWay(ABC, Generic[T]):
    """One thing that this worker has; it is done with some ``T`` at a time."""

    def __init__(self, public_id: str, heard: datetime) -> None:
        self.session: Session = db.session()
        self.public_id, self.heard, self.stale = public_id, heard, False
        self.now = heard  # of the part that is done
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

    @abstractmethod
    def may_begin(self) -> bool:
        """Whether nothing is in the way; otherwise it is told, and nothing is done."""

    @abstractmethod
    def some(self) -> Sequence[T]:
        """What comes next; nothing, where only the end is left to do."""

    @abstractmethod
    def do(self, some: Sequence[T]) -> bool:
        """One part; whether it is done."""

    @abstractmethod
    def end(self) -> bool:
        """What is done at the end, and telling what came of it; whether that is done."""

    def go_on(self, until: float) -> None:
        """Part after part, up to the end or for as long as the turn lasts."""
        if not self.done and not self.may_begin():
            return
        while True:
            some = self.some()
            went_well = self._do_or_again(some) if some else self.end()
            if self.stale:
                self.read()
            elif not (some and went_well):
                return
            elif time.monotonic() > until:
                self._let_go()
                return

    def _do_or_again(self, some: Sequence[T]) -> bool:
        """Again, where somebody has written the same in the same moment."""
        for _ in range(TRIES - 1):
            try:
                return self.do(some)
            except (IntegrityError, NotACohort):  # a cohort of theirs has just been made
                self.session.rollback()
        return self.do(some)

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
        self.now = heard
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
        """What was asked, with these numbers added to what is counted, and when that was."""
        counts = dict(self.words["counts"])
        for what, number in numbers.items():
            counts[what] = counts.get(what, 0) + number
        return {**self.words, "counts": counts, "last": self.now.isoformat()}

    def _let_go(self) -> None:
        """The worker's other chores have their turn; any worker goes on with it afterwards."""
        with writing() as session:
            mine = StagedList.public_id == self.public_id, StagedList.heard_at == self.heard
            session.execute(update(StagedList).where(*mine).values(heard_at=None))

    def stop(self, act: Act, why: Why, told: str = "") -> None:
        """What was done stays done, and is on record; so is that it stopped."""
        under_way.stop(act, self.public_id, why, told)

    def gone_wrong(self) -> None:
        """A fault of ours: it waits for somebody to go ahead again."""
        with self.part() as act:
            if act is not None:
                self.stop(act, Why.FAULT)
