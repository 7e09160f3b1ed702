"""Reading a list of people as offices save it: CSV in its many dialects, and XLSX.

Pure: bytes in, rows of text out. Nothing is computed: a formula is the text that it is.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import load_workbook

REQUIRED = ("learner_ref", "full_name", "email")
COLUMNS = (*REQUIRED, "audience", "cohort", "due_date", "uln", "tutor_email")
LARGEST, MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 5 * 1024 * 1024, 50_000, 60, 1000
LARGEST_UNPACKED = 60 * 1024 * 1024
BROKEN = "This file cannot be opened as an Excel workbook."

# What offices call these columns, once case, spaces and signs are gone.
_NAMES = {
    "learnerref": "learner_ref", "learnerreference": "learner_ref", "reference": "learner_ref",
    "ref": "learner_ref", "learnerid": "learner_ref", "studentid": "learner_ref",
    "fullname": "full_name", "name": "full_name", "learnername": "full_name",
    "email": "email", "emailaddress": "email",
    "audience": "audience", "cohort": "cohort", "group": "cohort",
    "duedate": "due_date", "due": "due_date", "uln": "uln", "uniquelearnernumber": "uln",
    "tutoremail": "tutor_email", "tutor": "tutor_email",
}  # fmt: skip


class NotASheet(ValueError):
    """The file cannot be read as a list of people. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands in the file. ``number`` is what a spreadsheet shows beside it."""

    number: int
    values: dict[str, str]
    surplus: bool  # cells beyond the last column with a heading


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, and its columns that mean nothing to us."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...]


def read_sheet(data: bytes) -> Sheet:
    """The rows of a file. Raises NotASheet."""
    if len(data) > LARGEST:
        raise NotASheet(f"The file is larger than {LARGEST // 1024 // 1024} MB. Split it.")
    if data.startswith(b"PK\x03\x04"):
        return _arranged(_xlsx_rows(data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotASheet("This is an old Excel file (.xls). Save it as .xlsx or as CSV.")
    return _arranged(_csv_rows(_text(data)))


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


def _csv_rows(text: str) -> Iterator[list[str]]:
    first = text.lstrip("\r\n").split("\n", 1)[0].strip()
    hint = re.fullmatch(r"sep=(.)", first, re.IGNORECASE)
    if hint:
        text = text.lstrip("\r\n").split("\n", 1)[-1]
    mark = hint[1] if hint else max(",;\t|", key=lambda sign: _known_names(first, sign))
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


def _known_names(line: str, sign: str) -> int:
    return sum(_bare(cell) in _NAMES for cell in line.split(sign))


def _xlsx_rows(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise NotASheet(BROKEN) from error
    if unpacked > LARGEST_UNPACKED:
        raise NotASheet("The file unpacks to far more than a list of people needs.")
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1, max_row=MOST_ROWS + 2):
            cells = [_cell(cell.value) for cell in row]
            while cells and not cells[-1]:
                cells.pop()  # rows come padded to the widest that we read
            yield cells
        book.close()
    except Exception as error:  # a broken file breaks openpyxl in many ways
        raise NotASheet(BROKEN) from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _bare(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


def _arranged(rows: Iterable[list[str]]) -> Sheet:
    lines: list[Line] = []
    heads: list[str] = []
    places: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        cells = [" ".join(cell.split()) for cell in row]  # a line break in a cell is a space
        if not any(cells):
            continue
        if not heads:
            heads, places = cells, _places(cells)
            continue
        if len(lines) >= MOST_ROWS:
            raise NotASheet(f"There are more than {MOST_ROWS:,} rows. Split the file.")
        values = {name: cells[at] if at < len(cells) else "" for at, name in places.items()}
        lines.append(Line(number, values, surplus=any(cells[len(heads) :])))
    if not heads:
        raise NotASheet("The file is empty.")
    ignored = tuple(h for at, h in enumerate(heads) if h and at not in places)
    return Sheet(tuple(lines), ignored)


def _places(heads: list[str]) -> dict[int, str]:
    if len(heads) > MOST_COLUMNS:
        raise NotASheet(f"There are more than {MOST_COLUMNS} columns. Keep those we ask for.")
    places = {at: _NAMES[_bare(h)] for at, h in enumerate(heads) if _bare(h) in _NAMES}
    names = list(places.values())
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise NotASheet(f"Two columns are both “{twice[0]}”. Keep one.")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise NotASheet(
            f"The first row must name the columns. Missing: {', '.join(missing)}. "
            f"Found: {', '.join(h[:40] for h in heads if h)[:300] or 'nothing'}."
        )
    return places
