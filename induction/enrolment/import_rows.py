"""What a row of an import must say to be a person. Pure; every refusal has its reasons."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from induction.names import NotAName, clean_line, clean_name, hidden_in, visible
from induction.people.accounts import NotAnAccount, clean_email
from induction.refusals import InvalidInput
from induction.spreadsheets.reading import LONGEST_CELL, Line, Sheet

_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,39}")
_DATE_FORMS = (
    "%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%y", "%d-%b-%Y",
)  # fmt: skip
_EXCEL_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class ImportedPerson:
    """One row, understood. Empty texts and None mean: the file says nothing about it."""

    row: int
    learner_ref: str
    full_name: str
    email: str
    audience: str = ""
    cohort: str = ""
    due_on: date | None = None
    uln: str = ""
    tutor_email: str = ""
    notes: tuple[str, ...] = ()  # what was done to the row that nobody would see


@dataclass(frozen=True, slots=True)
class Refused:
    """One row that cannot be taken, and why."""

    row: int
    learner_ref: str
    full_name: str
    reasons: tuple[str, ...]


class Unfit(InvalidInput):
    """A cell that cannot be used; the message says why."""


def understand(
    sheet: Sheet, audiences: Collection[str]
) -> tuple[tuple[ImportedPerson, ...], tuple[Refused, ...]]:
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
    return tuple(people), tuple(refused)


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

    def take(name: str, understood: Callable[[str], str]) -> str:
        text = values.get(name, "")
        if not text and name not in ("learner_ref", "full_name", "email"):
            return ""
        try:
            return understood(text)
        except (Unfit, NotAName, NotAnAccount) as fault:
            reasons.append(str(fault))
            return ""

    if reasons:
        return None, reasons
    ref, name = take("learner_ref", reference), take("full_name", clean_name)
    email, tutor = take("email", clean_email), take("tutor_email", clean_email)
    audience = take("audience", lambda text: _audience(text, audiences))
    cohort, uln = take("cohort", _cohort), take("uln", checked_uln)
    due = take("due_date", lambda text: a_date(text).isoformat())
    if reasons:
        return None, reasons
    on = date.fromisoformat(due) if due else None
    notes = tuple(
        f"Left out of the {what}, since nobody sees it: {', '.join(hidden)}."
        for what, column in (("name", "full_name"), ("cohort", "cohort"))
        if (hidden := hidden_in(values.get(column, "")))
    )
    return ImportedPerson(
        line.number, ref, name, email, audience, cohort, on, uln, tutor, notes
    ), []


def _shape(line: Line) -> list[str]:
    if line.surplus:
        return ["There are more cells than columns: a comma or semicolon too many?"]
    long = [name for name, text in line.values.items() if len(text) > LONGEST_CELL]
    return [f"The cell {name} is too long." for name in long]


def reference(text: str) -> str:
    """A learner's reference as the institute writes it. Raises Unfit."""
    if not text:
        raise Unfit("The learner reference is missing.")
    if not _REF.fullmatch(text):
        raise Unfit(f"“{text[:40]}” is not a reference: letters, digits, . _ / - up to 40.")
    return text


def _cohort(text: str) -> str:
    if len(text) > 120:
        raise Unfit("The cohort’s name is too long: 120 characters at most.")
    return clean_line(text)


def _audience(text: str, audiences: Collection[str]) -> str:
    if text.casefold() not in audiences:
        raise Unfit(f"The audience “{text[:40]}” is none of {', '.join(sorted(audiences))}.")
    return text.casefold()


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


def checked_uln(text: str) -> str:
    """A Unique Learner Number: ten digits, the last a check digit. Raises Unfit.

    The rule is the Learning Records Service’s: the first nine digits are weighted 10 down to 2;
    ten less the remainder of the sum by 11 is the tenth digit, and a remainder of 0 is no number.
    """
    if re.fullmatch(r"\d[.,]?\d*E\+?\d+", text, re.IGNORECASE):
        raise Unfit("Excel has shortened the ULN. Format its column as text and enter it again.")
    digits = re.sub(r"[ -]", "", text)
    if not re.fullmatch(r"[1-9][0-9]{9}", digits):
        raise Unfit(f"The ULN “{text[:20]}” is not ten digits.")
    rest = sum(int(d) * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    if rest == 0 or 10 - rest != int(digits[9]):
        raise Unfit(f"The ULN {digits} has a typing error: its last digit does not fit.")
    return digits
