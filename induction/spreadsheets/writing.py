"""Rows as files for spreadsheets, CSV and XLSX: text stays text, whatever it begins with."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from induction.spreadsheets.formulas import guarded
from induction.uk_time import uk_time

Cell = str | int | date | None  # a datetime, which is a date, is written in UK time
Batches = Iterable[Iterable[Sequence[Cell]]]
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 1_048_575  # of a worksheet, below its heading

CHUNK = 1 << 18  # bytes that are handed on at a time


def spreadsheet(kind: str, title: str, heads: Sequence[str], batches: Batches) -> Iterator[bytes]:
    """A file of one of the kinds in ``MIME``, a piece at a time."""
    return csv_file(heads, batches) if kind == "csv" else xlsx_file(title, heads, batches)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """These rows as CSV (RFC 4180)."""
    text = io.StringIO()
    lines = ([_csv_cell(cell) for cell in row] for row in rows)
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def csv_file(heads: Sequence[str], batches: Batches) -> Iterator[bytes]:
    """A CSV file a batch at a time; it begins with the mark by which Excel knows UTF-8."""
    yield b"\xef\xbb\xbf" + csv_lines([heads]).encode()
    for batch in batches:
        yield csv_lines(batch).encode()


def xlsx_file(title: str, heads: Sequence[str], batches: Batches) -> Iterator[bytes]:
    """A workbook of one sheet, built row by row in temporary files: memory stays flat.

    Texts are written as strings, which a workbook keeps apart from formulas.
    """
    import xlsxwriter  # noqa: PLC0415  slow to load, seldom used

    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False})
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(heads) - 1, 22)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        rows = (row for batch in batches for row in batch)
        for line, row in zip(range(1, MOST_ROWS + 1), rows, strict=False):
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                elif cell is not None:
                    sheet.write_string(line, column, _text(cell))
        book.close()
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _csv_cell(cell: Cell) -> str | int | None:
    if isinstance(cell, str):
        return guarded(cell)
    return cell if cell is None or isinstance(cell, int) else _text(cell)


def _text(cell: str | date) -> str:
    """A day as 2026-11-23, a moment as 2026-11-23 09:05 in UK time."""
    if isinstance(cell, datetime):
        return uk_time(cell).isoformat(" ", "minutes")[:16]
    return cell.isoformat() if isinstance(cell, date) else cell
