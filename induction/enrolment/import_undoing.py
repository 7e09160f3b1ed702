"""Taking back an import as far as nobody has acted since on what it made.

What it made and changed is read from the record of acts, where every entry of it has its moment.
People whom it made go, if they never came and nothing is kept about them; what it changed goes back
unless it was changed again. Nothing else is touched; what is left as it is says why.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act, written
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import chunks
from induction.enrolment import putting_back, undo_cohorts, undo_lookups
from induction.enrolment.past_imports import PastImport
from induction.enrolment.undo_changes import WhatItChanged
from induction.enrolment.undo_entries import Entries
from induction.enrolment.undo_findings import CAME, HIDDEN, KEPT, Gone, TakenBack, Way
from induction.journey.models import Enrolment
from induction.mail.models import OutboxMail
from induction.people.models import HAS_SIGNED_IN, Account
from induction.policy.store import Content


class LookingBack:
    """One look at what an import did."""

    def __init__(self, session: Session, one: PastImport, by: Account | None) -> None:
        self.session, self.by = session, by
        self.found = TakenBack()
        self.entries = Entries(session, one)
        self.changes = WhatItChanged(session, one, by, self.found)

    def people(self, made: Sequence[str], changed: Sequence[str]) -> TakenBack:
        """At these people alone."""
        self._made(made)
        self.changes.look(self.entries, changed)
        self.found.left.sort(key=lambda one: (one.why, one.name))
        return self.found

    def cohorts(self) -> TakenBack:
        """At cohorts, once the people of this look have gone."""
        going = self.changes.leaving | {one.id for one in self.found.removed}
        undo_cohorts.look(self.session, self.entries, self.found, going)
        self.found.left.sort(key=lambda one: (one.why, one.name))
        return self.found

    def _made(self, public_ids: Sequence[str]) -> None:
        """Those whom it made; whoever has been erased, or has gone, is nobody."""
        query = (
            select(
                Account.id, Account.public_id, Account.full_name, Account.learner_ref,
                Account.sort_name, Enrolment.id.label("enrolment_id"),
                Enrolment.public_id.label("enrolment"),
                (HAS_SIGNED_IN | Account.password_hash.is_not(None)).label("came"),
                undo_lookups.sees(self.by).label("seen"),
            )
            .outerjoin(Enrolment, Enrolment.account_id == Account.id)
        )  # fmt: skip
        rows = [
            row
            for some in chunks(public_ids)
            for row in self.session.execute(query.where(Account.public_id.in_(some)))
        ]
        accounts = {row.id: row.id for row in rows}
        enrolments = {row.enrolment_id: row.id for row in rows if row.enrolment_id}
        held = undo_lookups.held(self.session, accounts, enrolments)
        theirs = {f"account:{row.public_id}" for row in rows}
        since = self.entries.since(
            theirs | {f"enrolment:{row.enrolment}" for row in rows if row.enrolment}
        )
        for row in rows:
            one = Gone(row.id, row.public_id, row.full_name, row.learner_ref, row.sort_name)
            if not row.seen:
                self.found.leave(one, HIDDEN)
            elif row.came:
                self.found.leave(one, CAME)
            elif row.id in held or since.get(one.actor) or since.get(f"enrolment:{row.enrolment}"):
                self.found.leave(one, KEPT)
            else:
                self.found.removed.append(one)
        self.found.removed.sort(key=lambda one: one.sort_name)


def people_of(session: Session, one: PastImport) -> tuple[list[str], list[str]]:
    """Those whom it made, and those whom it changed, by their public ids; always in one order."""
    return Entries(session, one).people()


def look(session: Session, one: PastImport, by: Account | None) -> TakenBack:
    """What taking this import back would do now; ``by`` None: the command line."""
    looking = LookingBack(session, one, by)
    looking.people(*looking.entries.people())
    return looking.cohorts()


def written_to(session: Session, gone: Sequence[Gone]) -> int:
    """How many of those who go an invitation has reached."""
    query = select(func.count(func.distinct(OutboxMail.account_id)))
    return sum(
        session.scalar(
            query.where(
                OutboxMail.account_id.in_([one.id for one in some]), OutboxMail.sent_at.is_not(None)
            )
        )
        or 0
        for some in chunks(gone)
    )


def undo(act: Act, content: Content, one: PastImport, by: Account | None, reason: str) -> TakenBack:
    """Take an import back as far as it can be; returns what that was. All or nothing."""
    looking = LookingBack(act.session, one, by)
    made, changed = looking.entries.people()
    _nobody_comes(act, made)
    looking.people(made, changed)
    found = looking.cohorts()
    with Batch(act) as entries:
        _put_back(entries, content, found)
        for _, perform in found.cohorts:
            perform(entries, content)
        if not found.nothing:
            put_on_record(entries, one, found.counts, reason)
    return found


def undo_people(
    act: Act, content: Content, one: PastImport, by: Account | None, made: Sequence[str],
    changed: Sequence[str],
) -> TakenBack:  # fmt: skip
    """A part of it: what was made and changed of these people."""
    _nobody_comes(act, made)
    found = LookingBack(act.session, one, by).people(made, changed)
    with Batch(act) as entries:
        _put_back(entries, content, found)
    return found


def undo_cohorts_of(act: Act, content: Content, one: PastImport, by: Account | None) -> TakenBack:
    """What remains once all its people have been looked at."""
    found = LookingBack(act.session, one, by).cohorts()
    with Batch(act) as entries:
        for _, perform in found.cohorts:
            perform(entries, content)
    return found


def put_on_record(
    entries: Batch | Act, one: PastImport, counts: Mapping[str, int], reason: str
) -> None:
    """That it was undone, and what that came to."""
    told: dict[str, Any] = {name: counts.get(name, 0) for name in ("removed", "put_back", "left")}
    entries.record(
        Action.IMPORT_UNDONE, one.subject,
        personal={"reason": reason}, imported_at=written(one.at), **told,
    )  # fmt: skip


def _nobody_comes(act: Act, made: Sequence[str]) -> None:
    """Whom it made, nobody comes as meanwhile."""
    for some in chunks(sorted(made)):
        these = Account.public_id.in_(some)
        act.session.execute(select(Account.id).where(these).order_by(Account.id).with_for_update())


def _put_back(entries: Batch, content: Content, found: TakenBack) -> None:
    putting_back.remove(entries, found.removed)
    alike: dict[Way, list[Any]] = {}
    for back in found.put_back:
        alike.setdefault(back.way, []).append(back.item)
    for way, those in alike.items():
        way(those, entries, content)
