"""What a row of an import must say to be a person. Pure; every refusal has its reasons."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from induction.names import clean_line, family_name, hidden_in, in_order, mixed, same_name, visible
from induction.people.accounts import clean_email
from induction.people.learner_fields import LEARNER_FIELDS, Unfit
from induction.refusals import InvalidInput
from induction.spreadsheets.reading import FAULT_OF_A_CELL, LONGEST_CELL, Line, Sheet

_DATE_FORMS = (
    "%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%y", "%d-%b-%Y", "%d-%m-%y", "%d.%m.%y", "%d %b %y", "%d %B %y",
    "%Y/%m/%d", "%Y.%m.%d", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y",
)  # fmt: skip
_AROUND_A_DAY = re.compile(  # the day of the week before it, the time after it
    r"(?i)^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+"
    r"|[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$"
)
_SHORTEST_ULN = 10  # digits: a longer number may be somebody
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
    also_in: tuple[str, ...] = ()  # further cohorts, where the list has a row for each of them

    @property
    def learner_ref(self) -> str:
        """With the email, what they are known by."""
        return self.facts["learner_ref"]

    @property
    def email(self) -> str:
        """With the reference, what they are known by; "" for whoever has none."""
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
    passed_over: tuple[int, ...] = ()  # rows that are nobody's: a total, the end of a report
    remarks: tuple[str, ...] = ()  # on hidden rows that were read, and sheets that were not


def understand(sheet: Sheet, audiences: Collection[str]) -> ImportedSheet:
    """The people of a file, and the rows that are refused."""
    people: list[ImportedPerson] = []
    refused: list[Refused] = []
    seen: dict[tuple[str, str], int] = {}
    places: dict[int, int] = {}  # of a row that was taken: where its person stands
    passed_over: list[int] = []
    for line in sheet.lines:
        if _is_nobody(line):
            passed_over.append(line.number)
            continue
        person, reasons = _person(line, audiences)
        if person is not None:
            reasons = _repeats(person, seen)
            at = places.get(seen["learner_ref", person.learner_ref.casefold()])
            if reasons and at is not None and (both := _in_another(people[at], person)):
                people[at] = both
                continue
            if not reasons:
                places[person.row] = len(people)
        if person is None or reasons:
            ref, name = line.values["learner_ref"][:40], line.values["full_name"][:200]
            told = tuple(visible(reason) for reason in reasons)
            refused.append(Refused(line.number, visible(ref), visible(name), told))
        else:
            people.append(person)
    return ImportedSheet(
        tuple(people), tuple(refused), sheet.ignored, tuple(passed_over), sheet.remarks
    )


_BENEATH = re.compile(  # what reports print beneath their rows
    r"(?i)(?:grand |sub)?-?totals?\b[^@]*|end(?: of [a-z ]+)?\W*|page \d+(?: of \d+)?"
    r"|(?:number|count) of [a-z ]+\W*\d*|\d+ (?:learners?|students?|people|records?|rows?)\W*"
)


def _is_nobody(line: Line) -> bool:
    """Whether a row says a total or that the list ends: such words, and numbers, and no more."""
    said = [text.strip() for text in line.values.values() if text.strip()]
    if line.fault or not said or not _BENEATH.fullmatch(said[0]):
        return False
    return all(text.isdigit() and len(text) < _SHORTEST_ULN for text in said[1:])


def _in_another(known: ImportedPerson, person: ImportedPerson) -> ImportedPerson | None:
    """One person with a row for each of their cohorts, as one; None where the rows disagree."""
    same = all(
        not fact or fact.casefold() == known.facts[name].casefold()
        for name, fact in person.facts.items()
    )
    cohorts = (known.cohort, *known.also_in)
    if not same or not known.cohort or not person.cohort or person.tutor_email:
        return None
    if person.cohort in cohorts:
        return None
    return replace(known, also_in=(*known.also_in, person.cohort))


_SHARED = {"email": " Leave the email of whoever shares one empty: they sign in by a card."}


def _repeats(person: ImportedPerson, seen: dict[tuple[str, str], int]) -> list[str]:
    reasons = []
    for what, value in (("learner_ref", person.learner_ref.casefold()), ("email", person.email)):
        first = seen.setdefault((what, value), person.row)
        if value and first != person.row:
            reasons.append(f"The same {what} stands in row {first}.{_SHARED.get(what, '')}")
    return reasons


def _person(line: Line, audiences: Collection[str]) -> tuple[ImportedPerson | None, list[str]]:
    values, reasons = _named_in_order(line.values), _shape(line)
    if not reasons and "@" in values["full_name"] and "@" not in values.get("email", ""):
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
    reasons += [
        f"The {what} “{visible(values[name][:40])}” {fault}"
        for what, name in (("name", "full_name"), ("cohort", "cohort"))
        if (fault := damage(values.get(name, "")))
    ]
    cohort = take("cohort", _cohort)
    tutor = take("tutor_email", lambda text: clean_email(text) if text else "")
    due = take("due_date", lambda text: a_date(text).isoformat() if text else "")
    if reasons:
        return None, reasons
    on = date.fromisoformat(due) if due else None
    notes = tuple(_notes(line.values, facts["full_name"]))
    return ImportedPerson(line.number, facts, cohort, on, tutor, notes), []


def _named_in_order(values: dict[str, str]) -> dict[str, str]:
    """The same cells, where the name stood as “Family, Given”."""
    turned = in_order(values["full_name"])
    if not turned:
        return values
    family = values["full_name"].partition(",")[0].strip()
    told = "" if same_name(family, family_name(turned)) else family
    return {**values, "full_name": turned, "family_name": values.get("family_name") or told}


def _notes(values: Mapping[str, str], name: str) -> Iterator[str]:
    """What was done to a row that nobody would see, and what its name would look like in print."""
    for what, column in (("name", "full_name"), ("cohort", "cohort")):
        if hidden := hidden_in(values.get(column, "")):
            yield f"Left out of the {what}, since nobody sees it: {', '.join(hidden)}."
    if in_order(values["full_name"]):
        yield f"“{visible(values['full_name'])}” is taken as {name}."
    yield from _in_print(name)


def _in_print(name: str) -> Iterator[str]:
    if "(" in name or "[" in name:
        yield "What stands in brackets in the name would stand on the certificate."
    if re.search(r"\s[-–—]\s", name):
        yield "What stands after the dash in the name would stand on the certificate."
    if any(char.isdecimal() for char in name):
        yield "The name has digits in it, which would stand on the certificate."
    if told := mixed(name):
        yield told
    if name.isupper() and len(name) > LONGEST_INITIALS:
        yield IN_CAPITALS


IN_CAPITALS = "The name is in capitals, and would stand so on the certificate."
LONGEST_INITIALS = 4  # characters of a name that may well be all capitals
_NOTHING = {"n/a", "#n/a", "null", "none", "undefined", "tbc", "tba", "unknown", "not known"}
_OF_PROGRAMS = {"null", "none", "undefined"}  # what they write for a name of which they know none
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8}\d?);", re.IGNORECASE)


def damage(text: str) -> str:
    """What shows that a name was spoiled on its way through other programs; "" where nothing does.

    Names of every script are whole: what is told is what no name has.
    """
    said = text.casefold().strip()
    if said in _NOTHING or (said and {*said.split()} <= _OF_PROGRAMS):
        return "is a word for nothing. Leave the cell empty, or fill it in."
    if FAULT_OF_A_CELL.search(text):
        return "is a fault of the spreadsheet. Mend the formula there."
    if "\N{REPLACEMENT CHARACTER}" in text or _ENTITY.search(text) or _twice_encoded(text):
        return "has letters that were spoiled by another program. Type it as it is."
    if re.search(r"\S@\S+\.\S", text):
        return "has an email address in it."
    return ""


def _twice_encoded(text: str) -> bool:
    """Whether it was UTF-8 that somebody read as Windows-1252: ZoÃ« for Zoë."""
    if text.isascii():
        return False
    try:
        return text.encode("cp1252").decode() != text
    except UnicodeError:
        return False


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
    if text.startswith("="):
        raise Unfit(f"The cohort “{visible(text[:40])}” is a formula. Write what it is called.")
    if "://" in text or re.search(r"(?i)\bwww\.", text):
        raise Unfit(f"The cohort “{visible(text[:40])}” has a web address in it.")
    return clean_line(text)


def a_date(text: str) -> date:
    """A date as people in the UK write it, or as Excel counts days. Raises Unfit."""
    if re.fullmatch(r"[3-6]\d{4}", text):
        return _EXCEL_EPOCH + timedelta(days=int(text))
    day = _AROUND_A_DAY.sub("", text)
    day = re.sub(r"(?i)(?<=\d)(st|nd|rd|th)\b", "", day)
    day = re.sub(r"(?i)\bsept\b", "Sep", day)
    day = re.sub(r"\s['‘’](?=\d\d$)", " ", day)
    day = re.sub(r"^(20\d\d)(\d\d)(\d\d)$", r"\1-\2-\3", day)
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(day, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    raise Unfit(f"“{text[:40]}” is not a date. Write it as 2026-12-01 or 01/12/2026.")
