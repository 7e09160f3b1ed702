"""Who is there already, as far as an import looks: found by reference and by address."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from induction.database import AnyRow, AnySelect, chunks, table
from induction.enrolment.import_rows import ImportedPerson
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.invitations import NEVER_INVITED
from induction.people.learner_fields import facts_of
from induction.people.models import IN_NOW, IS_STAFF, MAIN_NOW, Account, Cohort, Membership
from induction.uk_time import uk_day

FEW = 250  # people: a part of a long list, or whom a form or a directory names


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is there already, as far as an import looks."""

    account_id: int
    facts: Mapping[str, str]  # by name: see ``people.learner_fields``
    cohort: str
    due_on: date | None
    enrolled_on: date | None  # None: not enrolled
    follows_cohort: bool  # has no due date of their own, and not finished
    finished: bool
    has_left: bool
    also_in: frozenset[str]  # further cohorts
    corrected: Mapping[str, list[str]]  # by hand: what stood there before, by what it is
    staff: bool
    in_use: bool  # somebody has signed in, or has begun
    to_invite: bool  # has never signed in, and no invitation was sent to this address


KnownPeople = dict[tuple[str, str], Known]
_account = table(Account)


def spelled_as_known(session: Session, people: Sequence[ImportedPerson]) -> list[ImportedPerson]:
    """The same people with their references as they are on record, whatever the list's case."""
    spelled = _spelled(session, people)

    def facts(person: ImportedPerson) -> Mapping[str, str]:
        ref = person.learner_ref
        return {**person.facts, "learner_ref": spelled.get(ref.casefold(), ref)}

    return [replace(person, facts=facts(person)) for person in people]


def _spelled(session: Session, people: Sequence[ImportedPerson]) -> dict[str, str]:
    """The references on record, which are the same in whatever case a list writes them."""
    asked = {p.learner_ref.casefold(): p.learner_ref for p in people}
    found: dict[str, str] = {}
    query = select(Account.learner_ref).where(Account.learner_ref.is_not(None))
    if len(asked) <= FEW:  # the database looks through them itself; references are ASCII
        query = query.where(func.lower(Account.learner_ref).in_(asked))
    for ref in session.scalars(query):
        fold = (ref or "").casefold()
        if ref and fold in asked and found.get(fold) != asked[fold]:
            found[fold] = ref
    return found


def known_people(session: Session, people: Sequence[ImportedPerson]) -> KnownPeople:
    """Everybody whom these rows name, in few queries however many rows there are."""
    found: KnownPeople = {}
    merged: dict[int, list[Known]] = defaultdict(list)
    seen: set[int] = set()
    ways: tuple[tuple[ColumnElement[Any], set[str]], ...] = (
        (_account.c.learner_ref, {p.learner_ref for p in people}),
        (_account.c.email, {p.email for p in people if p.email}),
    )
    for column, values in ways:
        for chunk in chunks(sorted(values)):
            # Most rows of a list are about nobody, or about people who were found already.
            there = session.scalars(select(_account.c.id).where(column.in_(chunk))).all()
            for row, one in _these(session, [one for one in there if one not in seen]):
                seen.add(row.id)
                _put(found, one, one)
                if row.merged_into_id:
                    merged[row.merged_into_id].append(one)
    for ids in chunks(sorted(merged)):  # an earlier account means whoever it belongs to today
        for row, today in _these(session, ids):
            for earlier in (today, *merged[row.id]):
                _put(found, earlier, today)
    _earlier(session, people, found)
    return found


def _these(session: Session, ids: Sequence[int]) -> Iterator[tuple[AnyRow, Known]]:
    """These people, as few as one ``IN`` takes."""
    if not ids:
        return
    further = _further(session, ids)
    for row in session.execute(_PEOPLE.where(_account.c.id.in_(ids))):
        yield row, _one(row, frozenset(further[row.id]))


def _further(session: Session, account_ids: Sequence[int]) -> dict[int, set[str]]:
    """The names of the cohorts that these people are in beside their main one."""
    found: dict[int, set[str]] = defaultdict(set)
    query = (
        select(Membership.account_id, Cohort.name)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(Membership.account_id.in_(account_ids), IN_NOW, ~Membership.is_main)
    )
    for row in session.execute(query):
        found[row.account_id].add(row.name)
    return found


def _earlier(session: Session, people: Sequence[ImportedPerson], found: KnownPeople) -> None:
    """Who is named by the reference and the address that they had before staff corrected both."""
    unknown = {
        (p.learner_ref.casefold(), p.email): p
        for p in people
        if ("ref", p.learner_ref) not in found and ("email", p.email) not in found
    }
    if not unknown:
        return
    corrected = cast(Account.corrected, String).not_in(("{}", "null"))
    query = select(Account.id, Account.learner_ref, Account.email, Account.corrected)
    meant: dict[int, list[ImportedPerson]] = defaultdict(list)
    for row in session.execute(query.where(corrected, Account.deactivated_at.is_(None))):
        had = row.corrected.get
        refs = {ref.casefold() for ref in (row.learner_ref or "", *had("learner_ref", ()))}
        for key in product(refs, (row.email or "", *had("email", ()))):
            if key in unknown:
                meant[row.id].append(unknown[key])
    for ids in chunks(sorted(meant)):
        for row, one in _these(session, ids):
            _put(found, one, one)
            for person in meant[row.id]:
                found["ref", person.learner_ref] = found["email", person.email] = one


def _put(found: KnownPeople, facts_of_one: Known, one: Known) -> None:
    found["ref", facts_of_one.facts["learner_ref"]] = one
    if email := facts_of_one.facts["email"]:
        found["email", email] = one


_PEOPLE: AnySelect = (
    select(
        *_account.c, IS_STAFF.label("staff"), Cohort.name.label("cohort"), Enrolment.due_on,
        Enrolment.own_due, Enrolment.enrolled_at, Enrolment.left_at, Progress.state,
        Progress.renewing, NEVER_INVITED.label("never_invited"),
    )
    .select_from(_account)
    .outerjoin(Membership, (Membership.account_id == _account.c.id) & MAIN_NOW)
    .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
    .outerjoin(Enrolment, Enrolment.account_id == _account.c.id)
    .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
)  # fmt: skip


def _one(row: AnyRow, also_in: frozenset[str] = frozenset()) -> Known:
    state = row.state
    finished = state == LearnerState.COMPLETE.value or bool(row.renewing)
    begun = state not in (None, LearnerState.NOT_STARTED.value)
    has_signed_in = row.first_signed_in_at is not None
    return Known(
        account_id=-row.id if row.deactivated_at is not None else row.id,  # cannot be matched
        facts=facts_of(row),
        cohort=row.cohort or "",
        due_on=row.due_on,
        enrolled_on=uk_day(row.enrolled_at) if row.enrolled_at else None,
        follows_cohort=row.own_due is False and not finished,
        finished=finished,
        has_left=row.left_at is not None,
        also_in=also_in,
        corrected=row.corrected,
        staff=row.staff,
        in_use=has_signed_in or begun,
        to_invite=not has_signed_in and row.never_invited,
    )
