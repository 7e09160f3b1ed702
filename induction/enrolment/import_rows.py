"""What a row of an import must say to be a person. Pure; every refusal has its reasons."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from induction.names import clean_line, hidden_in, visible
from induction.people.accounts import clean_email
from induction.people.learner_fields import LEARNER_FIELDS, Unfit
from induction.refusals import InvalidInput
from induction.spreadsheets.reading import LONGEST_CELL, Line, Sheet

_DATE_FORMS = (
    "%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%y", "%d-%b-%Y",
)  # fmt: skip
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """One row, understood. Empty texts and None mean: the file says nothing about it."""

    row: int
    facts: Mapping[str, str]  # by name: see ``people.learner_fields``
    cohort: str = ""
    due_on: date | None = None
    tutor_email: str = ""
    notes: tuple[str, ...] = ()  # what was done to the row that nobody would see

    @property
    def learner_ref(self) -> str:
        """With the email, what they are known by."""
        return self.facts["learner_ref"]

    @property
    def email(self) -> str:
        """With the reference, what they are known by."""
        return self.facts["email"]

    @property
    def full_name(self) -> str:
        """As it stands in the row."""
        return self.facts["full_name"]


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that cannot be taken, and why."""

    row: int
    learner_ref: str
    full_name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportedSheet:
    """A whole file, understood."""

    people: tuple[ImportedPerson, ...]
    refused: tuple[Refused, ...] = ()
    ignored: tuple[str, ...] = ()  # columns that mean nothing to us


def understand(sheet: Sheet, audiences: Collection[str]) -> ImportedSheet:
    """The people of a file, and the rows that are refused."""
    people: list[ImportedPerson] = []
    refused: list[Refused] = []
    seen: dict[tuple[str, str], int] = {}
    for line in sheet.lines:
        person, reasons = _person(line, audiences)
        if person is not None:
            reasons = _repeats(person, seen)
        if person is None or reasons:
            ref, name = line.values["learner_ref"][:40], line.values["full_name"][:200]
            told = tuple(visible(reason) for reason in reasons)
            refused.append(Refused(line.number, visible(ref), visible(name), told))
        else:
            people.append(person)
    return ImportedSheet(tuple(people), tuple(refused), sheet.ignored)


def _repeats(person: ImportedPerson, seen: dict[tuple[str, str], int]) -> list[str]:
    reasons = []
    for what, value in (("learner_ref", person.learner_ref.casefold()), ("email", person.email)):
        first = seen.setdefault((what, value), person.row)
        if first != person.row:
            reasons.append(f"The same {what} stands in row {first}.")
    return reasons


def _person(line: Line, audiences: Collection[str]) -> tuple[ImportedPerson | None, list[str]]:
    values, reasons = line.values, _shape(line)
    if not reasons and "@" in values["full_name"] and "@" not in values["email"]:
        return None, ["The name and the email seem to have changed places."]

    if reasons:
        return None, reasons

    def take(name: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(values.get(name, ""))
        except InvalidInput as fault:
            reasons.append(str(fault))
            return ""

    facts = {
        field.name: take(field.name, partial(field.read, audiences=audiences))
        for field in LEARNER_FIELDS
    }
    cohort = take("cohort", _cohort)
    tutor = take("tutor_email", lambda text: clean_email(text) if text else "")
    due = take("due_date", lambda text: a_date(text).isoformat() if text else "")
    if reasons:
        return None, reasons
    on = date.fromisoformat(due) if due else None
    notes = tuple(
        f"Left out of the {what}, since nobody sees it: {', '.join(hidden)}."
        for what, column in (("name", "full_name"), ("cohort", "cohort"))
        if (hidden := hidden_in(values.get(column, "")))
    )
    return ImportedPerson(line.number, facts, cohort, on, tutor, notes), []


def _shape(line: Line) -> list[str]:
    if line.fault:
        return [line.fault]
    if line.surplus:
        return ["There are more cells than columns: a comma or semicolon too many?"]
    long = [name for name, text in line.values.items() if len(text) > LONGEST_CELL]
    return [f"The cell {name} is too long." for name in long]


def _cohort(text: str) -> str:
    if len(text) > 120:
        raise Unfit("The cohort’s name is too long: 120 characters at most.")
    return clean_line(text)


def a_date(text: str) -> date:
    """A date as people in the UK write it, or as Excel counts days. Raises Unfit."""
    if re.fullmatch(r"[3-6]\d{4}", text):
        return _EXCEL_EPOCH + timedelta(days=int(text))
    day = text.partition("T")[0].partition(" 00:")[0]
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Unfit(f"“{text[:40]}” is not a date. Write it as 2026-12-01 or 01/12/2026.")
