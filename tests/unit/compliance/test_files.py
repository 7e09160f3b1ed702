"""Names of files and cells of tables: safe whatever people are called."""

import csv
import io

import pytest
from openpyxl import load_workbook

from induction.compliance.manifest import file_name
from induction.compliance.sheets import csv_file, xlsx_file

NUMBER = "MY2M-VEGA-JKAY-RTJ9"
FORMULAS = ["=HYPERLINK(1)", "+44", "-1", "@SUM(A1)", "\tx", "=x"]


HARD = ["../../etc/passwd", "a/b\\c", "", None, "ż" * 200, "..", "-x"]


@pytest.mark.parametrize("reference", HARD)
def test_t16_a_files_name_is_safe_on_every_file_system(reference: str | None) -> None:
    name = file_name(reference, NUMBER)
    folder, _, file = name.partition("/")
    assert folder == "certificates"
    assert file.endswith(f"-{NUMBER}.pdf")
    assert file.isascii()
    assert not set(file) & set('/\\:*?"<>| ')
    assert not file.startswith((".", "-"))
    assert len(file) < 80


def test_two_people_of_one_reference_never_collide() -> None:
    assert file_name("L1", NUMBER) != file_name("L1", "0000-0000-0000-0000")


@pytest.mark.parametrize("text", FORMULAS)
def test_t15_formulas_stay_text(text: str) -> None:
    data = b"".join(csv_file(["Name"], [[(text,)]])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data)))[1] == [f"'{text}"]
    book = load_workbook(io.BytesIO(b"".join(xlsx_file("List", ["Name"], [[(text,)]]))))
    cell = book["List"]["A2"]
    assert cell.data_type == "s", "a text, not a formula"
