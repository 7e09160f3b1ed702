"""Undoing long imports, which the worker does: some people at a time, so that nobody waits for it.

Whom it concerns is written down as it is asked for, in the order in which it is done; each of them
is looked at when it is their turn.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, Act, acting
from induction.database import chunks, utc_now
from induction.enrolment import import_undoing, under_way
from induction.enrolment.models import StagedList
from induction.enrolment.parts import AT_ONCE, UnderWay
from induction.enrolment.past_imports import PastImport, past_imports
from induction.enrolment.under_way import Why
from induction.enrolment.undo_findings import TakenBack, in_words
from induction.enrolment.undo_looks import People, apart
from induction.people.models import Account
from induction.policy.store import content


def ask(
    session: Session, one: PastImport, by: Account, people: People, reason: str, *, now: datetime
) -> None:
    """Hand the undoing of an import to the worker; one that it has stays as it is."""
    going = under_way.undoing(session, one.at)
    if going is not None and going.under_way:
        return
    made, changed = people
    so_far = (0, 0, len(made) + len(changed))
    asked = {"roles": sorted(by.roles), "reason": reason, "counts": {}, "so_far": so_far}
    session.add(
        StagedList(
            account_id=by.id, name="", sha256="", rows={"made": made, "changed": changed}, at=now,
            asked=asked, asked_at=now, undoes=one.at,
        )
    )  # fmt: skip


class LongUndoing(UnderWay[str]):
    """One undoing under way."""

    def read(self) -> StagedList:
        row = super().read()
        self.undoes: datetime = row.undoes or self.at
        self.made = frozenset(row.rows["made"])
        self.people: list[str] = [*row.rows["made"], *row.rows["changed"]]
        return row

    def may_begin(self) -> bool:
        return True

    def some(self) -> Sequence[str]:
        return self.people[self.done : self.done + AT_ONCE]

    def do(self, some: Sequence[str]) -> bool:
        with self.part() as act:
            if act is None or (one := self._import(act)) is None:
                return False
            theirs = apart(some, self.made)
            found = import_undoing.undo_people(act, content(), one, self.by, *theirs)
            done = self.done + len(some)
            words = self.counted(**found.counts) | {"so_far": (done, done, len(self.people))}
            self.note(act.session, done=done, asked=words)
        self.words, self.done = words, done
        return True

    def end(self) -> bool:
        """Its cohorts, and that it was undone."""
        with self.part() as act:
            if act is None or (one := self._import(act)) is None:
                return False
            found = import_undoing.undo_cohorts_of(act, content(), one, self.by)
            self.words = self.counted(**found.counts)
            _put_on_record(act, one, self.words)
            told = in_words(self.words["counts"])
            self.note(act.session, told=told, heard_at=None, asked=self.words)
        return True

    def _import(self, act: Act) -> PastImport | None:
        """What is undone; None, and an end to it, where that is not theirs to undo any more."""
        found = past_imports(act.session, self.by, act.now, self.undoes)
        if not found:
            self.stop(act.unattended(), Why.ROLE)
        return found[0] if found else None

    def stop(self, act: Act, why: Why, told: str = "") -> None:
        stop(act, self.public_id, why, told)


def stop(act: Act, public_id: str, why: Why, told: str = "") -> None:
    """End it before its end; what has been undone until then is on record as an undoing."""
    query = select(StagedList.undoes, StagedList.asked).where(
        StagedList.public_id == public_id, *under_way.HAS_IT
    )
    row = act.session.execute(query.with_for_update()).first()
    if row is None:
        return
    for one in past_imports(act.session, None, act.now, row.undoes):
        _put_on_record(act, one, row.asked)
    under_way.stop(act, public_id, why, told)


def by_command(
    one: PastImport, people: People, reason: str, tick: Callable[[int], None]
) -> TakenBack:
    """Undo it here and now, in the same parts; what is done where it is cut off stays done."""
    made, changed = people
    done, whom_it_made = TakenBack(), frozenset(made)
    for some in chunks([*made, *changed], AT_ONCE):
        with acting(SYSTEM, utc_now()) as act:
            theirs = apart(some, whom_it_made)
            done += import_undoing.undo_people(act, content(), one, None, *theirs)
        tick(len(some))
    with acting(SYSTEM, utc_now()) as act:
        done += import_undoing.undo_cohorts_of(act, content(), one, None)
        _put_on_record(act, one, {"counts": done.counts, "reason": reason})
    return done


def _put_on_record(act: Act, one: PastImport, words: Mapping[str, Any]) -> None:
    counts = words["counts"]
    if counts.get("removed") or counts.get("put_back") or counts.get("cohorts"):
        import_undoing.put_on_record(act, one, counts, words["reason"])
