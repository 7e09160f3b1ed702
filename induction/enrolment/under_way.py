"""What the worker was handed: how far it has got, why it stopped, and stopping it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import AnyRow
from induction.enrolment import looks
from induction.enrolment.models import StagedList
from induction.enrolment.past_imports import stamp
from induction.people.models import Account

LONG = 500  # rows or people; what is shorter is done while somebody waits


STILL = timedelta(minutes=1)  # after which a page says so; no part takes as long


class Why(StrEnum):
    """Why something stops before its end, as the record of acts says it."""

    ENDED = "account-ended"
    ROLE = "role-lost"
    COHORTS = "no-cohorts"
    COHORT_GONE = "cohort-gone"
    UPDATED = "site-updated"
    ASKED = "asked"
    REFUSED = "rows-refused"
    LEAVERS = "many-leavers"
    FAULT = "fault"


IN_WORDS = {
    Why.ENDED: "It stopped, since the account that asked for it has been ended.",
    Why.ROLE: "It stopped, since you no longer have the role with which you went ahead.",
    Why.COHORTS: "It stopped, since you look after no cohort any more.",
    Why.COHORT_GONE: "It stopped, since a cohort of the list has another name now, or is gone. "
    "Look below which would be made anew.",
    Why.UPDATED: "This site was updated meanwhile. Go ahead again.",
    Why.ASKED: "It was stopped before its end.",
    Why.FAULT: "Something went wrong on our side, and it stopped. Go ahead again, or ask whoever "
    "runs this site.",
}


NOT_BEGUN = (Why.REFUSED, Why.LEAVERS)  # somebody has to say more, and nothing is on record


@dataclass(frozen=True, slots=True)
class HowFar:
    """How far something has got that was handed to the worker."""

    public_id: str
    asked_at: datetime | None  # None: nobody has gone ahead
    done: int  # rows, or people
    of: int
    told: str  # what came of it; "" until then
    words: Mapping[str, Any]  # what was asked
    heard_at: datetime | None = None  # of the worker that has it

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

    def still(self, now: datetime) -> datetime | None:
        """Since when nothing has been done; None where all is well."""
        last = self.words.get("last")
        noted = datetime.fromisoformat(last) if last else None
        at = max(filter(None, (self.heard_at, noted, self.asked_at)), default=now)
        return at if self.under_way and at < now - STILL else None


HAS_IT = (StagedList.asked_at.is_not(None), StagedList.told == "")


def standing(session: Session, public_id: str) -> HowFar:
    """How far a list has got."""
    this = select(StagedList).where(StagedList.public_id == public_id)
    return _how_far(session.scalars(this.options(defer(StagedList.rows))).one())


def undoing(session: Session, at: datetime) -> HowFar | None:
    """How far undoing the import of this moment has got; None where nobody has asked lately."""
    asked = select(StagedList).where(StagedList.undoes == at, StagedList.asked_at.is_not(None))
    newest = asked.order_by(StagedList.id.desc())
    row = session.scalars(newest.limit(1)).first()
    return _how_far(row) if row else None


def _how_far(row: StagedList) -> HowFar:
    words = row.asked or {}
    return HowFar(row.public_id, row.asked_at, *_done(row), row.told, words, row.heard_at)


def of(session: Session, who: Account) -> Sequence[AnyRow]:
    """The lists that the worker has of theirs, the newest first."""
    query = select(StagedList.public_id, StagedList.name, StagedList.asked_at)
    mine = query.where(*HAS_IT, StagedList.account_id == who.id, StagedList.undoes.is_(None))
    return session.execute(mine.order_by(StagedList.asked_at.desc())).all()


def before(session: Session, asked_at: datetime) -> int:
    """How many the worker has that were asked for earlier."""
    query = select(func.count()).select_from(StagedList)
    return session.scalar(query.where(*HAS_IT, StagedList.asked_at < asked_at)) or 0


def stop(act: Act, public_id: str, why: Why, told: str = "") -> None:
    """End what is under way before its end; what was done until then can be undone as it is."""
    query = select(StagedList).where(StagedList.public_id == public_id, *HAS_IT)
    row = act.session.scalars(query.with_for_update()).first()
    if row is None or row.asked_at is None:
        return
    done, of = _done(row)
    which = "rows" if row.undoes is None else "people"
    so_far = f" Done until then: {done} of {of} {which}." if done else " Nothing was done."
    row.told = (told or IN_WORDS[why]) + ("" if why in NOT_BEGUN and not done else so_far)
    looks.forget(act.session, row.id)
    if row.undoes is None and of > looks.AT_ONCE:
        looks.want(act.session, row.id, (row.asked or {}).get("roles", ()), of)
    row.heard_at, row.asked = None, {**(row.asked or {}), "stopped": why.value}
    act.session.flush()
    if done or why not in NOT_BEGUN:
        by = act if why is Why.ASKED else act.unattended()
        subject = f"import:{stamp(row.undoes or row.asked_at)}"
        what = Action.IMPORT_STOPPED if row.undoes is None else Action.UNDOING_STOPPED
        by.record(what, subject, why=why.value, done=done, of=of)


def _done(row: StagedList) -> tuple[int, int]:
    """How many rows or people are done, of how many.

    That is noted with each part, since a page that says it need not read the list for it.
    """
    upto, done, of = (row.asked or {}).get("so_far", (None, 0, 0))
    if upto == row.done:  # else it was the part of an earlier release, which does not note it
        return done, of
    if row.asked_at is None:
        return 0, 0
    if row.undoes is not None:
        return row.done, len(row.rows["made"]) + len(row.rows["changed"])
    lines = row.rows["lines"]
    return sum(line["number"] <= row.done for line in lines), len(lines)
