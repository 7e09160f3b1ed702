"""Importing people: dry run first, all or nothing, the same file twice changes nothing."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from openpyxl import Workbook
from sqlalchemy import text

from induction.database import utc_now, writing
from induction.people.models import Role
from induction.uk_time import uk_day
from tests.integration.enrolment.ugly import FILES
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.record import actions, count, rows

HEAD = "learner_ref,full_name,email,cohort,due_date\n"
TWO = HEAD + "A1,Ann Lee,ann@x.example,Bricks,01/12/2026\nA2,Bo Li,bo@x.example,Bricks,\n"


def test_a_dry_run_writes_nobody_and_going_ahead_writes_all(app: Flask, as_admin: Visitor) -> None:
    before = count(app, "account")
    address = upload(as_admin, TWO.encode())
    page = as_admin.read(address)
    assert "2 new" in page.text
    assert "Bricks" in page.text
    assert count(app, "account") == before
    assert go_ahead(as_admin, address, invite="y") == 303
    assert count(app, "account") == before + 2
    assert count(app, "outbox_mail") == 2
    assert rows(app, "SELECT due_on FROM enrolment ORDER BY id")[0][0] == "2026-12-01"
    assert actions(app).count("journey:enrolled") == 2
    again = upload(as_admin, TWO.encode())
    assert "2 the same" in as_admin.read(again).text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_that_was_taken_away_and_comes_back_changes_nothing(
    cast: Cast, as_admin: Visitor, kind: str
) -> None:
    cohort = cast.cohort("+Bugs R")
    for name in ("-ana Lee", "O’Neill", "-SUM(A1) Smith"):
        cast.learner(name, cohort=cohort)
    taken = as_admin.get(f"/tutor/cohorts/{cohort.public_id}/learners.{kind}").get_data()
    page = as_admin.read(upload(as_admin, taken)).text
    assert "3 the same" in page
    assert "New cohorts" not in page


def test_what_people_read_first_names_the_policy_that_is_taught(tiny: Cast) -> None:
    admin, title = tiny.signed_in(tiny.account(Role.ADMIN)), tiny.policy.title
    assert go_ahead(admin, upload(admin, TWO.encode()), invite="y") == 303
    ((body,),) = rows(tiny.app, "SELECT DISTINCT substr(body, 1, 300) FROM outbox_mail LIMIT 1")
    assert f"Your induction on the {title} is ready" in body
    assert title in tiny.visitor().read("/").text
    assert f"breaks the {title}" in admin.read("/report").text


def test_a_refused_row_stops_all_unless_left_out(app: Flask, as_admin: Visitor) -> None:
    bad = TWO + "A3,Cy Fox,nonsense,,\n"
    address = upload(as_admin, bad.encode())
    assert "Row 4" in as_admin.read(address).text
    assert go_ahead(as_admin, address) == 422
    assert count(app, "enrolment") == 0
    assert go_ahead(as_admin, address, skip_bad="y") == 303
    assert count(app, "enrolment") == 2


def test_a_tutor_enrols_only_into_their_own_cohorts(app: Flask, cast: Cast) -> None:
    tutor = cast.account(Role.TUTOR)
    cast.cohort("Bricks", tutor)
    cast.cohort("Hair")
    visitor = cast.signed_in(tutor)
    data = TWO.replace("Bo Li,bo@x.example,Bricks", "Bo Li,bo@x.example,Hair")
    page = visitor.read(upload(visitor, data.encode()))
    assert "1 new" in page.text
    assert "not one of your cohorts" in page.text
    assert "for new people cohort: one of yours" in visitor.read("/tutor/import").text
    form = visitor.read("/tutor/enrol").form("full_name")
    assert form.fields["cohort"] != [""], "their only cohort is chosen"
    values = {"full_name": "Cy Fox", "email": "cy@x.example", "learner_ref": "A3", "cohort": ""}
    answer = visitor.send(form, values, at="/tutor/enrol")
    assert answer.status_code == 422
    assert "Choose one of your cohorts." in answer.get_data(as_text=True)
    assert "No cohort" not in answer.get_data(as_text=True)
    assert count(app, "enrolment") == 0


def test_going_back_to_what_was_imported_shows_that_all_is_done(
    app: Flask, as_admin: Visitor
) -> None:
    address = upload(as_admin, (HEAD + "A1,Ann Lee,ann@x.example,,\n").encode())
    sent = as_admin.post(address, data={"csrf_token": as_admin.token(), "invite": "y"})
    assert "1 person is new, 0 changed" in as_admin.read(sent.location).text
    done = as_admin.read(f"{address}?show=new").text
    assert "There is nothing to import." in done
    assert "Row 2 Ann Lee" in done
    assert go_ahead(as_admin, address, invite="y") == 303
    assert (count(app, "enrolment"), count(app, "outbox_mail")) == (1, 1)
    assert actions(app).count("people:imported") == 1


def test_a_cohort_is_named_in_whatever_case_but_never_guessed_between_two(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    cast.cohort("Early Years, November")
    data = TWO.replace("Bricks", '"EARLY years,  November"')
    address = upload(as_admin, data.encode())
    assert "cohorts will be made" not in as_admin.read(address).text
    assert go_ahead(as_admin, address) == 303
    assert rows(app, "SELECT name FROM cohort") == [("Early Years, November",)]
    old = {"name": "Early years, november", "public": "x" * 22}  # from before names were held so
    with app.app_context(), writing() as session:
        session.execute(
            text(
                "INSERT INTO cohort (public_id, name, programme, created_at)"
                " VALUES (:public, :name, '', '2026-01-01')"
            ),
            old,
        )
    three = HEAD + "".join(
        f'A{row},Cy F{letter}x,a{row}@x.example,"{name}",\n'
        for row, letter, name in (
            (3, "a", "Early Years, November"),
            (4, "e", "Early years, november"),
            (5, "i", "early years, november"),
        )
    )
    address = upload(as_admin, three.encode())
    page = as_admin.read(f"{address}?show=refused").text
    assert "1 refused" in page
    assert "Row 4" in page
    assert "There are “Early Years, November” and “Early years, november”" in page
    assert go_ahead(as_admin, address, skip_bad="y") == 303
    joined = "SELECT count(*) FROM membership GROUP BY cohort_id ORDER BY cohort_id"
    assert rows(app, joined) == [(3,), (1,)]


def test_a_change_of_name_is_a_change_and_a_namesake_is_pointed_out(
    app: Flask, as_admin: Visitor
) -> None:
    go_ahead(as_admin, upload(as_admin, TWO.encode()))
    other = HEAD + "A1,Ann Lee-Jones,ann@x.example,,\nA9,Bo Li,other@x.example,,\n"
    address = upload(as_admin, other.encode())
    assert "Ann Lee → Ann Lee-Jones" in as_admin.read(f"{address}?show=changed").text
    assert "Same name as A2" in as_admin.read(f"{address}?show=new").text
    assert go_ahead(as_admin, address) == 303
    assert "people:account-changed" in actions(app)


def test_a_reference_is_the_same_in_whatever_letter_case(
    app: Flask, cast: Cast, as_admin: Visitor
) -> None:
    learner = cast.learner("Ann Lee", email="ann@x.example")
    ref = learner.learner_ref or ""
    assert ref.lower() != ref
    data = f"{HEAD}{ref.lower()},Ann Lee-Jones,ann@x.example,,\n"
    address = upload(as_admin, data.encode())
    assert "1 changed" in as_admin.read(address).text
    assert go_ahead(as_admin, address) == 303
    assert rows(app, "SELECT learner_ref, full_name FROM account WHERE learner_ref <> ''") == [
        (ref, "Ann Lee-Jones")
    ]
    form = as_admin.read("/tutor/enrol").form("full_name")
    values = {"full_name": "Bo Li", "email": "bo@x.example", "learner_ref": ref.lower()}
    assert as_admin.send(form, values, at="/tutor/enrol").status_code == 422
    assert count(app, "enrolment") == 1


@pytest.mark.parametrize(
    "name",
    ["AGNIESZKA NOWAK", "Nowak  Agnieszka", "Agnies\u200bzka Nowak", "Agnieszká Nowak"],
)
def test_a_namesake_is_pointed_out_however_the_name_is_written(
    cast: Cast, as_admin: Visitor, name: str
) -> None:
    there = cast.learner("Agnieszka Nowak")
    data = f"{HEAD}Z1,{name},z1@x.example,,\nZ2,Agnieszka Nowakowska,z2@x.example,,\n"
    page = as_admin.read(upload(as_admin, data.encode())).text
    assert page.count("Same name as") == 1
    assert f"Same name as {there.learner_ref}" in page
    form = as_admin.read("/tutor/enrol").form("full_name")
    values = {"full_name": name, "email": "z1@x.example", "learner_ref": "Z1"}
    answer = as_admin.send(form, values, at="/tutor/enrol")
    assert answer.status_code == 422
    assert f"Same name as {there.learner_ref}" in answer.get_data(as_text=True)


def test_a_dry_run_shows_where_people_go_and_points_out_what_may_be_a_slip(
    app: Flask, cast: Cast, as_admin: Visitor, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    today = uk_day(utc_now())
    past, far = today - timedelta(days=28), today.replace(year=today.year + 6, day=1)
    cast.cohort("Bricks")
    visitor, edit = as_admin, "/tutor/cohorts/{}/edit"
    ((bricks,),) = rows(app, "SELECT public_id FROM cohort")
    form = visitor.read(edit.format(bricks)).form("programme")
    assert visitor.send(form, {"due_on": str(far)}, at=edit.format(bricks)).status_code == 422
    sent = visitor.send(form, {"due_on": str(past)}, at=edit.format(bricks))
    assert sent.status_code == 303
    data = (
        "ref,name,email,cohort,due,audience,uln\n"
        "A1,Ann\u200b Lee,ann@x.example,Bricks,,apprentice,1000000388\n"
        f"A2,Bo Li,bo@x.example,Bricks,{today},,\n"
        f"A3,Cy Fox,cy@x.example,Bricks,{far},,\n"
        "A4,Di Ox,di@x.example,Bricks,1999-01-01,,\n"
    )
    address = upload(as_admin, data.encode())
    table = as_admin.read(f"{address}?show=new").all("table")[0]
    cells = [[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]]
    assert cells[0][:2] == ["Ann Lee", "A1 ULN 1000000388"]
    assert cells[0][2:5] == ["Bricks", f"{past.day} {past:%b %Y}", "Apprentice"]
    assert f"The due date, {past.day} {past:%B %Y}, has passed." in cells[0][5]
    assert "[U+200B]" in cells[0][5]
    assert cells[1][2:5] == ["Bricks", f"{today.day} {today:%b %Y}", "Learner"]
    assert "passed" not in cells[1][5]
    refused = as_admin.read(f"{address}?show=refused").text
    assert "The due date is 1 January 1999. That is more than 5 years from today." in refused
    assert refused.count("more than 5 years") == 2
    file = tmp_path / "list.csv"
    file.write_text(data)
    printed = runner.invoke(args=["people", "import", str(file), "--dry-run"]).output
    assert f"row 2: new: A1 (Bricks, due {past}, apprentice)" in printed
    assert "has passed" in printed
    assert go_ahead(as_admin, address, skip_bad="y") == 303
    assert rows(app, "SELECT full_name FROM account WHERE learner_ref = 'A1'") == [("Ann Lee",)]
    assert rows(app, "SELECT due_on FROM enrolment ORDER BY id") == [(str(past),), (str(today),)]
    moved = data.splitlines()[0] + f"\nA2,Bo Li,bo@x.example,,{past},,\n"
    address = upload(as_admin, moved.encode())
    assert "has passed" in as_admin.read(f"{address}?show=changed").text


def test_somebody_elses_draft_is_not_there(cast: Cast, as_admin: Visitor) -> None:
    address = upload(as_admin, TWO.encode())
    assert cast.signed_in(cast.account(Role.ADMIN)).get(address).status_code == 404


def test_ugly_files_come_in_row_by_row_and_the_second_time_change_nothing(
    app: Flask, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    for name, ugly in FILES.items():
        file = tmp_path / "list.csv"
        file.write_bytes(ugly.data)
        command = ["people", "import", str(file), "--skip-bad"]
        first = runner.invoke(args=command).output
        assert f"{ugly.taken} new, 0 changed, 0 same, {ugly.refused} refused" in first, name
        assert first.count(": refused: ") == ugly.refused, name
        before = rows(app, "SELECT max(seq) FROM audit_entry")
        again = runner.invoke(args=command).output
        assert f"0 new, 0 changed, {ugly.taken} same, {ugly.refused} refused" in again, name
        assert rows(app, "SELECT max(seq) FROM audit_entry") == before, name
    assert count(app, "enrolment") == sum(ugly.taken for ugly in FILES.values())


def test_what_turns_the_line_round_is_written_out(
    as_admin: Visitor, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    data = "ref,name,email,Tel\u200f\nA1,Ann \u202eeeL\u202c,non\u202esense,0\n"
    page = as_admin.read(upload(as_admin, data.encode())).text
    file = tmp_path / "list.csv"
    file.write_text(data)
    printed = runner.invoke(args=["people", "import", str(file), "--dry-run"]).output
    assert "Ann [U+202E]eeL[U+202C]" in page
    for told in (page, printed):
        assert "non[U+202E]sense" in told
        assert "Tel[U+200F]" in told
        assert not {"\u202e", "\u202c", "\u200f"} & set(told)


def test_a_workbook_with_a_title_and_two_columns_for_the_name(as_admin: Visitor) -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.create_sheet(index=0)
    for row in (
        ["Bricklaying, autumn 2026"], [], ["Student No.", "Surname", "Forename", "Learner Email"],
        ["A1", "Ó Briain", "Zoë", "Zoë <mailto:Zoe@x.example>"], ["A2", "Lee", "Ann", "nonsense"],
    ):  # fmt: skip
        sheet.append(row)
    book.save(out)
    address = upload(as_admin, out.getvalue())
    found = as_admin.read(f"{address}?show=new").text
    assert "Zoë Ó Briain" in found
    assert "zoe@x.example" in found
    assert "mailto" not in found
    assert "Row 5 Ann Lee" in as_admin.read(f"{address}?show=refused").text


def test_hidden_rows_and_sheets_that_are_not_read_are_told_on_the_page_and_by_the_command(
    as_admin: Visitor, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    book, file = Workbook(), tmp_path / "list.xlsx"
    first, second = book.create_sheet("Group A", 0), book.create_sheet("Group B", 1)
    for sheet in (first, second):
        for line in TWO.splitlines():
            sheet.append(line.split(","))
    second.sheet_state = "hidden"
    first.row_dimensions[3].hidden = True
    book.save(file)
    told = (
        "Of the sheets of the file “Group A” is read. Left aside: Group B (hidden).",
        "1 row that is hidden in the file, by a filter or by hand, is read like all others.",
    )
    page = as_admin.read(upload(as_admin, file.read_bytes()))
    dry = runner.invoke(args=["people", "import", str(file), "--dry-run"])
    assert all(sentence in page.text for sentence in told), page.text
    assert all(sentence in dry.output.splitlines() for sentence in told), dry.output


def test_the_command_lists_every_row_and_imports(
    app: Flask, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(TWO)
    dry = runner.invoke(args=["people", "import", str(file), "--dry-run"])
    assert "row 2: new: A1" in dry.output
    assert count(app, "enrolment") == 0
    done = runner.invoke(args=["people", "import", str(file)])
    assert done.exit_code == 0, done.output
    again = runner.invoke(args=["people", "import", str(file)])
    assert "0 new, 0 changed, 2 same, 0 refused" in again.output
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0
