"""Whoever is in a full list no more: who they are, whether that can be true, and marking them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.audit.batch import Batch
from induction.database import AnyRow, AnySelect, chunks
from induction.enrolment.import_cohorts import Groups
from induction.journey.models import Enrolment
from induction.people.access import visible_accounts
from induction.people.models import IS_STAFF, MAIN_NOW, Account, Cohort, Membership
from induction.progress.status import HERE
from induction.spreadsheets.reading import Sheet

FEW, SHARE = 5, 0.1  # people, and of those who are here: that may be gone without a question
NOT_IN_LIST = "Not in the full list"
MANY_GONE = (
    "Nothing was changed. {} of {} people would be marked as left, which is many: is the list "
    "whole? If so, tick this."
)


class Scope(StrEnum):
    """Of whom the list is the whole."""

    COHORTS = "cohorts"  # whoever is in a cohort that it names
    ALL = "all"  # everybody whom the viewer sees


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who is here and not in the list, as far as marking and showing them needs."""

    account_id: int
    enrolment_id: int
    enrolment: str  # its public id
    public_id: str = ""
    full_name: str = ""
    learner_ref: str = ""
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Leavers:
    """Who is not in a list, of how many."""

    people: tuple[Leaver, ...]
    here: int

    @property
    def many(self) -> bool:
        """Whether so many are gone that the list may not be whole: somebody has to say it is."""
        return are_many(len(self.people), self.here)


def are_many(gone: int, here: int) -> bool:
    """Whether so many of those who are here are gone that the list may not be whole."""
    return gone > max(FEW, SHARE * here)


def _named(row: AnyRow, refs: AbstractSet[str], emails: AbstractSet[str]) -> bool:
    """Whether the list names them, also by what they had before staff corrected it by hand."""
    earlier = row.corrected
    mine = {ref.casefold() for ref in (row.learner_ref or "", *earlier.get("learner_ref", ()))}
    addresses = {row.email or "", *earlier.get("email", ())}
    return not mine.isdisjoint(refs) or not addresses.isdisjoint(emails)


def not_in(
    session: Session, policy: str, sheet: Sheet, viewer: Account | None, scope: Scope
) -> Leavers:
    """Learners who are here and in no row of the list, not even in one that is refused.

    ``viewer`` None: the command line, who sees all. Staff and the viewer are left out. Two queries.
    """
    refs = {line.values.get("learner_ref", "").strip().casefold() for line in sheet.lines} - {""}
    emails = {line.values.get("email", "").strip().lower() for line in sheet.lines} - {""}
    query = _here(policy, viewer)
    if scope is Scope.COHORTS:
        groups = Groups(session)
        named = {groups.named(line.values.get("cohort", "").strip()) for line in sheet.lines}
        query = query.where(Cohort.name.in_(named - {""}))
    here = session.execute(query).all()
    gone = tuple(_leaver(row) for row in here if not _named(row, refs, emails))
    return Leavers(gone, len(here))


def these(
    session: Session, policy: str, account_ids: Sequence[int], viewer: Account | None
) -> list[Leaver]:
    """Of these people, as few as one ``IN`` takes, those who are here now."""
    query = _here(policy, viewer).where(Account.id.in_(account_ids))
    return [_leaver(row) for row in session.execute(query)]


def _here(policy: str, viewer: Account | None) -> AnySelect:
    """Learners who are here, but for the viewer, in the order of cohorts and names."""
    query: AnySelect = (
        select(
            Account.id, Account.public_id, Account.full_name, Account.learner_ref, Account.email,
            Account.corrected,
            Cohort.name.label("cohort"), Enrolment.id.label("enrolment_id"),
            Enrolment.public_id.label("enrolment"),
        )
        .join(Enrolment, (Enrolment.account_id == Account.id) & (Enrolment.policy == policy))
        .outerjoin(Membership, (Membership.account_id == Account.id) & MAIN_NOW)
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .where(HERE, ~IS_STAFF)
        .order_by(Cohort.sort_name, Account.sort_name, Account.id)
    )  # fmt: skip
    if viewer is not None:
        query = query.where(visible_accounts(viewer), Account.id != viewer.id)
    return query


def _leaver(row: AnyRow) -> Leaver:
    return Leaver(
        row.id, row.enrolment_id, row.enrolment, row.public_id, row.full_name,
        row.learner_ref or "", row.cohort or "",
    )  # fmt: skip


def mark(entries: Batch, people: Sequence[Leaver], reason: str) -> int:
    """Mark people as left; whoever is already stays as they are. Returns how many were marked.

    They are in no list and get no reminders. The record stays, and they can come back.
    """
    session, now = entries.act.session, entries.act.now
    of_enrolments = {one.enrolment_id: one for one in people}
    marked = 0
    for ids in chunks(sorted(of_enrolments)):
        found = session.scalars(
            update(Enrolment)
            .where(Enrolment.id.in_(ids), Enrolment.left_at.is_(None))
            .values(left_at=now)
            .returning(Enrolment.id)
        ).all()
        for enrolment_id in sorted(found):
            one = of_enrolments[enrolment_id]
            entries.record(
                Action.LEFT,
                f"enrolment:{one.enrolment}",
                personal={"reason": reason},
                account_id=one.account_id,
            )
        marked += len(found)
    return marked


@dataclass(frozen=True, slots=True)
class WholeList:
    """By what the record knows the list that somebody is not in."""

    scope: Scope
    sha256: str
    subject: str = ""  # of an import that began earlier


def mark_all(act: Act, people: Sequence[Leaver], of: int, whole: WholeList) -> int:
    """Mark people who are not in a list, ``of`` so many who are here, and put that on record."""
    with Batch(act) as entries:
        marked = mark(entries, people, NOT_IN_LIST)
        if marked:
            entries.record(
                Action.LEAVERS_MARKED, whole.subject or f"import:{act.now:%Y%m%dT%H%M%S}",
                scope=whole.scope.value, left=marked, of=of, sha256=whole.sha256,
            )  # fmt: skip
    return marked


def mark_some(
    act: Act, policy: str, people: Sequence[Leaver], of: int, viewer: Account | None,
    whole: WholeList,
) -> int:  # fmt: skip
    """A part of them: those who are still here, and where they were."""
    found = these(act.session, policy, [one.account_id for one in people], viewer)
    where = {one.account_id: one.cohort for one in people}
    return mark_all(act, [one for one in found if one.cohort == where[one.account_id]], of, whole)
