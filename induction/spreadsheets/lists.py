"""Lists as files for a spreadsheet. What people typed is text there too, never a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet takes a cell for a formula that begins with one of these (OWASP, CSV injection).
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_UK = ZoneInfo("Europe/London")


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads the letters right."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook with one sheet; texts are written as texts."""
    import xlsxwriter  # noqa: PLC0415  slow to load, seldom used

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "constant_memory": False})
    sheet, bold = book.add_worksheet("Learners"), book.add_format({"bold": True})
    for at, head in enumerate(heads):
        sheet.write_string(0, at, head, bold)
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, at, value)
            elif isinstance(value, datetime):
                sheet.write_string(number, at, _at(value))
            elif value is not None:
                sheet.write_string(number, at, str(value))
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    return out.getvalue()


def _cell(value: object) -> object:
    """A value as CSV takes it: nothing and numbers as they are, a day as 2026-11-23."""
    if isinstance(value, str):
        return f"'{value}" if value[:1] in FORMULA else value
    return _at(value) if isinstance(value, datetime) else value


def _at(moment: datetime) -> str:
    """The UK time of a moment, as 2026-11-23 09:05."""
    return moment.astimezone(_UK).isoformat(" ", "minutes")[:16]
