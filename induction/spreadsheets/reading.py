"""Reading a list as offices save it: CSV in its many dialects, and XLSX.

Pure: bytes in, rows of text out. Nothing is computed: a formula is the text that it is.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from induction.names import visible
from induction.refusals import InvalidInput
from induction.spreadsheets.formulas import unguarded
from induction.spreadsheets.workbooks import NotAWorkbook, SheetRows, workbook_rows

LARGEST, MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 5 * 1024 * 1024, 50_000, 60, 1000
FAULT_OF_A_CELL = re.compile(  # where a formula stood
    r"#(?:REF|VALUE|DIV/0|NAME|NULL|NUM|SPILL|CALC)[!?]", re.IGNORECASE
)
TITLES = 10  # rows at the top among which the one that names the columns is looked for


class NotASheet(InvalidInput):
    """The file cannot be read as a list. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands in the file. ``number`` is what a spreadsheet shows beside it."""

    number: int
    values: dict[str, str]
    surplus: bool  # cells beyond the last column with a heading
    fault: str = ""  # why it is nobody to take, in a file that says so


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, and its columns: those we know, and those that mean nothing to us."""

    lines: tuple[Line, ...]
    headings: dict[str, str]  # a column's name → what the file calls it
    ignored: tuple[str, ...]
    remarks: tuple[str, ...] = ()  # sentences on what was read that nobody sees, and what was not


@dataclass(frozen=True, slots=True)
class HeadedRows:
    """A list before its columns are known: the row that names them, and the others."""

    heads: Sequence[str]
    rows: Iterator[tuple[int, list[str]]]  # each with what a spreadsheet shows beside it
    hidden: frozenset[int] = frozenset()  # such numbers of rows that are hidden in the file
    remarks: tuple[str, ...] = ()


def read_table(data: bytes, known: Mapping[str, str], largest: int = LARGEST) -> HeadedRows:
    """A file as a table. ``known``: headings as ``bare`` makes them → names of columns.

    Raises NotASheet.
    """
    if len(data) > largest:
        raise NotASheet(f"The file is larger than {largest // 1024 // 1024} MB. Split it.")
    if data.startswith(b"PK\x03\x04"):
        try:
            found = workbook_rows(
                data, MOST_COLUMNS + 1, MOST_ROWS + TITLES + 1, lambda row: _named(row, known)
            )
            table = _table(found.rows, known)
            return replace(table, hidden=found.hidden, remarks=tuple(_of_sheets(found)))
        except NotAWorkbook as fault:
            raise NotASheet(str(fault)) from fault
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotASheet("This is an old Excel file (.xls). Save it as .xlsx or as CSV.")
    return _table(_csv_rows(_text(data), known), known)


def _of_sheets(found: SheetRows) -> Iterator[str]:
    if found.aside:
        told = "; ".join(visible(name[:40]) for name in found.aside)
        yield f"Of the sheets of the file “{visible(found.name[:40])}” is read. Left aside: {told}."


def _of_hidden(number: int) -> Iterator[str]:
    if number:
        which, read = ("1 row that is", "is") if number == 1 else (f"{number} rows that are", "are")
        yield f"{which} hidden in the file, by a filter or by hand, {read} read like all others."


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16")
    if b"\x00" in data[:4096] or data.startswith(b"%PDF"):
        raise NotASheet("This is not a CSV or XLSX file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(data, "cp1252")  # what Excel on Windows saves as plain “CSV”


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotASheet(
            "The letters in this file cannot be read. Save it as “CSV UTF-8”."
        ) from error


def _csv_rows(text: str, known: Mapping[str, str]) -> Iterator[list[str]]:
    first = text.lstrip("\r\n").split("\n", 1)[0].strip()
    hint = re.fullmatch(r"sep=(.)", first, re.IGNORECASE)
    if hint:
        text = text.lstrip("\r\n").split("\n", 1)[-1]
    top = list(islice(filter(str.strip, io.StringIO(text)), TITLES))
    mark = (
        hint[1]
        if hint
        else max(
            ",;\t|",  # where no heading is known, what there is most of
            key=lambda sign: (_most_known(top, sign, known), top[0].count(sign) if top else 0),
        )
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    number, row = 0, list[str]()
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as error:
        raise NotASheet(f"Row {number + 1} cannot be read as CSV: {error}.") from error
    if text.count('"') % 2 and any("\n" in cell for cell in row):
        raise NotASheet(f"A quotation mark opens in row {number} and never closes.")


def _most_known(lines: list[str], mark: str, known: Mapping[str, str]) -> int:
    return max((_named(line.split(mark, MOST_COLUMNS), known) for line in lines), default=0)


def _named(cells: list[str], known: Mapping[str, str]) -> int:
    """How many of the known columns a row names."""
    return len({known.get(bare(cell)) for cell in cells[:MOST_COLUMNS]} - {None})


def bare(text: str) -> str:
    """A heading without case, spaces and signs. A fault of a formula, such as #REF!, is none."""
    return "" if FAULT_OF_A_CELL.fullmatch(text.strip()) else re.sub(r"[^a-z]", "", text.casefold())


def _table(rows: Iterable[list[str]], known: Mapping[str, str]) -> HeadedRows:
    numbered = _with_numbers(rows)
    top = list(islice(numbered, TITLES))
    if not top:
        raise NotASheet("The file is empty.")
    head = max(
        range(len(top)), key=lambda at: _named(top[at][1], known)
    )  # titles may stand above it
    heads = top[head][1]
    if len(heads) > MOST_COLUMNS:
        raise NotASheet(f"There are more than {MOST_COLUMNS} columns. Keep those we ask for.")
    return HeadedRows(heads, chain(top[head + 1 :], numbered))


def arranged(table: HeadedRows, places: Mapping[str, Sequence[int]]) -> Sheet:
    """The rows of a table by the names of columns; of several places the first that is filled in.

    Raises NotASheet.
    """
    lines: list[Line] = []
    try:
        for number, cells in table.rows:
            if len(lines) >= MOST_ROWS:
                raise NotASheet(f"There are more than {MOST_ROWS:,} rows. Split the file.")
            values = {
                name: next((cells[at] for at in found if at < len(cells) and cells[at]), "")
                for name, found in places.items()
            }
            lines.append(Line(number, values, surplus=any(cells[len(table.heads) :])))
    except NotAWorkbook as fault:
        raise NotASheet(str(fault)) from fault
    used = {at for found in places.values() for at in found}
    ignored = tuple(visible(h) for at, h in enumerate(table.heads) if h and at not in used)
    headings = {name: table.heads[found[0]] for name, found in places.items()}
    unseen = sum(line.number in table.hidden for line in lines)
    return Sheet(tuple(lines), headings, ignored, (*table.remarks, *_of_hidden(unseen)))


def places_of(heads: Sequence[str], known: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Where the known columns stand. Raises NotASheet where two are the same."""
    names = [(known[bare(h)], at) for at, h in enumerate(heads) if bare(h) in known]
    places: dict[str, tuple[int, ...]] = {name: (at,) for name, at in names}
    if len(places) < len(names):
        said = [name for name, _ in names]
        twice = min(name for name in said if said.count(name) > 1)
        raise NotASheet(f"Two columns are both “{twice}”. Keep one.")
    return places


def _with_numbers(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty; a line break in a cell is a space."""
    for number, row in enumerate(rows, start=1):
        cells = [" ".join(unguarded(cell).split()) for cell in row]
        if any(cells):
            yield number, cells
