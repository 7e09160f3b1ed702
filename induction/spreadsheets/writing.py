"""Rows for spreadsheets: text stays text, whatever it begins with."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence

from induction.spreadsheets.lists import FORMULA

Cell = str | int | None
MOST_ROWS = 1_048_575  # of a worksheet, below its heading

CHUNK = 1 << 18  # bytes that are handed on at a time


def safe(row: Sequence[Cell]) -> list[Cell]:
    """The row with every text such that no spreadsheet takes it for a formula."""
    return [f"'{c}" if isinstance(c, str) and c[:1] in FORMULA else c for c in row]


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """These rows as CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(map(safe, rows))
    return text.getvalue()


def csv_file(heads: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """A CSV file a batch at a time; it begins with the mark by which Excel knows UTF-8."""
    yield b"\xef\xbb\xbf" + csv_lines([heads]).encode()
    for batch in batches:
        yield csv_lines(batch).encode()


def xlsx_file(
    title: str, heads: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]
) -> Iterator[bytes]:
    """A workbook of one sheet, built row by row in temporary files: memory stays flat.

    Cells are written as strings, which a workbook keeps apart from formulas.
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
                sheet.write_string(line, column, "" if cell is None else str(cell))
        book.close()
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
