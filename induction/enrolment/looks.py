"""What looking at a long list came to is kept, so that its pages cost the same for any length.

A look has its moment, and is no longer taken for true where its list or its viewer is another by
now. What else may have changed since then is told, and whoever goes ahead has each row compared.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from induction.audit.act import written
from induction.audit.actions import Action
from induction.audit.models import AuditEntry
from induction.database import pour, rows_hit, table, writing
from induction.enrolment.models import ListLook, ListPage, StagedList
from induction.extensions import db
from induction.people.models import Account

AT_ONCE = 5_000  # rows or people that are looked at while somebody waits, and at a time
SILENT = timedelta(minutes=2)  # after which another worker takes over
# Acts after which a list may come to something else. Who signs in counts for an undoing alone.
CHANGING = tuple(
    one.value
    for one in (
        Action.ACCOUNT_CREATED, Action.ACCOUNT_CHANGED, Action.ACCOUNTS_MERGED,
        Action.ACCOUNT_REMOVED, Action.ROLE_CHANGED, Action.LAST_DAY_SET, Action.DEACTIVATED,
        Action.REACTIVATED, Action.ERASED, Action.LET_GO, Action.COHORT_CREATED,
        Action.COHORT_JOINED, Action.COHORT_LEFT, Action.COHORT_CHANGED, Action.COHORT_TUTORS,
        Action.COHORT_ARCHIVED, Action.COHORT_REOPENED, Action.COHORT_REMOVED, Action.ENROLLED,
        Action.ENROLMENT_REMOVED, Action.DUE_CHANGED, Action.LEFT, Action.RETURNED,
        Action.LINK_SENT, Action.INVITATION_PLANNED, Action.INVITATION_CALLED_BACK,
        Action.SETTINGS_CHANGED, Action.POLICY_PUBLISHED,
    )
)  # fmt: skip
SIGNS_IN = (Action.SIGNED_IN.value, Action.CARD_USED.value, Action.REMINDED.value)


@dataclass(frozen=True, slots=True)
class KeptLook:
    """One look at a list, which may still be under way."""

    list_id: int
    of: int  # rows, or people
    done: int
    found: Mapping[str, Any] | None  # what it came to
    wanted: bool = True  # whether somebody has asked for it

    @property
    def failed(self) -> bool:
        """Whether a fault of ours ended it."""
        return self.found is not None and "fault" in self.found

    @property
    def ready(self) -> bool:
        """Whether it can be shown."""
        return self.found is not None and not self.failed

    @property
    def at(self) -> datetime:
        """When it was begun: what it says is true of then."""
        return datetime.fromisoformat((self.found or {})["at"])


def latest(
    session: Session, list_id: int, viewer: Account, *, after: datetime | None
) -> KeptLook | None:
    """The look at a list that can be shown to this viewer, or is under way; None: there is none.

    ``after``: what is older than this is out of date.
    """
    query = select(table(ListLook)).where(table(ListLook).c.list_id == list_id)
    row = session.execute(query).first()
    if row is None or row.wanted["roles"] != sorted(viewer.roles):
        return None
    look = KeptLook(row.list_id, row.of, row.done, row.found)
    return None if look.ready and after and look.at <= after else look


def length(session: Session, list_id: int) -> int:
    """How many rows a list has, where it was looked at."""
    return session.scalar(select(ListLook.of).where(ListLook.list_id == list_id)) or 0


def counted(session: Session, public_id: str) -> Mapping[str, int]:
    """The rows of a list by kind, as it was looked at; nothing where it was not."""
    of_list = ListLook.list_id == StagedList.id
    query = select(ListLook.found).join(StagedList, of_list)
    found = session.scalar(query.where(StagedList.public_id == public_id)) or {}
    counts: Mapping[str, int] = found.get("counts", {})
    return counts


def want(
    session: Session, list_id: int, roles: Iterable[str], of: int, heard: datetime | None = None
) -> None:
    """Ask for a look, in place of any before it; ``heard``: it is done here, and by no worker."""
    forget(session, list_id)
    values = {"list_id": list_id, "wanted": {"roles": sorted(roles)}, "of": of, "done": 0}
    session.execute(insert(ListLook).values({**values, "heard_at": heard}))


def want_all_again(session: Session) -> None:
    """What was kept goes, since it may name whoever is erased; the worker looks again."""
    session.execute(delete(ListPage))
    session.execute(update(ListLook).values(found=None, done=0, heard_at=None))


def forget(session: Session, list_id: int) -> None:
    """There is no look at this list any more."""
    session.execute(delete(ListLook).where(ListLook.list_id == list_id))


def take(now: datetime) -> int | None:
    """Claim the one that has waited longest; None where nobody waits for one."""
    free = or_(ListLook.heard_at.is_(None), ListLook.heard_at < now - SILENT)
    waits = ListLook.found.is_(None), free
    query = select(ListLook.list_id).where(*waits).order_by(ListLook.list_id).limit(1)
    found = db.session.scalar(query)
    if found is None:
        return None
    with writing() as session:
        mine = update(ListLook).where(ListLook.list_id == found, *waits)
        return found if rows_hit(session, mine.values(heard_at=now)) else None


def note(list_id: int, heard: datetime, done: int, now: datetime) -> bool:
    """Say how far a look has got; False where it is somebody else’s by now, or not wanted."""
    mine = update(ListLook).where(ListLook.list_id == list_id, ListLook.heard_at == heard)
    with writing() as session:
        return bool(rows_hit(session, mine.values(done=done, heard_at=now)))


Pages = Iterable[tuple[str, int, Sequence[Any]]]  # kind, number, rows


def keep(list_id: int, heard: datetime, found: Mapping[str, Any], pages: Pages = ()) -> None:
    """Keep what a look came to, unless it is somebody else’s by now."""
    as_text = [(list_id, kind, number, json.dumps(rows)) for kind, number, rows in pages]
    mine = update(ListLook).where(ListLook.list_id == list_id, ListLook.heard_at == heard)
    with writing() as session:
        if rows_hit(session, mine.values(found=dict(found), heard_at=None)):
            pour(session, table(ListPage), ("list_id", "kind", "number", "rows"), as_text)


def page(session: Session, list_id: int, kind: str, number: int) -> Sequence[Any]:
    """The rows of one page, as they are kept."""
    return session.scalar(
        select(ListPage.rows).where(
            ListPage.list_id == list_id, ListPage.kind == kind, ListPage.number == number
        )
    ) or ()  # fmt: skip


def last_act(session: Session) -> int:
    """Up to where the record of acts goes."""
    return session.scalar(select(func.max(AuditEntry.seq))) or 0


def changed_since(session: Session, look: KeptLook, *, also: Sequence[str] = ()) -> bool:
    """Whether anything was done since by which it may come to something else."""
    since = AuditEntry.seq > (look.found or {})["seq"]
    return bool(
        session.scalar(select(exists().where(since, AuditEntry.action.in_((*CHANGING, *also)))))
    )


def sent_since(session: Session, look: KeptLook, viewer: Account, sha256: str) -> bool:
    """Whether the list itself was looked at anew, since somebody has mended it."""
    query = select(AuditEntry.details).where(
        AuditEntry.seq > (look.found or {})["seq"], AuditEntry.actor == viewer.actor,
        AuditEntry.action == Action.IMPORT_LOOKED_AT.value,
    )  # fmt: skip
    return any(json.loads(details)["sha256"] == sha256 for details in session.scalars(query))


def begun(session: Session, now: datetime) -> dict[str, Any]:
    """By what a look is known: its moment, and the last act that it has seen."""
    return {"at": written(now), "seq": last_act(session)}
