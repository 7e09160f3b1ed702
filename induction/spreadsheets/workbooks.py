"""Reading the sheet of an XLSX workbook that has the list; refusing what would fill the memory.

Pure: bytes in, rows of text out.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
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


def workbook_rows(
    data: bytes, columns: int, rows: int, known: Callable[[list[str]], int] = lambda _row: 0
) -> Iterator[list[str]]:
    """At most so many rows and columns of one sheet. Raises NotAWorkbook.

    The first one, unless a later one names more at its top of what is ``known``: a cover sheet
    hides no list. Sheets that Excel hides are left aside.
    """
    from openpyxl import load_workbook  # noqa: PLC0415  slow to load, seldom used

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _refuse_swollen(packed)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        shown = [s for s in book.worksheets if getattr(s, "sheet_state", "visible") == "visible"]

        def named(sheet: Any) -> int:
            return max(map(known, _rows(sheet, columns, TOP)), default=0)

        yield from _rows(max((shown or book.worksheets)[:SHEETS], key=named), columns, rows)
        book.close()
    except NotAWorkbook:
        raise
    except Exception as error:  # a broken file breaks openpyxl in many ways
        raise NotAWorkbook(BROKEN) from error


def _rows(sheet: Any, columns: int, rows: int) -> Iterator[list[str]]:
    for row in sheet.iter_rows(max_col=columns, max_row=rows):
        cells = [_cell(cell.value) for cell in row]
        while cells and not cells[-1]:
            cells.pop()  # rows come padded to the widest that we read
        yield cells


def _refuse_swollen(packed: zipfile.ZipFile) -> None:
    """Look at what is in it first: openpyxl holds whole rows, and parts without rows whole."""
    if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
        raise NotAWorkbook(SWOLLEN)
    for part in packed.infolist():
        with packed.open(part) as file, suppress(expat.ExpatError):  # no XML: a picture
            _count(file)


def _count(file: IO[bytes]) -> None:
    rows = deep = held = 0

    def begins(name: str, _attributes: object) -> None:
        nonlocal rows, deep, held
        held += 1
        if name.endswith(ROWS):
            rows += 1
            deep += 1
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
