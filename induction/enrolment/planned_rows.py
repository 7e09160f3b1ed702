"""What a row of a list would change: said by the list, less what staff decided by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from induction.enrolment.due_dates import due_date, newcomers_due
from induction.enrolment.import_cohorts import Groups
from induction.enrolment.import_rows import IN_CAPITALS, ImportedPerson
from induction.enrolment.known_people import Known
from induction.folding import APOSTROPHES
from induction.names import bare_name
from induction.people.learner_fields import WORDS
from induction.uk_time import uk_date

DUE, DUE_DATE = "due date", "due_date"  # in words; as a column
_WORD = WORDS | {DUE_DATE: DUE}
_ONE_APOSTROPHE = dict.fromkeys(map(ord, APOSTROPHES), "’")
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
        if not (self.person.email or (known and known.facts["email"])):
            return False
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


def main_stays(person: ImportedPerson, known: Known | None) -> ImportedPerson:
    """Of several cohorts in a list the main one stays what it is, in whichever order they come."""
    listed = (person.cohort, *person.also_in)
    if known is None or not person.also_in or known.cohort not in listed:
        return person
    others = tuple(name for name in listed if name != known.cohort)
    return replace(person, cohort=known.cohort, also_in=others)


def as_staff_decided(person: ImportedPerson, known: Known | None) -> ImportedPerson:
    """The row without what staff changed away from by hand: a list that repeats it undoes nothing.

    What it says anew is taken.
    """
    if known is None or not known.corrected:
        return person
    said = {**person.facts, "cohort": person.cohort, DUE_DATE: _iso(person.due_on)}
    now = {**known.facts, "cohort": known.cohort, DUE_DATE: _iso(known.due_on)}
    kept = {
        name: now[name]
        for name, before in known.corrected.items()
        if name in said and said[name] in before and said[name] != now[name]
    }
    if not kept:
        return person
    notes = (
        f"{_WORD.get(name, name).capitalize()}: the list says {said[name]}. Staff changed that by "
        f"hand, and it stays {value or 'empty'}."
        for name, value in kept.items()
    )
    return replace(
        person,
        facts={**person.facts, **{n: value for n, value in kept.items() if n in person.facts}},
        cohort=kept.get("cohort", person.cohort),
        tutor_email="" if "cohort" in kept else person.tutor_email,
        due_on=None if DUE_DATE in kept else person.due_on,
        notes=(*person.notes, *notes),
    )


def as_spelt_here(person: ImportedPerson, known: Known | None) -> ImportedPerson:
    """The row with names as they stand here, where it writes the same in capitals.

    So do programs that know of no other letters, and of one apostrophe.
    """
    if known is None:
        return person
    kept = {
        name: known.facts[name]
        for name in ("full_name", "family_name")
        if _is_spelling(person.facts.get(name, ""), known.facts.get(name, ""))
    }
    if not kept:
        return person
    said = person.facts["full_name"]
    notes = [one for one in person.notes if one != IN_CAPITALS]
    if "full_name" in kept:
        notes.append(f"The list writes {said}. It is the same name, and stays {kept['full_name']}.")
    return replace(person, facts={**person.facts, **kept}, notes=tuple(notes))


def _is_spelling(said: str, here: str) -> bool:
    if said == here or bare_name(said) != bare_name(here):
        return False
    return said.translate(_ONE_APOSTROPHE) == here.translate(_ONE_APOSTROPHE) or (
        said.isupper() and not here.isupper()
    )


def planned(
    person: ImportedPerson, known: Known | None, groups: Groups, days: int | None, today: date
) -> PlannedRow:
    """What the row would change of whoever it is about; ``days``: newcomers have."""
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
    found += [("also in", "", name) for name in person.also_in if name not in known.also_in]
    if not known.enrolled_on:
        found.append(("enrolled", "no", "yes"))
    return tuple(found)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
