"""Looking at long lists and at long undoings: at once where that is quick, else by the worker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from induction.database import utc_now, writing
from induction.enrolment import list_looks, looks, undo_looks
from induction.enrolment.models import ListLook, StagedList
from induction.enrolment.parts import may_no_longer
from induction.enrolment.past_imports import past_imports
from induction.enrolment.staged_lists import file_of
from induction.extensions import db
from induction.people.acting_later import as_asked
from induction.people.models import Account
from induction.uk_time import uk_day


class NotWanted(Exception):
    """Somebody has the look by now, or nobody wants it."""


class _Looking:
    """One look, and how far it has got."""

    def __init__(self, list_id: int, heard: datetime) -> None:
        self.list_id, self.heard = list_id, heard

    def tick(self, done: int) -> None:
        """So many rows or people are looked at. Raises NotWanted."""
        now = utc_now()
        if not looks.note(self.list_id, self.heard, done, now):
            raise NotWanted
        self.heard = now

    def fault(self) -> None:
        """A fault of ours: somebody has to ask again."""
        looks.keep(self.list_id, self.heard, {"fault": True})

    def do(self, viewer: Account | None = None) -> None:
        """Look; ``viewer`` None: as whoever asked, with the roles that they still have."""
        session = db.session()
        query = select(StagedList, ListLook.wanted).join(
            ListLook, ListLook.list_id == StagedList.id
        )
        row = session.execute(
            query.where(StagedList.id == self.list_id).execution_options(populate_existing=True)
        ).first()
        if row is None:
            return
        staged, wanted = row
        now = utc_now()
        roles = wanted["roles"]
        who = viewer or as_asked(session, staged.account_id, roles, now=now)
        if who is None or may_no_longer(session, who):
            with writing() as transaction:
                looks.forget(transaction, self.list_id)
            return
        known_by = looks.begun(session, now)
        found, pages = self._found(session, staged, who)
        looks.keep(self.list_id, self.heard, known_by | found, pages)

    def _found(
        self, session: Session, staged: StagedList, who: Account
    ) -> tuple[dict[str, Any], Sequence[Any]]:
        if staged.undoes is None:
            sheet, today = file_of(staged).sheet, uk_day(utc_now())
            whole = len(sheet.lines) > looks.AT_ONCE  # who is missing is found at once in others
            found, pages = list_looks.look(session, sheet, who, today, whole=whole, tick=self.tick)
            return found, list(pages)
        (one,) = past_imports(session, who, utc_now(), staged.undoes)[:1] or (None,)
        if one is None:
            return {"fault": True}, ()
        people = staged.rows["made"], staged.rows["changed"]
        return undo_looks.look(session, one, who, people, tick=self.tick), ()


def look(list_id: int, viewer: Account, of: int) -> None:
    """Look at a list for this viewer, or ask the worker to where that takes long."""
    heard = utc_now() if of <= looks.AT_ONCE else None
    with writing() as session:
        looks.want(session, list_id, viewer.roles, of, heard)
    if heard is not None:
        _Looking(list_id, heard).do(viewer)


def chore() -> None:
    """Look at what somebody waits for."""
    while (list_id := looks.take(heard := utc_now())) is not None:
        one = _Looking(list_id, heard)
        try:
            one.do()
        except NotWanted:
            continue
        except (OperationalError, InterfaceError):
            raise  # it is looked at when the database is back
        except Exception:
            db.session.rollback()
            one.fault()
            raise
