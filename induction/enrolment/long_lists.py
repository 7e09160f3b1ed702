"""Long lists, which the worker carries out: some rows at a time, so that nobody waits for them.

Each part is a transaction of its own, in which its rows are compared with what is there at that
moment. All parts are one import: its entries have one time, by which it is undone as a whole. Where
a worker is cut off, another goes on after the last row that was carried out.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from induction.audit.act import Act, acting
from induction.audit.actions import Action
from induction.database import chunks, rows_hit, utc_now, writing
from induction.enrolment import leaving, staged_lists
from induction.enrolment.applying import SourceFile, carry_out, to_invite
from induction.enrolment.import_plan import compare, plan
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet, understand
from induction.enrolment.leaving import Scope
from induction.enrolment.models import StagedList
from induction.extensions import db
from induction.people.invitations import invite
from induction.people.models import Account
from induction.policy.store import content
from induction.uk_time import uk_day

LONG = 500  # rows; what is shorter is done while somebody waits
AT_ONCE = 250  # rows in one transaction: no other writer waits a second for them
TURN = 10.0  # seconds, after which the worker's other chores have theirs
SILENT = timedelta(minutes=2)  # after which another worker takes a list over
WENT_WRONG = (
    "Something went wrong on our side, and the import stopped. Whoever is in stays in, and that "
    "part can be undone: go ahead again, or ask whoever runs this site."
)
_KINDS = ("new", "changed", "same")
_WAITS = (StagedList.asked_at.is_not(None), StagedList.told == "")


@dataclass(frozen=True, slots=True)
class AskedOfList:
    """What somebody ticked before they went ahead."""

    skip_bad: bool = False
    invite: bool = False
    when: datetime | None = None  # invitations go; None: at once
    leavers: str = ""  # a ``Scope``; "" where nobody is to be marked as left
    all_gone: bool = False


@dataclass(frozen=True, slots=True)
class ListUnderWay:
    """How far a list has got."""

    asked_at: datetime | None  # None: nobody has gone ahead, or it could not be carried out
    done: int  # rows
    of: int
    told: str


def ask(session: Session, public_id: str, asked: AskedOfList, *, now: datetime) -> None:
    """Hand a list to the worker; one that it has stays as it is."""
    words = asdict(asked) | {"when": asked.when.isoformat() if asked.when else None}
    session.execute(
        update(StagedList)
        .where(StagedList.public_id == public_id, StagedList.asked_at.is_(None))
        .values(asked={**words, "counts": {}}, asked_at=now, heard_at=None, done=0, told="")
    )


def standing(session: Session, public_id: str, rows: Sequence[int]) -> ListUnderWay:
    """How far the list with these rows has got."""
    query = select(StagedList.asked_at, StagedList.done, StagedList.told)
    row = session.execute(query.where(StagedList.public_id == public_id)).one()
    return ListUnderWay(row.asked_at, sum(n <= row.done for n in rows), len(rows), row.told)


def chore() -> None:
    """Of the worker: go on with the lists that wait, the oldest first, for as long as a turn is."""
    until = time.monotonic() + TURN
    while public_id := _take(utc_now()):
        try:
            _LongImport(public_id).go_on(until)
        except (OperationalError, InterfaceError):
            raise  # it goes on when the database is back
        except Exception:
            db.session.rollback()
            _LongImport(public_id).stop_here()
            raise
        if time.monotonic() > until:
            return


def _take(now: datetime) -> str | None:
    """Claim the list that has waited longest and that no other worker has."""
    free = or_(StagedList.heard_at.is_(None), StagedList.heard_at < now - SILENT)
    query = select(StagedList.public_id).where(*_WAITS, free).order_by(StagedList.asked_at)
    found = db.session.scalars(query.limit(1)).first()
    if found is None:
        return None
    with writing() as session:
        mine = update(StagedList).where(StagedList.public_id == found, *_WAITS, free)
        return found if rows_hit(session, mine.values(heard_at=now)) else None


def _tell(session: Session, public_id: str, told: str, **values: Any) -> None:
    this = update(StagedList).where(StagedList.public_id == public_id)
    session.execute(this.values(told=told, heard_at=None, **values))


class _LongImport:
    """One list under way."""

    def __init__(self, public_id: str) -> None:
        self.session: Session = db.session()
        self.public_id = public_id
        query = select(StagedList).where(StagedList.public_id == public_id)
        row = self.session.scalars(query.execution_options(populate_existing=True)).one()
        self.words: Mapping[str, Any] = row.asked or {}
        self.at: datetime = row.asked_at or utc_now()
        self.done = row.done
        self.file = staged_lists.file_of(row)
        self.by = self.session.get_one(Account, row.account_id, populate_existing=True)

    def go_on(self, until: float) -> None:
        """Carry out part after part, up to the end or for as long as the turn lasts."""
        if not self.done and (fault := self._fault()):
            with writing() as session:
                _tell(session, self.public_id, fault, asked_at=None)
            return
        sheet = understand(self.file.sheet, content().policy.audiences)
        left = [person for person in sheet.people if person.row > self.done]
        for some in chunks(left, AT_ONCE):
            if not self._part(some):
                return
            if time.monotonic() > until:
                with writing() as session:
                    self._note(session, heard_at=None)
                return
        self._end(len(sheet.refused))

    def _fault(self) -> str:
        """Why nothing is carried out; "" where nothing is in the way."""
        asked, viewer = self.words, self.by
        today = uk_day(utc_now())
        roll = plan(self.session, content().policy, self.file.sheet, viewer, today)
        if roll.refused and not asked["skip_bad"]:
            return "Some rows are refused. Mend the file, or leave those rows out."
        if asked["leavers"]:
            gone = leaving.not_in(
                self.session, content().slug, self.file.sheet, viewer, Scope(asked["leavers"])
            )
            if gone.many and not asked["all_gone"]:
                return leaving.MANY_GONE.format(len(gone.people), gone.here)
        return ""

    @contextmanager
    def _transaction(self) -> Iterator[Act | None]:
        """An act of theirs, at the time of the import; None where another worker has the list."""
        with acting(self.by, self.at) as act:
            lock = select(StagedList.told).where(StagedList.public_id == self.public_id)
            yield act if act.session.scalar(lock.with_for_update()) == "" else None

    def _part(self, people: Sequence[ImportedPerson]) -> bool:
        asked, today = self.words, uk_day(utc_now())
        when = datetime.fromisoformat(asked["when"]) if asked["when"] else None
        with self._transaction() as act:
            if act is None:
                return False
            some = ImportedSheet(tuple(people))
            roll = compare(act.session, content().policy, some, self.by, today, alike=False)
            made = carry_out(act, content(), roll)
            if asked["invite"]:
                self._count("invited", invite(act, to_invite(act, roll, made), when))
            for kind in ("refused", *_KINDS):
                self._count(kind, roll.counts()[kind])
            self._note(act.session, done=people[-1].row, heard_at=utc_now(), asked=self.words)
        return True

    def _count(self, what: str, number: int) -> None:
        counts = self.words["counts"]
        self.words = {**self.words, "counts": {**counts, what: counts.get(what, 0) + number}}

    def _note(self, session: Session, **values: Any) -> None:
        this = update(StagedList).where(StagedList.public_id == self.public_id)
        session.execute(this.values(values))

    def _end(self, unread: int) -> None:
        """Mark who has left, and put on record that all was one import."""
        self._count("refused", unread)
        counts, asked, file = self.words["counts"], self.words, self.file
        with self._transaction() as act:
            if act is None:
                return
            left = 0
            if asked["leavers"]:
                scope = Scope(asked["leavers"])
                gone = leaving.not_in(act.session, content().slug, file.sheet, self.by, scope)
                left = leaving.mark_all(act, gone, scope, file.sha256)
            self._put_on_record(act)
            _tell(act.session, self.public_id, _in_words(counts, left))

    def stop_here(self) -> None:
        """What has been carried out is an import all the same: so it can be undone."""
        with self._transaction() as act:
            if act is not None:
                self._put_on_record(act)
                _tell(act.session, self.public_id, WENT_WRONG, asked_at=None)

    def _put_on_record(self, act: Act) -> None:
        counts = self.words["counts"]
        told = {kind: counts.get(kind, 0) for kind in (*_KINDS, "refused")}
        if told["new"] or told["changed"]:
            origin = asdict(SourceFile(self.file.sha256, self.file.mended))
            act.record(Action.PEOPLE_IMPORTED, f"import:{self.at:%Y%m%dT%H%M%S}", **told, **origin)


def _in_words(counts: Mapping[str, int], left: int) -> str:
    new = counts.get("new", 0)
    changed, same = counts.get("changed", 0), counts.get("same", 0)
    are = "person is" if new == 1 else "people are"
    told = [f"{new} {are} new, {changed} changed, {same} the same."]
    for what, number in (
        ("rows were refused and left out.", counts.get("refused", 0)),
        ("are invited.", counts.get("invited", 0)),
        ("are marked as left.", left),
    ):
        told += [f"{number} {what}"] if number else []
    return " ".join(told)
