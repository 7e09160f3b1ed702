"""An import against what is there: who is new, changed, the same or refused. Writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnyRow, AnySelect, chunks
from induction.enrolment.due_dates import FAR_OFF, due_date, far_off, newcomers_days, newcomers_due
from induction.enrolment.import_cohorts import Groups
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet, Refused, understand
from induction.enrolment.near_duplicates import Namesakes
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.access import TRUSTED, oversees_all, visible_accounts
from induction.people.invitations import NEVER_INVITED
from induction.people.learner_fields import WORDS, facts_of
from induction.people.models import Account, Cohort, CohortTutor, Membership, Role, has_role
from induction.spreadsheets.reading import Sheet
from induction.uk_time import uk_date, uk_day


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
    staff: bool
    in_use: bool  # somebody has signed in, or has begun
    to_invite: bool  # has never signed in, and no invitation was sent to this address


DUE = "due date"
Changes = tuple[tuple[str, str, str], ...]  # field, before, after


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row that can be taken: what it would change, and who looks like the same person."""

    person: ImportedPerson
    known: Known | None
    changes: Changes
    due_on: date | None  # that the learner has afterwards
    notes: tuple[str, ...]  # what to look at before going on
    alike: tuple[str, ...] = ()

    @property
    def cohort(self) -> str:
        """Where the learner is afterwards; empty: nowhere."""
        return self.person.cohort or (self.known.cohort if self.known else "")

    @property
    def audience(self) -> str:
        """What the learner learns as afterwards."""
        known = self.known.facts["audience"] if self.known else "learner"
        return self.person.facts["audience"] or known

    @property
    def differences(self) -> list[str]:
        """What it would change, in words."""
        return [
            f"{WORDS.get(name, name)}: {before or 'nothing'} → {after or 'nothing'}"
            for name, before, after in self.changes
        ]

    @property
    def to_invite(self) -> bool:
        """Whether this person is to get an invitation, where invitations are sent."""
        known = self.known
        if known is None:
            return True
        moved = not known.in_use and any(name == "email" for name, _, _ in self.changes)
        return not known.has_left and (known.to_invite or moved)

    @property
    def verdict(self) -> str:
        """One of new, changed and same."""
        if self.known is None:
            return "new"
        return "changed" if self.changes else "same"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A whole file against what is there."""

    entries: tuple[PlannedRow, ...]
    refused: tuple[Refused, ...]
    ignored: tuple[str, ...]  # columns that mean nothing to us
    new_cohorts: tuple[str, ...]
    cohorts: dict[str, AnyRow] = field(repr=False)  # those that are there, by name
    tutors: dict[str, int] = field(repr=False)  # by e-mail
    hidden: int = 0  # rows that met somebody whom the viewer may not see

    def of(self, verdict: str) -> list[PlannedRow]:
        """The entries of one verdict."""
        return [e for e in self.entries if e.verdict == verdict]

    @property
    def to_invite(self) -> list[PlannedRow]:
        """Who would get an invitation: all who have never signed in and have had none."""
        return [e for e in self.entries if e.to_invite]

    def counts(self) -> dict[str, int]:
        """How many rows of each verdict."""
        found = {v: len(self.of(v)) for v in ("new", "changed", "same")}
        return {**found, "refused": len(self.refused)}


def plan(
    session: Session, policy: Policy, sheet: Sheet, viewer: Account | None, today: date
) -> ImportPlan:
    """Compare a list with the database. ``viewer`` None: the command line, who may do all."""
    return compare(session, policy, understand(sheet, policy.audiences), viewer, today)


def compare(
    session: Session,
    policy: Policy,
    sheet: ImportedSheet,
    viewer: Account | None,
    today: date,
) -> ImportPlan:
    """Compare people with the database. The number of queries grows with the rows only slowly."""
    groups = Groups(session)
    people = [
        replace(p, cohort=groups.named(p.cohort)) for p in _spelled_as_known(session, sheet.people)
    ]
    tutors = _tutors(session, {p.tutor_email for p in people if p.tutor_email})
    known = _known(session, people)
    mine = _mine(session, viewer)
    hidden = _hidden(session, viewer, known)
    met = 0
    days = newcomers_days(session, policy.slug)
    entries: list[PlannedRow] = []
    refusals = list(sheet.refused)
    for person in people:
        if _touches(person, known, hidden):  # nothing else is said: it could be about them
            met += 1
            refusals.append(_refused(person, [HIDDEN]))
            continue
        entry = _entry(person, _match(person, known), groups, days, today)
        reasons = [
            *_identity(person, known),
            *_not_theirs_to_change(person, entry.known, viewer),
            *groups.faults(person.cohort),
            *_place(person, tutors, mine, known),
            *_due_faults(person.due_on, today),
            *_has_left(entry),
        ]
        if reasons:
            refusals.append(_refused(person, reasons))
        else:
            entries.append(entry)
    refusals.sort(key=lambda r: r.row)
    seen = None if viewer is None else visible_accounts(viewer)
    alike = Namesakes(session, [e.person for e in entries if e.known is None], seen)
    return ImportPlan(
        tuple(e if e.known else replace(e, alike=alike.of(e.person)) for e in entries),
        tuple(refusals),
        sheet.ignored,
        tuple(dict.fromkeys(e.person.cohort for e in entries if groups.lacks(e.person.cohort))),
        groups.there,
        tutors,
        met,
    )


def _refused(person: ImportedPerson, reasons: Sequence[str]) -> Refused:
    return Refused(person.row, person.learner_ref, person.full_name, tuple(reasons))


_Known = dict[tuple[str, str], Known]


def met_hidden(session: Session, policy: Policy, sheet: Sheet, viewer: Account) -> int:
    """How many rows of a list meet somebody whom the viewer may not see."""
    if oversees_all(viewer):
        return 0
    people = _spelled_as_known(session, understand(sheet, policy.audiences).people)
    known = _known(session, people)
    hidden = _hidden(session, viewer, known)
    return sum(_touches(person, known, hidden) for person in people)


def _spelled_as_known(session: Session, people: Sequence[ImportedPerson]) -> list[ImportedPerson]:
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
    for ref in session.scalars(select(Account.learner_ref).where(Account.learner_ref.is_not(None))):
        fold = (ref or "").casefold()
        if ref and fold in asked and found.get(fold) != asked[fold]:
            found[fold] = ref
    return found


def _known(session: Session, people: Sequence[ImportedPerson]) -> _Known:
    found: _Known = {}
    ways: tuple[tuple[ColumnElement[Any], set[str]], ...] = (
        (Account.learner_ref.expression, {p.learner_ref for p in people}),
        (Account.email.expression, {p.email for p in people}),
    )
    for column, values in ways:
        for chunk in chunks(sorted(values)):
            for row in session.execute(_PEOPLE.where(column.in_(chunk))):
                one = _one(row)
                found["ref", one.facts["learner_ref"]] = one
                found["email", one.facts["email"]] = one
    return found


_PEOPLE: AnySelect = (
    select(
        Account, Cohort.name.label("cohort"), Enrolment.due_on, Enrolment.own_due,
        Enrolment.enrolled_at, Enrolment.left_at, Progress.state, Progress.renewing,
        NEVER_INVITED.label("never_invited"),
    )
    .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
    .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
    .outerjoin(Enrolment, Enrolment.account_id == Account.id)
    .outerjoin(Progress, Progress.enrolment_id == Enrolment.id)
)  # fmt: skip


def _one(row: AnyRow) -> Known:
    account, state = row.Account, row.state
    finished = state == LearnerState.COMPLETE.value or bool(row.renewing)
    begun = state not in (None, LearnerState.NOT_STARTED.value)
    ended = account.deactivated_at is not None
    return Known(
        account_id=-account.id if ended else account.id,  # cannot be matched
        facts=facts_of(account),
        cohort=row.cohort or "",
        due_on=row.due_on,
        enrolled_on=uk_day(row.enrolled_at) if row.enrolled_at else None,
        follows_cohort=row.own_due is False and not finished,
        finished=finished,
        has_left=row.left_at is not None,
        staff=bool(account.roles),
        in_use=account.has_signed_in or begun,
        to_invite=not account.has_signed_in and row.never_invited,
    )


def _match(person: ImportedPerson, known: _Known) -> Known | None:
    return known.get(("ref", person.learner_ref)) or known.get(("email", person.email))


HIDDEN = (
    "The reference or the email is taken by somebody who is not in your cohorts. Check both, or "
    "ask compliance."
)


def _touches(person: ImportedPerson, known: _Known, hidden: set[int]) -> bool:
    """Whether the row meets somebody whom the viewer may not see, by reference or by email."""
    ways = (("ref", person.learner_ref), ("email", person.email))
    return any(known[way].account_id in hidden for way in ways if way in known)


def _identity(person: ImportedPerson, known: _Known) -> list[str]:
    by_ref = known.get(("ref", person.learner_ref))
    by_email = known.get(("email", person.email))
    found = by_ref or by_email
    if found is None:
        return []
    if found.account_id < 0:
        return ["This account has been ended. An administrator can open it again."]
    if by_ref and by_email and by_ref.account_id != by_email.account_id:
        return [f"The email belongs to somebody else: {by_email.facts['learner_ref'] or 'staff'}."]
    if by_ref is None and (other := found.facts["learner_ref"]):
        return [f"The email belongs to learner {other}."]
    return []


def _not_theirs_to_change(
    person: ImportedPerson, known: Known | None, viewer: Account | None
) -> list[str]:
    """An email is the way into an account: whoever may change it may become its owner.

    So nobody's account but a learner's is changed by a list, and the email of an account in use
    only by those who look after accounts and evidence. A tutor may mend one that nobody uses yet.
    """
    if known is None:
        return []
    if viewer is not None and known.account_id == viewer.id and known.enrolled_on:
        return ["This is your own record. Leave the row out, or ask a colleague to change it."]
    email = known.facts["email"]
    other_email, other_name = person.email != email, person.full_name != known.facts["full_name"]
    if known.staff and (other_email or other_name):
        return ["This is an account of staff. A list cannot change their name or email."]
    trusted = viewer is None or not viewer.roles.isdisjoint(TRUSTED)
    if other_email and known.in_use and not trusted:
        reason = (
            f"The email differs from the one on record ({email}), and the account is in "
            "use. Ask an administrator or compliance to change it, or leave it as it is."
        )
        return [reason]
    return []


def _place(
    person: ImportedPerson,
    tutors: dict[str, int],
    mine: set[str] | None,
    known: _Known,
) -> list[str]:
    reasons, name = [], person.cohort
    if mine is not None and name not in mine and (name or _match(person, known) is None):
        reasons.append(
            f"“{person.cohort}” is not one of your cohorts."
            if name
            else "Name one of your cohorts: you can only enrol into those."
        )
    if person.tutor_email and person.tutor_email not in tutors:
        reasons.append(f"There is no tutor with the email {person.tutor_email}.")
    if person.tutor_email and not name:
        reasons.append("A tutor looks after a cohort: name the cohort as well.")
    return reasons


def _due_faults(day: date | None, today: date) -> list[str]:
    if day is None or not far_off(day, today):
        return []
    return [f"The due date is {uk_date(day)}. {FAR_OFF}"]


def _has_left(entry: PlannedRow) -> list[str]:
    """As on their page, nothing is done for somebody who has left until they have returned."""
    if entry.known is None or not entry.known.has_left or not entry.changes:
        return []
    return ["This learner is marked as left. Mark them as returned first, or leave the row out."]


def _entry(
    person: ImportedPerson, known: Known | None, groups: Groups, days: int | None, today: date
) -> PlannedRow:
    due = _due_after(person, known, groups, days, today)
    changes = _changes(person, known, due) if known else ()
    fresh = known is None or bool({DUE, "enrolled"} & {name for name, _, _ in changes})
    notes = [*person.notes, *(_notes(known, changes) if known else ())]
    if fresh and due and due < today:
        notes.append(f"The due date, {uk_date(due)}, has passed.")
    return PlannedRow(person, known, changes, due, tuple(notes))


def _due_after(
    person: ImportedPerson, known: Known | None, groups: Groups, days: int | None, today: date
) -> date | None:
    """When the person is due afterwards: see ``due_dates.due_date``."""
    enrolled_on = known.enrolled_on if known else None
    moves = bool(known and person.cohort and person.cohort != known.cohort)
    if known and enrolled_on and not person.due_on and not (moves and known.follows_cohort):
        return known.due_on
    cohort = groups.due_on(person.cohort or (known.cohort if known else ""))
    newcomers = newcomers_due(days, enrolled_on or today)
    return due_date(own=person.due_on, cohort=cohort, newcomers=newcomers).on


def _notes(known: Known, changes: Changes) -> Iterator[str]:
    if known.has_left and not changes:
        yield "Marked as left: nothing is done, and no mail is sent."
    for name, before, after in changes:
        if name == "audience" and known.finished:
            yield f"Has finished as {before}: what {after} has besides is not asked of them now."


def _changes(person: ImportedPerson, known: Known, due: date | None) -> Changes:
    found = [
        (name, known.facts[name], after)
        for name, after in person.facts.items()
        if after and after != known.facts[name]
    ]
    if known.enrolled_on and due != known.due_on:
        found.append((DUE, _iso(known.due_on), _iso(due)))
    if person.cohort and person.cohort != known.cohort:
        found.append(("cohort", known.cohort, person.cohort))
    if not known.enrolled_on:
        found.append(("enrolled", "no", "yes"))
    return tuple(found)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _tutors(session: Session, emails: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for chunk in chunks(sorted(emails)):
        rows = session.execute(
            select(Account.email, Account.id).where(
                Account.email.in_(chunk),
                has_role(Role.TUTOR),
                Account.deactivated_at.is_(None),
            )
        )
        found.update((row.email, row.id) for row in rows)
    return found


def _mine(session: Session, viewer: Account | None) -> set[str] | None:
    """The names of the cohorts that a tutor may enrol into; None: any."""
    if viewer is None or oversees_all(viewer):
        return None
    return set(
        session.scalars(
            select(Cohort.name)
            .join(CohortTutor, CohortTutor.cohort_id == Cohort.id)
            .where(CohortTutor.account_id == viewer.id, Cohort.archived_at.is_(None))
        )
    )


def _hidden(session: Session, viewer: Account | None, known: _Known) -> set[int]:
    """Which of the known people are not this viewer's to see. Those of ended accounts too."""
    ids = {k.account_id for k in known.values()}
    if viewer is None or oversees_all(viewer) or not ids:
        return set()
    seen = set(session.scalars(select(Account.id).where(visible_accounts(viewer))))
    return {known_id for known_id in ids if abs(known_id) not in seen}
