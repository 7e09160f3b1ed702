"""A look at a long list: what it comes to in numbers, and its rows as pages of its dry run.

Of each row its own words are kept, and a checksum of what it came to: what is on record about
anybody is looked up when the page is shown, for those who may see it then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from zlib import crc32

from sqlalchemy.orm import Session

from induction.curriculum.model import Policy
from induction.database import chunks
from induction.enrolment import leaving, looks
from induction.enrolment.import_cohorts import Groups
from induction.enrolment.import_plan import ImportPlan, compare, with_alike
from induction.enrolment.import_rows import ImportedPerson, ImportedSheet, Refused, understand
from induction.enrolment.leaving import Leavers, Scope
from induction.enrolment.planned_rows import PlannedRow
from induction.people.models import Account
from induction.policy.store import content
from induction.spreadsheets.reading import Line, Sheet

PAGE = 25  # rows
KINDS = ("refused", "new", "changed", "same")


@dataclass(frozen=True, slots=True)
class ListSummary:
    """What a list comes to as a whole."""

    counts: Mapping[str, int]  # of rows, by kind
    new_cohorts: Sequence[str]
    ignored: Sequence[str]  # columns that mean nothing to us
    passed_over: Sequence[int]  # rows that are nobody's
    to_invite: int
    alike: int  # new people with the name or ULN of somebody else
    noted: int  # rows with something to look at
    nowhere: int  # new people in no cohort
    gone: Mapping[str, Sequence[int]]  # by scope: who is not in it, of how many; or nothing
    remarks: Sequence[str] = ()  # on hidden rows that were read, and sheets that were not


def summary(roll: ImportPlan, gone: Mapping[Scope, Leavers]) -> ListSummary:
    """The numbers of a roll; ``gone`` where the list is said to be whole."""
    return ListSummary(
        counts=roll.counts(),
        new_cohorts=roll.new_cohorts,
        ignored=roll.ignored,
        passed_over=roll.passed_over,
        to_invite=len(roll.to_invite),
        alike=sum(bool(entry.alike) for entry in roll.entries),
        noted=sum(bool(e.notes) and e.verdict != "same" for e in roll.entries),
        nowhere=len(roll.nowhere),
        gone={scope.value: (len(of.people), of.here) for scope, of in gone.items()},
        remarks=roll.remarks,
    )


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as its page shows it."""

    planned: PlannedRow | None
    refused: Refused | None = None
    cells: Mapping[str, str] | None = None  # to be corrected; None: its file says who it is
    by_now: bool = False  # it came to something else when the list was looked at

    @property
    def row(self) -> int:
        """Which one of the file."""
        return self.planned.person.row if self.planned else self.refused.row if self.refused else 0


def shown(roll: ImportPlan, sheet: Sheet, kind: str, number: int) -> list[ShownRow]:
    """One page of a list that has just been compared."""
    first, end = (number - 1) * PAGE, number * PAGE
    if kind != "refused":
        return [ShownRow(entry) for entry in roll.of(kind)[first:end]]
    lines = {line.number: line for line in sheet.lines}
    return [ShownRow(None, one, _cells(lines[one.row])) for one in roll.refused[first:end]]


def _cells(line: Line) -> Mapping[str, str] | None:
    return None if line.fault else line.values


def look(
    session: Session, sheet: Sheet, viewer: Account, today: date, *, whole: bool,
    tick: Callable[[int], None],
) -> tuple[dict[str, Any], Iterator[tuple[str, int, Sequence[Any]]]]:  # fmt: skip
    """Compare a list some thousand rows at a time; its numbers and its pages.

    ``tick`` is told how many rows are done.
    """
    policy = content().policy
    said = understand(sheet, policy.audiences)
    people = Groups(session).put_in_order(said.people)
    entries: list[PlannedRow] = []
    refused, cohorts, done = list(said.refused), dict[str, None](), 0
    for some in chunks(people, looks.AT_ONCE):
        part = compare(session, policy, ImportedSheet(tuple(some)), viewer, today, alike=False)
        entries += part.entries
        refused += part.refused
        cohorts |= dict.fromkeys(part.new_cohorts)
        done += len(some)
        tick(done)
    refused.sort(key=lambda one: one.row)
    entries = with_alike(session, entries, viewer)
    roll = ImportPlan(
        tuple(entries), tuple(refused), said.ignored, tuple(cohorts), {}, {}, said.passed_over,
        said.remarks,
    )  # fmt: skip
    slug = content().slug
    gone = (
        {scope: leaving.not_in(session, slug, sheet, viewer, scope) for scope in Scope}
        if whole
        else {}
    )
    return asdict(summary(roll, gone)), _pages(roll, sheet, people, gone)


def _pages(
    roll: ImportPlan, sheet: Sheet, people: Sequence[ImportedPerson], gone: Mapping[Scope, Leavers]
) -> Iterator[tuple[str, int, Sequence[Any]]]:
    said = {person.row: person for person in people}
    lines = {line.number: line for line in sheet.lines}
    of_kind: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for entry in roll.entries:
        row = entry.person.row
        of_kind[entry.verdict].append(
            {"person": _kept(said[row]), "alike": entry.alike, "came": _came(entry)}
        )
    for one in roll.refused:
        person = said.get(one.row)
        of_kind["refused"].append(
            {
                "person": _kept(person) if person else None,
                "refused": None if person else asdict(one),
                "cells": _cells(lines[one.row]),
                "came": _came(one),
            }
        )
    of_kind["missing"] = [one.account_id for one in gone[Scope.ALL].people] if gone else []
    for kind, rows in of_kind.items():
        for number, some in enumerate(chunks(rows, PAGE), 1):
            yield kind, number, some


def _came(one: PlannedRow | Refused) -> int:
    """A checksum of what a row came to."""
    said: tuple[Any, ...] = (
        one.reasons
        if isinstance(one, Refused)
        else (one.verdict, one.changes, one.cohort, one.due_on, one.audience, one.notes)
    )
    return crc32(repr(said).encode())


def _kept(person: ImportedPerson) -> dict[str, Any]:
    return {
        "row": person.row,
        "facts": dict(person.facts),
        "cohort": person.cohort,
        "due_on": person.due_on.isoformat() if person.due_on else None,
        "tutor_email": person.tutor_email,
        "notes": person.notes,
        "also_in": person.also_in,
    }


def _person(kept: Mapping[str, Any]) -> ImportedPerson:
    due = date.fromisoformat(kept["due_on"]) if kept["due_on"] else None
    lists = {name: tuple(kept[name]) for name in ("notes", "also_in")}
    return ImportedPerson(**{**kept, "due_on": due, **lists})


def as_now(
    session: Session, policy: Policy, kept: Sequence[Any], viewer: Account, today: date
) -> list[ShownRow]:
    """The rows of a page that was kept, against what is there now."""
    people = tuple(_person(one["person"]) for one in kept if one["person"])
    now = compare(session, policy, ImportedSheet(people), viewer, today, alike=False)
    planned = {entry.person.row: entry for entry in now.entries}
    refused = {one.row: one for one in now.refused}
    found = []
    for one in kept:
        if not one["person"]:
            reasons = tuple(one["refused"]["reasons"])
            found.append(
                ShownRow(None, Refused(**{**one["refused"], "reasons": reasons}), one["cells"])
            )
            continue
        row = one["person"]["row"]
        entry = planned.get(row)
        if entry and not entry.known:
            entry = replace(entry, alike=tuple(one.get("alike", ())))
        came = _came(entry or refused[row])
        found.append(ShownRow(entry, refused.get(row), one.get("cells"), came != one["came"]))
    return found
