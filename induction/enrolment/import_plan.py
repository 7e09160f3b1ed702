"""An import against what is there: who is new, changed, the same or refused. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import AnyRow, chunks
from induction.enrolment import import_refusals as refused
from induction.enrolment.due_dates import newcomers_days
from induction.enrolment.import_cohorts import Groups
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet, Refused, understand
from induction.enrolment.known_people import Known, KnownPeople, known_people, spelled_as_known
from induction.enrolment.near_duplicates import Namesakes
from induction.enrolment.planned_rows import (
    PlannedRow,
    as_spelt_here,
    as_staff_decided,
    main_stays,
    planned,
)
from induction.people.access import oversees_all, visible_accounts
from induction.people.models import (
    Account,
    Cohort,
    CohortTutor,
    Role,
    has_role,
)
from induction.spreadsheets.reading import Sheet


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """A whole file against what is there."""

    entries: tuple[PlannedRow, ...]
    refused: tuple[Refused, ...]
    ignored: tuple[str, ...]  # columns that mean nothing to us
    new_cohorts: tuple[str, ...]
    cohorts: dict[str, AnyRow] = field(repr=False)  # those that are there, by name
    tutors: dict[str, int] = field(repr=False)  # by e-mail
    passed_over: tuple[int, ...] = ()  # rows that are nobody's, such as a total
    remarks: tuple[str, ...] = ()  # on hidden rows that were read, and sheets that were not
    hidden: int = 0  # rows that met somebody whom the viewer may not see

    def of(self, verdict: str) -> list[PlannedRow]:
        """The entries of one verdict."""
        return [e for e in self.entries if e.verdict == verdict]

    @property
    def to_invite(self) -> list[PlannedRow]:
        """Who would get an invitation: all who have never signed in and have had none."""
        return [e for e in self.entries if e.to_invite]

    @property
    def nowhere(self) -> set[int]:
        """The rows of new people for whom the list names no cohort; of a tutor they are refused."""
        taken = {e.person.row for e in self.entries if e.known is None and not e.cohort}
        return taken | {r.row for r in self.refused if refused.NOWHERE in r.reasons}

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
    *,
    alike: bool = True,
) -> ImportPlan:
    """Compare people with the database. The number of queries grows with the rows only slowly.

    ``alike``: look for other people like those who are new, too, for which all are read.
    """
    groups = Groups(session)
    people = groups.put_in_order(spelled_as_known(session, sheet.people))
    tutors = _tutors(session, {p.tutor_email for p in people if p.tutor_email})
    known = known_people(session, people)
    mine = _mine(session, viewer)
    hidden = _hidden(session, viewer, known)
    met = 0
    days = newcomers_days(session, policy.slug)
    entries: list[PlannedRow] = []
    refusals = list(sheet.refused)
    for listed in people:
        if refused.touches(listed, known, hidden):  # nothing else is said: it could be about them
            met += 1
            refusals.append(_refused(listed, [refused.HIDDEN]))
            continue
        one = _match(listed, known)
        person = main_stays(as_spelt_here(as_staff_decided(listed, one), one), one)
        entry = planned(person, one, groups, days, today)
        reasons = [
            *refused.identity(person, known),
            *refused.not_theirs_to_change(person, one, viewer),
            *(fault for name in (person.cohort, *person.also_in) for fault in groups.faults(name)),
            *refused.place(person, tutors, mine, one),
            *refused.due_faults(person.due_on, today),
            *refused.has_left(entry),
        ]
        if reasons:
            refusals.append(_refused(person, reasons))
        else:
            entries.append(entry)
    refusals.sort(key=lambda r: r.row)
    return ImportPlan(
        tuple(with_alike(session, entries, viewer) if alike else entries),
        tuple(refusals),
        sheet.ignored,
        tuple(
            dict.fromkeys(
                name
                for e in entries
                for name in (e.person.cohort, *e.person.also_in)
                if groups.lacks(name)
            )
        ),
        groups.there,
        tutors,
        sheet.passed_over,
        sheet.remarks,
        met,
    )


def with_alike(
    session: Session, entries: Sequence[PlannedRow], viewer: Account | None
) -> list[PlannedRow]:
    """The same rows, and who else is like those who are new."""
    seen = None if viewer is None else visible_accounts(viewer)
    others = Namesakes(session, [e.person for e in entries if e.known is None], seen)
    return [e if e.known else replace(e, alike=others.of(e.person)) for e in entries]


def _refused(person: ImportedPerson, reasons: Sequence[str]) -> Refused:
    return Refused(person.row, person.learner_ref, person.full_name, tuple(reasons))


def met_hidden(session: Session, policy: Policy, sheet: Sheet, viewer: Account) -> int:
    """How many rows of a list meet somebody whom the viewer may not see."""
    if oversees_all(viewer):
        return 0
    people = spelled_as_known(session, understand(sheet, policy.audiences).people)
    known = known_people(session, people)
    hidden = _hidden(session, viewer, known)
    return sum(refused.touches(person, known, hidden) for person in people)


def _match(person: ImportedPerson, known: KnownPeople) -> Known | None:
    return known.get(("ref", person.learner_ref)) or known.get(("email", person.email))


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


def _hidden(session: Session, viewer: Account | None, known: KnownPeople) -> set[int]:
    """Which of the known people are not this viewer's to see. Those of ended accounts too."""
    ids = {k.account_id for k in known.values()}
    if viewer is None or oversees_all(viewer) or not ids:
        return set()
    seen = set(session.scalars(select(Account.id).where(visible_accounts(viewer))))
    return {known_id for known_id in ids if abs(known_id) not in seen}
