"""Reading the sheet of an XLSX workbook that has the list; refusing what would fill the memory.

Pure: bytes in, rows of text out.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any
from xml.parsers import expat

from induction.refusals import InvalidInput

# 50,000 rows of our eight columns unpack to 23 MB.
LARGEST_UNPACKED = 40 * 1024 * 1024
# Excel’s own limit of rows, and far more than it ever writes between two of them.
MOST_ROWS, MOST_BETWEEN = 1_048_576, 100_000
TOP, SHEETS = 10, 20  # rows and sheets that are looked at for where the list is
ROWS = (" row", " si")  # of a sheet, and of the texts that its cells refer to
BROKEN = "This file cannot be opened as an Excel workbook."
SWOLLEN = "The file unpacks to far more than a list of people needs."


class NotAWorkbook(InvalidInput):
    """The file cannot be read as a workbook. The message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    """One sheet of a workbook, and what is to be told of it."""

    rows: Iterator[list[str]]
    hidden: frozenset[int] = frozenset()  # numbers of rows that a filter or somebody hides
    name: str = ""
    aside: tuple[str, ...] = ()  # other sheets with something in them


def workbook_rows(
    data: bytes, columns: int, rows: int, known: Callable[[list[str]], int] = lambda _row: 0
) -> SheetRows:
    """At most so many rows and columns of one sheet. Raises NotAWorkbook, also in its rows.

    The first one, unless a later one names more at its top of what is ``known``: a cover sheet
    hides no list. Sheets that Excel hides are left aside. Rows that it hides are read.
    """
    from openpyxl import load_workbook  # noqa: PLC0415  slow to load, seldom used

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            hidden = _looked_through(packed)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        shown = [s for s in book.worksheets if getattr(s, "sheet_state", "visible") == "visible"]

        def named(sheet: Any) -> int:
            return max(map(known, _rows(sheet, columns, TOP)), default=0)

        best: Any = max((shown or book.worksheets)[:SHEETS], key=named)
        aside = [
            sheet.title if sheet in shown else f"{sheet.title} (hidden)"
            for sheet in book.worksheets[:SHEETS]
            if sheet is not best and any(map(any, _rows(sheet, columns, TOP)))
        ]
        part: str = best._worksheet_path  # noqa: SLF001  openpyxl says it nowhere else
        unseen = frozenset(hidden.get(part.lstrip("/"), ()))
        return SheetRows(_read(book, best, columns, rows), unseen, best.title, tuple(aside))
    except NotAWorkbook:
        raise
    except Exception as error:  # a broken file breaks openpyxl in many ways
        raise NotAWorkbook(BROKEN) from error


def _read(book: Any, sheet: Any, columns: int, rows: int) -> Iterator[list[str]]:
    try:
        yield from _rows(sheet, columns, rows)
        book.close()
    except Exception as error:
        raise NotAWorkbook(BROKEN) from error


def _rows(sheet: Any, columns: int, rows: int) -> Iterator[list[str]]:
    for row in sheet.iter_rows(max_col=columns, max_row=rows):
        cells = [_cell(cell.value) for cell in row]
        while cells and not cells[-1]:
            cells.pop()  # rows come padded to the widest that we read
        yield cells


def _looked_through(packed: zipfile.ZipFile) -> dict[str, set[int]]:
    """By part: which rows near the top are hidden, which openpyxl does not say as it reads on.

    Refuses what is swollen: openpyxl holds whole rows, and parts without rows whole.
    """
    if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
        raise NotAWorkbook(SWOLLEN)
    hidden = {}
    for part in packed.infolist():
        hidden[part.filename] = set[int]()
        with packed.open(part) as file, suppress(expat.ExpatError):  # no XML: a picture
            _count(file, hidden[part.filename])
    return hidden


def _count(file: IO[bytes], hidden: set[int]) -> None:
    rows = deep = held = 0

    def begins(name: str, attributes: dict[str, str]) -> None:
        nonlocal rows, deep, held
        held += 1
        if name.endswith(ROWS):
            rows += 1
            deep += 1
            _note_hidden(attributes, rows, hidden)
        if held > MOST_BETWEEN or rows > MOST_ROWS:
            raise NotAWorkbook(SWOLLEN)

    def ends(name: str) -> None:
        nonlocal deep, held
        if name.endswith(ROWS):
            deep -= 1
            held = held if deep else 0

    def declares(*_doctype: object) -> None:
        raise NotAWorkbook(BROKEN)  # a workbook declares no entities

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    parser.StartDoctypeDeclHandler = declares
    while chunk := file.read(1 << 16):
        parser.Parse(chunk)


def _note_hidden(attributes: dict[str, str], at: int, hidden: set[int]) -> None:
    """Keep the number of a row that is hidden; ``at``: where it stands, if it names none."""
    if at <= MOST_BETWEEN and attributes.get("hidden") in {"1", "true"}:
        named = attributes.get("r", "")
        hidden.add(int(named) if named.isdecimal() and len(named) < len(str(MOST_ROWS)) + 1 else at)


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
