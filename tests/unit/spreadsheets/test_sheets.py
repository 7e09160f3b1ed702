"""Lists of people as real offices save them: ten ugly files, each read or refused with reasons."""

import io
import tracemalloc
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from induction.enrolment.import_columns import read_people
from induction.enrolment.import_rows import ImportedPerson, Refused, a_date, understand
from induction.people.learner_fields import Unfit, checked_uln
from induction.spreadsheets.reading import MOST_COLUMNS, NotASheet

AUDIENCES = ("learner", "apprentice", "staff")
HEAD = "learner_ref,full_name,email"


def people(data: bytes) -> tuple[tuple[ImportedPerson, ...], tuple[Refused, ...]]:
    sheet = understand(read_people(io.BytesIO(data)), AUDIENCES)
    return sheet.people, sheet.refused


def test_excel_csv_utf8_has_a_mark_at_its_beginning_and_windows_line_ends() -> None:
    good, bad = people(f"\ufeff{HEAD}\r\nA1,Zoë Ó Briain,zoe@x.example\r\n".encode())
    assert [p.full_name for p in good] == ["Zoë Ó Briain"]
    assert not bad


def test_a_semicolon_file_in_windows_letters() -> None:
    data = "Learner Ref;Full name;E-mail\r\nA1;Siân O’Néill;sian@x.example\r\n".encode("cp1252")
    assert people(data)[0][0].full_name == "Siân O’Néill"


def test_unicode_text_of_excel_is_utf16_with_tabs() -> None:
    data = "learner_ref\tfull_name\temail\r\nA1\tŁukasz Żak\tl@x.example\r\n".encode("utf-16")
    assert people(data)[0][0].full_name == "Łukasz Żak"


def test_a_first_line_that_names_the_separator() -> None:
    data = b"sep=|\r\nlearner_ref|full_name|email\r\nA1|Ann Lee|a@x.example\r\n"
    assert people(data)[0][0].learner_ref == "A1"


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers() -> None:
    data = f"{HEAD}\n,,\n\nA1,Ann Lee,a@x.example\n,,\n ,,\nA2,Bo Li,nonsense\n".encode()
    good, bad = people(data)
    assert [p.row for p in good] == [4]
    assert [r.row for r in bad] == [7]
    assert "not an email address" in bad[0].reasons[0]


def test_columns_in_any_order_with_strange_ones_left_aside() -> None:
    data = b"Tel,Email,Ref,Name,Due\n0,a@x.example,A1,Ann Lee,1/12/2026\n"
    sheet = read_people(io.BytesIO(data))
    assert sheet.ignored == ("Tel",)
    assert people(data)[0][0].due_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    "heads", ["First name,Last name", "Forename,Surname", "Given names,Family name"]
)
def test_first_and_last_name_are_joined(heads: str) -> None:
    good, bad = people(f"ref,{heads},email\nA1,Ann  Mary,Lee,a@x.example\n".encode())
    assert [p.full_name for p in good] == ["Ann Mary Lee"]
    assert not bad


def test_a_whole_name_beside_its_parts_is_the_name() -> None:
    data = b"ref,Forename,Name,Surname,email\nA1,Ann,Dr Ann Lee,Lee,a@x.example\n"
    assert people(data)[0][0].full_name == "Dr Ann Lee"


def test_where_the_whole_name_is_empty_its_parts_are_the_name() -> None:
    data = b"ref,Forename,Name,Surname,email\nA1,Ann,,Lee,a@x.example\nA2,Bo,,,b@x.example\n"
    assert [p.full_name for p in people(data)[0]] == ["Ann Lee", "Bo"]
    alone = b"ref,Forename,Name,email\nA1,Ann,,a@x.example\n"
    assert read_people(io.BytesIO(alone)).ignored == ("Forename",)
    assert people(alone)[1][0].reasons == ("Type a full name.",)


@pytest.mark.parametrize(
    "above",
    ["Bricklaying\n", "\n\nBricks, 2026\n", "Cohort,Bricks\n,,\nName of tutor,Jo\n", "\n" * 30],
)
def test_titles_above_the_columns_are_passed_over_and_rows_keep_their_numbers(above: str) -> None:
    good, bad = people(f"{above}{HEAD}\nA1,Ann Lee,a@x.example\nA2,Bo Li,nonsense\n".encode())
    assert [p.row for p in good] == [above.count("\n") + 2]
    assert [r.row for r in bad] == [above.count("\n") + 3]


def test_a_row_that_names_the_columns_too_far_down_is_none() -> None:
    with pytest.raises(NotASheet, match="Found: title 0"):
        read_people(
            io.BytesIO("".join([*(f"title {n}\n" for n in range(10)), f"{HEAD}\n"]).encode())
        )


def workbook(**parts: str) -> bytes:
    """A small workbook, with parts of it replaced."""
    made, out = io.BytesIO(), io.BytesIO()
    book = Workbook()
    assert book.active is not None
    book.active.append(HEAD.split(","))
    book.save(made)
    with zipfile.ZipFile(made) as plain, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in plain.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            pack.writestr(name, parts.get(stem, plain.read(name)))
    return out.getvalue()


_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_END = "</sheetData></worksheet>"
SWOLLEN = {
    "one endless row": {"sheet1": f"{_SHEET}<row>{'<c/>' * 200_000}</row>{_END}"},
    "rows within a row": {"sheet1": f"{_SHEET}<row>{'<c/><row/>' * 100_000}</row>{_END}"},
    "rows without end": {"sheet1": f"{_SHEET}{'<row/>' * 1_100_000}{_END}"},
    "styles without end": {"styles": f"<styleSheet>{'<xf/>' * 200_000}</styleSheet>"},
    "a text without end": {"sheet1": f"{_SHEET}{' ' * 41 * 1024 * 1024}{_END}"},
}


@pytest.mark.parametrize("why", SWOLLEN)
def test_t18_a_workbook_that_would_fill_the_memory_is_refused_early(why: str) -> None:
    data = workbook(**SWOLLEN[why])
    assert len(data) < 100_000
    tracemalloc.start()
    with pytest.raises(NotASheet, match="far more than a list"):
        read_people(io.BytesIO(data))
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_t18_a_workbook_with_entities_of_its_own_is_refused() -> None:
    bomb = f"<!DOCTYPE x [<!ENTITY a 'b'>]>{_SHEET}<row><c>&a;</c></row>{_END}"
    with pytest.raises(NotASheet, match="cannot be opened"):
        read_people(io.BytesIO(workbook(sheet1=bomb)))


def test_name_and_email_that_changed_places_are_noticed() -> None:
    _, bad = people(f"{HEAD}\nA1,ann@x.example,Ann Lee\n".encode())
    assert "changed places" in bad[0].reasons[0]


def test_a_comma_too_many_is_noticed() -> None:
    _, bad = people(f"{HEAD}\nA1,Lee, Ann,a@x.example\n".encode())
    assert "more cells" in bad[0].reasons[0]


def test_the_same_person_twice_is_refused_with_the_first_row() -> None:
    _, bad = people(f"{HEAD}\nA1,Ann Lee,a@x.example\na1,Ann Lea,b@x.example\n".encode())
    assert bad[0].reasons == ("The same learner_ref stands in row 2.",)


def test_xlsx_with_dates_numbers_and_a_formula_that_stays_text() -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["learner_ref", "full_name", "email", "due_date", "uln"])
    sheet.append([1001, "=HYPERLINK(1)", "a@x.example", date(2026, 12, 1), 1000000388.0])
    book.save(out)
    good, bad = people(out.getvalue())
    shown = good[0].full_name if good else bad[0].full_name
    assert shown == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "not a CSV"),
        (b"PK\x03\x04rubbish", "cannot be opened"),
        (b"\xd0\xcf\x11\xe0\x00", ".xls"),
        (b"a,b,c\n1,2,3\n", "Missing: learner_ref, full_name"),
        (b"ref,reference,name,email\n", "both"),
        (b"ref,name,surname,email\n", "call it First name"),
        (b"ref,forename,email\n", "Missing: full_name"),
        (",".join("x" * (MOST_COLUMNS + 1)).encode() + b"\n", "columns"),
        (b"\x00" * 100, "not a CSV"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(data: bytes, says: str) -> None:
    with pytest.raises(NotASheet, match=says):
        read_people(io.BytesIO(data))


def test_a_line_break_inside_a_cell_is_a_space() -> None:
    data = f'{HEAD},cohort\r\n"A1","Ann\nLee",a@x.example,"Bricks\r\nLevel 2"\r\n'.encode()
    good, _ = people(data)
    assert (good[0].full_name, good[0].cohort) == ("Ann Lee", "Bricks Level 2")


def test_a_quotation_mark_that_never_closes_is_named_with_its_row() -> None:
    rows = 'A1,Ann Lee,a@x.example\nA2,"Bo Li,b@x.example\nA3,Cy Fox,c@x.example\n'
    with pytest.raises(NotASheet, match="row 3 and never closes"):
        people(f"{HEAD}\n{rows}".encode())


@pytest.mark.parametrize(
    "text", ["2026-12-01", "01/12/2026", "1/12/26", "1-Dec-26", "1 December 2026", "46357"]
)
def test_dates_as_offices_and_excel_write_them(text: str) -> None:
    good, _ = people(f"{HEAD},due_date\nA1,Ann Lee,a@x.example,{text}\n".encode())
    assert good[0].due_on == date(2026, 12, 1)


def test_uln_check_digit() -> None:
    # 1×10 and 8 × 0, then 3×3 and 8×2: 10 + 9 + 16 = 35; 35 mod 11 = 2; 10 - 2 = 8.
    assert checked_uln("1000000388") == "1000000388"
    for wrong in ("1000000389", "100000038", "0000000388", "1.0E+09", "abcdefghij"):
        with pytest.raises(ValueError, match="ULN"):
            checked_uln(wrong)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Zo\ufffd Lee", "spoiled"), ("ZoÃ« Lee", "spoiled"), ("Zo&euml; Lee", "spoiled"),
        ("O&#39;Neill", "spoiled"), ("#REF!", "fault of the spreadsheet"), ("TBC", "for nothing"),
        ("Ann ann@x.example", "email address"),
    ],
)  # fmt: skip
def test_f9_a_name_that_another_program_spoiled_is_refused(name: str, why: str) -> None:
    _, (row,) = people(f"learner_ref,full_name,email\nA1,{name},a@x.example\n".encode())
    assert why in " ".join(row.reasons)


@pytest.mark.parametrize(
    "name",
    ["Zoë Lee", "Nguyễn Thị Minh", "عبد الرحمن", "王小明", "O’Neill", "Ng", "SSö Ä", "Renée Ó Sé"],
)
def test_f9_names_as_people_have_them_are_taken(name: str) -> None:
    (person,), refused = people(f"learner_ref,full_name,email\nA1,{name},a@x.example\n".encode())
    assert (person.full_name, refused) == (name, ())


def test_m17_a_cover_sheet_hides_no_list_and_hidden_sheets_are_left_aside() -> None:
    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.append(["Enrolment return", "Name of the centre"])
    hidden = book.create_sheet("Old")
    hidden.append(["learner_ref", "full_name", "email", "cohort"])
    hidden.append(["B1", "Bo Old", "bo@x.example", "Bricks"])
    hidden.sheet_state = "hidden"
    learners = book.create_sheet("Learners")
    learners.append(["learner_ref", "full_name", "email"])
    learners.append(["A1", "Ann Lee", "ann@x.example"])
    out = io.BytesIO()
    book.save(out)
    found, refused = people(out.getvalue())
    assert ([one.full_name for one in found], refused) == (["Ann Lee"], ())
    assert read_people(io.BytesIO(out.getvalue())).remarks == (
        "Of the sheets of the file “Learners” is read. Left aside: Sheet; Old (hidden).",
    )


def test_rows_that_are_hidden_are_read_and_counted() -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD.split(","))
    for number in range(5):
        sheet.append([f"A{number}", f"Ann {'ABCDE'[number]}", f"a{number}@x.example"])
    for row in (3, 5, 9):  # the last is empty
        sheet.row_dimensions[row].hidden = True
    book.create_sheet("Empty")
    book.save(out)
    assert len(people(out.getvalue())[0]) == 5
    assert read_people(io.BytesIO(out.getvalue())).remarks == (
        "2 rows that are hidden in the file, by a filter or by hand, are read like all others.",
    )
    assert read_people(io.BytesIO(workbook())).remarks == ()


@pytest.mark.parametrize(
    "cohort", ["=1+1", "=A1", "none", "None", "https://evil.example", "See www.evil.example"]
)
def test_what_is_no_name_of_a_cohort_makes_none(cohort: str) -> None:
    _, bad = people(f"{HEAD},cohort\nA1,Ann Lee,a@x.example,{cohort}\n".encode())
    assert len(bad) == 1
    assert "cohort" in bad[0].reasons[0]


@pytest.mark.parametrize("name", ["Undefined", "null null", "None Undefined"])
def test_words_of_programs_are_nobody(name: str) -> None:
    _, bad = people(f"{HEAD}\nA1,{name},a@x.example\n".encode())
    assert "is a word for nothing" in bad[0].reasons[0]
    assert people(f"{HEAD}\nA1,Christopher Null,a@x.example\n".encode())[0]


@pytest.mark.parametrize(
    ("name", "note"), [("Kim Lee - left", "after the dash"), ("Ring 07700 900123", "digits")]
)
def test_what_is_no_part_of_a_name_is_pointed_out(name: str, note: str) -> None:
    good, _ = people(f"{HEAD}\nA1,{name},a@x.example\nA2,Ann Lee-Fox,b@x.example\n".encode())
    assert note in " ".join(good[0].notes)
    assert good[1].notes == ()


@pytest.mark.parametrize(
    "day",
    ["18-12-26", "18.12.26", "18th December 2026", "Fri 18/12/2026", "18/12/2026 23:59:59",
     "2026/12/18", "20261218", "2026.12.18", "Dec 18, 2026", "December 18th, 2026", "18 Dec '26",
     "18 Dec ’26", "Dec 18 2026"],
)  # fmt: skip
def test_f19_days_as_offices_write_them(day: str) -> None:
    assert a_date(day) == date(2026, 12, 18)


def test_f19_a_day_that_may_be_two_is_read_the_british_way_or_not_at_all() -> None:
    assert a_date("1 Sept 2026") == date(2026, 9, 1)
    assert a_date("03/04/2026") == date(2026, 4, 3)
    for text in ("12/18/2026", "2026121", "20261318", "2026/18/12"):
        with pytest.raises(Unfit):
            a_date(text)
