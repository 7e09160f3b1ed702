"""What an import changed of people who were there before, against what is there now."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from induction.audit.actions import Action
from induction.database import AnyRow, chunks
from induction.enrolment import putting_back, undo_lookups
from induction.enrolment.past_imports import PastImport
from induction.enrolment.undo_entries import Entries
from induction.enrolment.undo_findings import (
    AGAIN,
    ERASED,
    HIDDEN,
    IN_USE,
    KEPT,
    LEARNING,
    TAKEN,
    PutBack,
    TakenBack,
    Way,
)
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.access import TRUSTED
from induction.people.learner_fields import WORDS, facts_of
from induction.people.models import Account


class WhatItChanged:
    """What it changed of these people, in the order in which it goes back."""

    def __init__(
        self, session: Session, one: PastImport, by: Account | None, found: TakenBack
    ) -> None:
        self.session, self.one, self.by, self.found = session, one, by, found
        self.moments = set(one.moments)
        self.leaving: set[int] = set()  # who leaves a cohort that the import put them into
        self.since: dict[str, list[AnyRow]] = {}
        # Who has what stood there before, where else they were, and their dates one after another.
        self.holders: dict[str, dict[str, int]] = {}
        self.memberships: dict[int, list[AnyRow]] = {}
        self.kept_about: set[int] = set()
        self.dates: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def look(self, entries: Entries, public_ids: Sequence[str]) -> None:
        """Look at these people."""
        people = self._people(public_ids)
        did = entries.of(people)
        self.since = entries.since(people)
        ways: dict[Action, Callable[[AnyRow, AnyRow], None]] = {
            Action.LEFT: self._left,
            Action.ACCOUNT_CHANGED: self._facts,
            Action.COHORT_JOINED: self._cohort,
            Action.ENROLLED: self._enrolled,
            Action.DUE_CHANGED: self._due,
        }
        theirs = [(way, entry, people[entry.subject]) for way in ways for entry in did[way]]
        self._look_ahead([one for one in theirs if one[2].seen])
        for way, entry, row in theirs:
            if not row.seen:
                self.found.leave(row.Account, HIDDEN)
            elif row.Account.erased_at is None:
                ways[way](entry, row)

    def _people(self, public_ids: Sequence[str]) -> dict[str, AnyRow]:
        """Accounts and enrolments, by either’s name in the record of acts."""
        found: dict[str, AnyRow] = {}
        for some in chunks(public_ids):
            rows = self.session.execute(
                select(Account, Enrolment, Progress.state, undo_lookups.sees(self.by).label("seen"))
                .outerjoin(Enrolment, Enrolment.account_id == Account.id)
                .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
                .where(Account.public_id.in_(some))
                .options(lazyload(Account.given))
                .execution_options(populate_existing=True)
            )
            for row in rows:
                found[row.Account.actor] = row
                if row.Enrolment:
                    found[f"enrolment:{row.Enrolment.public_id}"] = row
        return found

    def _look_ahead(self, theirs: Sequence[tuple[Action, AnyRow, AnyRow]]) -> None:
        """What all these people are looked at with, in a few statements."""
        of = {
            wanted: [(entry, row) for action, entry, row in theirs if action is wanted]
            for wanted in (
                Action.ACCOUNT_CHANGED, Action.COHORT_JOINED, Action.ENROLLED, Action.DUE_CHANGED,
            )
        }  # fmt: skip
        before = [json.loads(e.data) for e, _ in of[Action.ACCOUNT_CHANGED] if e.data]
        self.holders = undo_lookups.holders(self.session, before)
        accounts = {row.Account.id for _, row in of[Action.COHORT_JOINED]}
        self.memberships = undo_lookups.memberships(self.session, accounts, self.one.moments)
        for entry, _ in of[Action.DUE_CHANGED]:
            self.dates[entry.subject].append(json.loads(entry.details))
        enrolled = {row.Enrolment.id: row.Account.id for _, row in of[Action.ENROLLED]}
        self.kept_about = undo_lookups.held(self.session, {}, enrolled)

    def _back(self, account: Account, what: str, way: Way, item: object) -> None:
        self.found.put_back.append(PutBack(account, what, way, item))

    def _left(self, _entry: AnyRow, row: AnyRow) -> None:
        if row.Enrolment.left_at in self.moments:
            way = putting_back.bring_back
            self._back(row.Account, "marked as returned", way, row.Enrolment)

    def _facts(self, entry: AnyRow, row: AnyRow) -> None:
        account, fields = row.Account, json.loads(entry.details)["fields"]
        again = {
            name
            for later in self.since.get(account.actor, ())
            if later.action == Action.ACCOUNT_CHANGED
            for name in json.loads(later.details)["fields"]
        }
        before = json.loads(entry.data) if entry.data else {}
        facts: dict[str, str] = {}
        for name in (name for name in WORDS if name in fields):
            why = self._why_not(account, name, before.get(name), again)
            if why:
                self.found.leave(account, why, WORDS[name])
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
            self.found.leave(account, AGAIN, "cohort")
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
            self.found.leave(row.Account, AGAIN, "due date")
            return
        what = f"due date: {steps[-1]['after'] or 'none'} → {steps[0]['before'] or 'none'}"
        self._back(row.Account, what, putting_back.give_dates, (row.Account, before))

    def _enrolled(self, _entry: AnyRow, row: AnyRow) -> None:
        subject = f"enrolment:{row.Enrolment.public_id}"
        begun = row.state != LearnerState.NOT_STARTED.value
        if begun or self.since.get(subject) or row.Account.id in self.kept_about:
            self.found.leave(row.Account, LEARNING if begun else KEPT, "enrolled")
        else:
            way = putting_back.no_longer_enrolled
            self._back(row.Account, "no longer enrolled", way, row.Enrolment)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
