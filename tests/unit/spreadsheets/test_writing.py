"""Files for spreadsheets: text is never a formula, and comes back as what it was."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from induction.spreadsheets.formulas import FORMULA, guarded, unguarded
from induction.spreadsheets.writing import Cell, csv_file, xlsx_file

FORMULAS = ["=HYPERLINK(1)", "+44", "-1", "@SUM(A1)", "\tx", "=x", "'=x"]
ROW: list[Cell] = ["Ann", 7, None, date(2026, 12, 1), datetime(2026, 6, 30, 23, 20, tzinfo=UTC)]


@pytest.mark.parametrize("text", FORMULAS)
def test_t15_formulas_stay_text(text: str) -> None:
    data = b"".join(csv_file(["Name"], [[(text,)]])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data)))[1] == [f"'{text}"]
    book = load_workbook(io.BytesIO(b"".join(xlsx_file("List", ["Name"], [[(text,)]]))))
    cell = book["List"]["A2"]
    assert cell.data_type == "s", "a text, not a formula"


@given(st.text() | st.builds("".join, st.lists(st.sampled_from(["'", "=", "-", "a"]))))
def test_what_is_guarded_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    assert guarded(text)[:1] not in FORMULA
    assert unguarded(guarded(text)) == text


def test_numbers_are_numbers_days_are_iso_and_moments_are_uk_time() -> None:
    data = b"".join(csv_file(["a"] * 5, [[ROW]])).decode("utf-8-sig")
    assert data.splitlines()[1] == "Ann,7,,2026-12-01,2026-07-01 00:20"
    book = load_workbook(io.BytesIO(b"".join(xlsx_file("List", ["a"] * 5, [[ROW]]))))
    values = [cell.value for cell in book["List"][2]]
    assert values == ["Ann", 7, None, "2026-12-01", "2026-07-01 00:20"]
