"""Taking back an import as far as nobody has acted since on what it made.

What it made and changed is read from the record of acts, where every entry of it has its moment.
People whom it made go, if they never came and nothing is kept about them; what it changed goes back
unless it was changed again. Nothing else is touched; what is left as it is says why.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from induction.audit.act import Act, written
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.audit.models import AuditEntry, AuditPersonal
from induction.database import AnyRow, chunks
from induction.enrolment import putting_back, undo_lookups
from induction.enrolment.past_imports import PastImport
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.mail.models import OutboxMail
from induction.people.access import TRUSTED
from induction.people.learner_fields import WORDS, facts_of
from induction.people.models import (
    IN_NOW,
    Account,
    Cohort,
    CohortTutor,
    Membership,
)
from induction.policy.store import Content

_LETTERS = (Action.LINK_SENT, Action.INVITATION_PLANNED, Action.INVITATION_CALLED_BACK)

CAME = "They have been here since."
KEPT = "Something has been done for them since, or is kept about them: a reminder, a note, a card."
AGAIN = "It has been changed again since."
HIDDEN = "They are not in your cohorts now."
TAKEN = "Somebody else has what stood there before."
IN_USE = "Somebody signs in with this account. Compliance or an administrator changes the address."
ERASED = "What stood there before is no longer kept."
LEARNING = "They have begun."


@dataclass(frozen=True, slots=True)
class PutBack:
    """One thing that goes back to what it was."""

    account: Account
    what: str  # in words
    way: Callable[[list[Any], Batch, Content], None]  # takes what goes back so of everybody
    item: object  # of this one


@dataclass(frozen=True, slots=True)
class Left:
    """Something that stays as it is, and why."""

    name: str
    why: str


@dataclass
class TakenBack:
    """What taking an import back would do now."""

    removed: list[Account] = field(default_factory=list)
    put_back: list[PutBack] = field(default_factory=list)
    cohorts: list[tuple[str, Callable[[Batch, Content], object]]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    written_to: int = 0  # of those who go: an invitation has reached them

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that could be taken back."""
        return not (self.removed or self.put_back or self.cohorts)


class _Look:
    """What an import did, entry by entry, against what is there now."""

    def __init__(self, session: Session, one: PastImport, by: Account | None) -> None:
        self.session, self.one, self.by = session, one, by
        self.found = TakenBack()
        self.entries: dict[Action, list[AnyRow]] = defaultdict(list)
        rows = session.execute(
            select(
                AuditEntry.seq, AuditEntry.action, AuditEntry.subject, AuditEntry.details,
                AuditPersonal.data,
            )
            .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
            .where(AuditEntry.actor == one.actor, AuditEntry.at.in_(one.times))
            .order_by(AuditEntry.seq)
        )  # fmt: skip
        for row in rows:
            self.entries[Action(row.action)].append(row)
        self.made = {row.subject for row in self.entries[Action.ACCOUNT_CREATED]}
        self.new_cohorts = {row.subject for row in self.entries[Action.COHORT_CREATED]}
        self.since: dict[str, list[AnyRow]] = {}  # what was done to each afterwards
        self.leaving: set[int] = set()  # who leaves a cohort that the import put them into
        # Of those whom it changed: who has what stood there before, and where else they were.
        self.holders: dict[str, dict[str, int]] = {}
        self.memberships: dict[int, list[AnyRow]] = {}
        self.kept_about: set[int] = set()
        self.dates: dict[str, list[dict[str, Any]]] = defaultdict(list)  # one after the other

    def _afterwards(self, subjects: Collection[str]) -> dict[str, list[AnyRow]]:
        """What was done to each of these; an invitation is nothing that somebody has done."""
        found: dict[str, list[AnyRow]] = defaultdict(list)
        first = min((row.seq for some in self.entries.values() for row in some), default=0)
        # A long list is carried out in parts, between which others act.
        another = AuditEntry.at.not_in(self.one.times) | (AuditEntry.actor != self.one.actor)
        for some in chunks(sorted(subjects)):
            rows = self.session.execute(
                select(AuditEntry.subject, AuditEntry.action, AuditEntry.details).where(
                    AuditEntry.subject.in_(some),
                    AuditEntry.seq > first,
                    another,
                    AuditEntry.action.not_in(_LETTERS),
                )
            )
            for row in rows:
                found[row.subject].append(row)
        return found

    def people(self, subjects: Collection[str]) -> dict[str, AnyRow]:
        """Accounts and enrolments by either’s name in the record; who is hidden has no account."""
        found: dict[str, AnyRow] = {}
        for kind, column in (("account", Account.public_id), ("enrolment", Enrolment.public_id)):
            ids = [s.partition(":")[2] for s in sorted(subjects) if s.startswith(f"{kind}:")]
            for some in chunks(ids):
                rows = self.session.execute(
                    select(
                        Account, Enrolment, Progress.state, column.label("key"),
                        (undo_lookups.sees(self.by)).label("seen"),
                    )
                    .outerjoin(Enrolment, Enrolment.account_id == Account.id)
                    .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
                    .where(column.in_(some))
                    .execution_options(populate_existing=True)
                )  # fmt: skip
                found |= {f"{kind}:{row.key}": row for row in rows}
        return found

    def take(self) -> TakenBack:
        """All of it."""
        subjects = {row.subject for some in self.entries.values() for row in some}
        self.since = self._afterwards(subjects)
        self._people_made()
        self._people_changed()
        self._cohorts()
        self.found.left.sort(key=lambda one: (one.why, one.name))
        return self.found

    def _leave(self, account: Account, why: str, what: str = "") -> None:
        said = f"{account.full_name}{f' ({what})' if what else ''}"
        self.found.left.append(Left(said, why))

    def _people_made(self) -> None:
        rows = list(self.people(self.made).values())
        held = undo_lookups.held(self.session, rows)
        for row in rows:
            account, enrolment = row.Account, row.Enrolment
            subjects = [account.actor, *([f"enrolment:{enrolment.public_id}"] if enrolment else [])]
            if not row.seen:
                self._leave(account, HIDDEN)
            elif account.has_signed_in or account.password_hash:
                self._leave(account, CAME)
            elif account.id in held or any(self.since[subject] for subject in subjects):
                self._leave(account, KEPT)
            else:
                self.found.removed.append(account)
        self.found.removed.sort(key=lambda account: account.sort_name)
        self.found.written_to = sum(
            self.session.scalar(
                select(func.count(func.distinct(OutboxMail.account_id))).where(
                    OutboxMail.account_id.in_([a.id for a in some]), OutboxMail.sent_at.is_not(None)
                )
            )
            or 0
            for some in chunks(self.found.removed)
        )

    def _people_changed(self) -> None:
        """What it changed of people who were there before, in the order in which it goes back."""
        ways: dict[Action, Callable[[AnyRow, AnyRow], None]] = {
            Action.LEFT: self._left,
            Action.ACCOUNT_CHANGED: self._facts,
            Action.COHORT_JOINED: self._cohort,
            Action.ENROLLED: self._enrolled,
            Action.DUE_CHANGED: self._due,
        }
        entries = [(action, row) for action in ways for row in self.entries[action]]
        people = self.people({row.subject for _, row in entries})
        made = {row.Account.id for row in self.people(self.made).values()}
        theirs = [
            (action, entry, people[entry.subject])
            for action, entry in entries
            if entry.subject in people and people[entry.subject].Account.id not in made
        ]
        self._look_ahead([(action, entry, row) for action, entry, row in theirs if row.seen])
        for action, entry, row in theirs:
            if not row.seen:
                self._leave(row.Account, HIDDEN)
            elif row.Account.erased_at is None:
                ways[action](entry, row)

    def _look_ahead(self, theirs: Sequence[tuple[Action, AnyRow, AnyRow]]) -> None:
        """What the rows of all these people are looked at with, in a few statements."""
        of = {
            wanted: [(entry, row) for action, entry, row in theirs if action is wanted]
            for wanted in (Action.ACCOUNT_CHANGED, Action.COHORT_JOINED, Action.ENROLLED)
        }
        before = [json.loads(e.data) for e, _ in of[Action.ACCOUNT_CHANGED] if e.data]
        self.holders = undo_lookups.holders(self.session, before)
        accounts = {row.Account.id for _, row in of[Action.COHORT_JOINED]}
        self.memberships = undo_lookups.memberships(self.session, accounts, self.one.moments)
        for entry in self.entries[Action.DUE_CHANGED]:
            self.dates[entry.subject].append(json.loads(entry.details))
        enrolled = [row for _, row in of[Action.ENROLLED]]
        self.kept_about = undo_lookups.held(self.session, enrolled, enrolment_alone=True)

    def _back(
        self,
        account: Account,
        what: str,
        way: Callable[[list[Any], Batch, Content], None],
        item: object,
    ) -> None:
        self.found.put_back.append(PutBack(account, what, way, item))

    def _left(self, _entry: AnyRow, row: AnyRow) -> None:
        if row.Enrolment.left_at in self.one.moments:
            way = putting_back.bring_back
            self._back(row.Account, "marked as returned", way, row.Enrolment)

    def _facts(self, entry: AnyRow, row: AnyRow) -> None:
        account, fields = row.Account, json.loads(entry.details)["fields"]
        again = {
            name
            for later in self.since[account.actor]
            if later.action == Action.ACCOUNT_CHANGED
            for name in json.loads(later.details)["fields"]
        }
        before = json.loads(entry.data) if entry.data else {}
        facts: dict[str, str] = {}
        for name in (name for name in WORDS if name in fields):
            why = self._why_not(account, name, before.get(name), again)
            if why:
                self._leave(account, why, WORDS[name])
            else:
                facts[name] = before[name]
        if facts:
            now = facts_of(account)
            what = "; ".join(
                f"{WORDS[n]}: {now[n] or 'nothing'} → {value or 'nothing'}"
                for n, value in facts.items()
            )
            self._back(account, what, putting_back.change, (account, facts))

    def _why_not(
        self, account: Account, name: str, before: str | None, again: Collection[str]
    ) -> str:
        if name in again:
            return AGAIN
        if before is None:
            return ERASED
        trusted = self.by is None or not self.by.roles.isdisjoint(TRUSTED)
        if name == "email" and account.has_signed_in and not trusted:
            return IN_USE
        holder = self.holders.get(name, {}).get(before.lower())
        going = {account.id, *(one.id for one in self.found.removed)}
        return TAKEN if holder is not None and holder not in going else ""

    def _cohort(self, entry: AnyRow, row: AnyRow) -> None:
        account, public_id = row.Account, json.loads(entry.details)["cohort"]
        theirs = self.memberships.get(account.id, ())
        found = next(
            (m for m in theirs if m.left_at is None and m.Cohort.public_id == public_id), None
        )
        if found is None:
            self._leave(account, AGAIN, "cohort")
            return
        self.leaving.add(account.id)
        earlier = next((m.Cohort for m in theirs if m.left_at is not None), None)
        if found.is_main and earlier:
            what = f"cohort: {found.Cohort.name} → {earlier.name}"
            self._back(account, what, putting_back.move, (account, earlier))
        else:
            what = f"taken out of {found.Cohort.name}"
            self._back(account, what, putting_back.take_out, (account, found.Cohort))

    def _due(self, entry: AnyRow, row: AnyRow) -> None:
        """One date may have come with a cohort, and another after it."""
        steps = self.dates.pop(entry.subject, [])
        if not steps:
            return
        before, after = _day(steps[0]["before"]), _day(steps[-1]["after"])
        if row.Enrolment.due_on != after:
            self._leave(row.Account, AGAIN, "due date")
            return
        what = f"due date: {steps[-1]['after'] or 'none'} → {steps[0]['before'] or 'none'}"
        self._back(row.Account, what, putting_back.give_dates, (row.Account, before))

    def _enrolled(self, _entry: AnyRow, row: AnyRow) -> None:
        subject = f"enrolment:{row.Enrolment.public_id}"
        begun = row.state != LearnerState.NOT_STARTED.value
        if begun or self.since[subject] or row.Account.id in self.kept_about:
            self._leave(row.Account, LEARNING if begun else KEPT, "enrolled")
        else:
            way = putting_back.no_longer_enrolled
            self._back(row.Account, "no longer enrolled", way, row.Enrolment)

    def _cohorts(self) -> None:
        going = self.leaving | {one.id for one in self.found.removed}
        ids = {subject.partition(":")[2] for subject in self.new_cohorts}
        new = Cohort.public_id.in_(ids)
        joined = select(Membership.cohort_id, Membership.account_id).join(Cohort).where(new, IN_NOW)
        there: defaultdict[int, set[int]] = defaultdict(set)
        for row in self.session.execute(joined):
            there[row.cohort_id].add(row.account_id)
        for cohort in self.session.scalars(select(Cohort).where(new).order_by(Cohort.sort_name)):
            members = there[cohort.id]
            subject = f"cohort:{cohort.public_id}"
            if members - going or self.since[subject]:
                said = "Somebody is in it." if members - going else AGAIN
                self.found.left.append(Left(f"the cohort {cohort.name}", said))
            elif cohort.archived_at is None:
                self.found.cohorts.append(
                    (f"The cohort {cohort.name} goes.", partial(putting_back.let_go, cohort))
                )
        for entry in self.entries[Action.COHORT_TUTORS]:
            if entry.subject not in self.new_cohorts:
                self._tutors(entry)

    def _tutors(self, entry: AnyRow) -> None:
        public_id, said = entry.subject.partition(":")[2], json.loads(entry.details)
        cohort = self.session.scalar(select(Cohort).where(Cohort.public_id == public_id))
        if cohort is None:
            return
        now = self.session.scalars(
            select(Account.public_id)
            .join(CohortTutor, CohortTutor.account_id == Account.id)
            .where(CohortTutor.cohort_id == cohort.id)
        )
        before = self.session.scalars(select(Account.id).where(Account.public_id.in_(said["from"])))
        if set(now) != set(said["to"]):
            self.found.left.append(Left(f"the tutors of {cohort.name}", AGAIN))
            return
        words = f"The tutors of {cohort.name} are those from before."
        self.found.cohorts.append((words, partial(putting_back.set_tutors, cohort, before.all())))


def look(session: Session, one: PastImport, by: Account | None) -> TakenBack:
    """What taking this import back would do now; ``by`` None: the command line."""
    return _Look(session, one, by).take()


def undo(act: Act, content: Content, one: PastImport, by: Account | None, reason: str) -> TakenBack:
    """Take an import back as far as it can be; returns what that was. All or nothing."""
    looking = _Look(act.session, one, by)
    made = [row.Account.id for row in looking.people(looking.made).values()]
    for some in chunks(sorted(made)):  # nobody comes meanwhile
        act.session.execute(select(Account.id).where(Account.id.in_(some)).with_for_update())
    found = looking.take()
    with Batch(act) as entries:
        putting_back.remove(entries, found.removed)
        alike: dict[Callable[[list[Any], Batch, Content], None], list[object]] = {}
        for back in found.put_back:
            alike.setdefault(back.way, []).append(back.item)
        for way, those in alike.items():
            way(those, entries, content)
        for _, perform in found.cohorts:
            perform(entries, content)
        if not found.nothing:
            told: dict[str, Any] = {
                "imported_at": written(one.at),
                "removed": len(found.removed),
                "put_back": len({back.account.id for back in found.put_back}),
                "left": len(found.left),
            }
            entries.record(Action.IMPORT_UNDONE, one.subject, personal={"reason": reason}, **told)
    return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
