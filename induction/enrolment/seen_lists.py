"""A list as its dry run shows it: compared while the page is made, or kept of an earlier look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from induction.database import AnyRow, utc_now
from induction.enrolment import leaving, list_looks, looks
from induction.enrolment.import_plan import ImportPlan
from induction.enrolment.leaving import Leavers, Scope
from induction.enrolment.list_looks import PAGE, ListSummary
from induction.enrolment.looks import KeptLook
from induction.enrolment.staged_lists import PeopleFile
from induction.extensions import db
from induction.people.models import Account
from induction.policy.store import content
from induction.uk_time import uk_day


@dataclass(frozen=True, slots=True)
class Seen:
    """What a list would do, and one page of its rows at a time."""

    name: str
    summary: ListSummary
    page: Callable[[str, int], Sequence[Any]]  # of a kind; by number, from one
    at: datetime | None = None  # of the look that was kept
    changed: bool = False  # whether it may come to something else since


def compared(file: PeopleFile, roll: ImportPlan, gone: dict[Scope, Leavers]) -> Seen:
    """A list that was compared a moment ago."""
    missing = gone[Scope.ALL].people if gone else ()

    def page(kind: str, number: int) -> Sequence[Any]:
        if kind == "missing":
            return missing[(number - 1) * PAGE : number * PAGE]
        return list_looks.shown(roll, file.sheet, kind, number)

    return Seen(file.name, list_looks.summary(roll, gone), page)


def kept(
    head: AnyRow, viewer: Account, rows: Callable[[], int], *, whole: bool
) -> Seen | KeptLook | None:
    """A long list as it was looked at; a look that is to be awaited; None where it is quick.

    ``rows``: how many it has. ``whole``: with who is not in it.
    """
    session = db.session()
    look = looks.latest(session, head.id, viewer, after=head.asked_at)
    if look and look.ready and looks.sent_since(session, look, viewer, head.sha256):
        look = None
    if look is None:
        number = rows()
        return None if number <= looks.AT_ONCE else KeptLook(head.id, number, 0, None, wanted=False)
    if look.of <= looks.AT_ONCE:
        changed = not look.ready or looks.changed_since(session, look)
        if changed or (whole and not (look.found or {})["gone"]):
            return None
    if not look.ready:
        return look
    said = look.found or {}
    found = {one.name: said[one.name] for one in fields(ListSummary) if one.name in said}
    page = partial(_page, session, head.id, viewer)
    return Seen(head.name, ListSummary(**found), page, look.at, looks.changed_since(session, look))


def _page(session: Session, list_id: int, viewer: Account, kind: str, number: int) -> Sequence[Any]:
    rows = looks.page(session, list_id, kind, number)
    if kind == "missing":
        return leaving.these(session, content().slug, rows, viewer)
    return list_looks.as_now(session, content().policy, rows, viewer, uk_day(utc_now()))
