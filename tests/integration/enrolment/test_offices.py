"""Files that offices have come in as they are; nothing stays of them that is not used."""

import io
import tracemalloc
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from induction.enrolment.import_columns import read_people
from induction.enrolment.import_rows import understand
from induction.spreadsheets.reading import NotASheet
from tests.integration.enrolment.offices import NI, OFFICES, ROSTER, ilr, one_learner, packed
from tests.support.client import Visitor
from tests.support.importing import go_ahead, upload
from tests.support.record import rows
from tests.support.traces import traces

PEOPLE = "SELECT learner_ref, full_name, email FROM account WHERE learner_ref LIKE 'A%' ORDER BY 1"
ANN = one_learner("A1", "1000000388", "Lee", "Ann", "ann@x.example")


def understood_of(data: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """Who would be taken into which cohort, and why others would not."""
    sheet = understand(read_people(io.BytesIO(data)), ("learner", "apprentice", "staff"))
    taken = [(person.learner_ref, person.cohort) for person in sheet.people]
    return taken, [reason for one in sheet.refused for reason in one.reasons]


@pytest.mark.parametrize("office", OFFICES)
def test_the_list_of_an_office_comes_in_and_leaves_nothing_else_behind(
    app: Flask, runner: FlaskCliRunner, as_admin: Visitor, office: str, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_bytes(OFFICES[office])
    dry = runner.invoke(args=["people", "import", str(file), "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert "2 new, 0 changed, 0 same, 0 refused" in dry.output
    address = upload(as_admin, OFFICES[office])
    assert traces(app, NI, "2007-01-02", "07700900001", backup=tmp_path / "waiting.zip") == []
    assert go_ahead(as_admin, address) == 303
    second = "A2@x.example" if office == "Entra" else "bo@x.example"
    assert [(r, n, e.lower()) for r, n, e in rows(app, PEOPLE)] == [
        ("A1", "Ann Lee", "ann@x.example"),
        ("A2", "Bo Li", second.lower()),
    ]
    assert traces(app, NI, "2007-01-02", "07700900001", backup=tmp_path / "done.zip") == []
    assert NI not in dry.output


@pytest.mark.parametrize("office", [o for o in OFFICES if o not in ("ILR", "Entra", "EBS")])
def test_where_a_list_names_groups_they_are_the_cohorts(office: str) -> None:
    assert understood_of(OFFICES[office])[0] == [("A1", "Bricks"), ("A2", "Bricks")]


@pytest.mark.parametrize("year", ["2019-20", "2025-26", "2031-32"])
def test_an_ilr_of_any_year_is_one(year: str) -> None:
    assert understood_of(ilr(ANN, year))[0] == [("A1", "")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (ilr(ANN, before='<!DOCTYPE x [<!ENTITY a "b">]>'), "DOCTYPE"),
        (ilr(ANN)[:-30], "breaks off"),
        (b"<people><person>Ann</person></people>", "is no ILR"),
        (b"<html><table><tr><td>Ann</td></tr></table></html>", "is a web page"),
        ("<!DOCTYPE html><table><tr><td>Ann</td></tr></table>".encode("utf-16"), "is a web page"),
        (b"260103,#REF!,name\n1,A1,Ann Lee\n", "Missing: learner_ref"),
        (packed(users="a,b\n1,2\n"), "lacks columns"),
        (packed(**{**ROSTER, "users": ROSTER["users"] * 90_000}), "far larger"),
    ],
)
def test_what_is_made_up_or_damaged_is_refused_as_a_whole(data: bytes, says: str) -> None:
    with pytest.raises(NotASheet, match=says):
        read_people(io.BytesIO(data))


def test_whoever_is_no_learner_is_refused_by_name_and_the_others_may_come() -> None:
    users = ROSTER["users"] + "u3,active,,true,cy,,Cy,Fox,,T1,cy@x.example,,\n"
    roles = ROSTER["roles"] + "r3,u3,o,teacher\n"
    classes = ROSTER["enrollments"] + "c2,u2,student\n"
    taken, why = understood_of(
        packed(**{**ROSTER, "users": users, "roles": roles, "enrollments": classes})
    )
    assert taken == [("A1", "Bricks"), ("A2", "")], "in two classes: neither is the cohort"
    assert why == ["This is no learner: “teacher”."]
    entra = OFFICES["Entra"].replace(b"Bo,0f2e,Member,,,True", b"Bo,0f2e,Member,,,False")
    assert understood_of(entra) == ([("A1", "")], ["This account is switched off."])
    guest = OFFICES["Entra"].replace(b"Bo,0f2e,Member", b"Bo,0f2e,Guest")
    assert understood_of(guest)[1] == ["This is a guest of another organisation."]


def test_an_ilr_of_fifty_thousand_learners_is_never_whole_in_memory(tmp_path: Path) -> None:
    file, much = tmp_path / "ilr.xml", "<!-- " + "x" * 1000 + " -->"
    start, end = ilr("@").split(b"@")
    with file.open("wb") as out:
        out.write(start)
        for number in range(50_000):
            one = one_learner(f"L{number:06}", "9999999999", "Lee", "Ann", f"l{number}@x.example")
            out.write((one + much).encode())
        out.write(end)
    with file.open("rb") as opened:
        tracemalloc.start()
        sheet = read_people(opened)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(sheet.lines) == 50_000
    assert peak < file.stat().st_size, "the file’s size, without what is read past"
    assert peak < 60 * 1024 * 1024


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "no file has come"),
        (b"%PDF-1.7", "the file cannot be read"),
        (OFFICES["EBS"], "fewer rows came than 3"),
        (OFFICES["EBS"] + b"A3;Cy;;Fox;;;;nonsense;;\r\n", "rows are refused"),
    ],
)
def test_a_list_that_should_come_by_itself_and_does_not_is_told_by_letter(
    app: Flask, runner: FlaskCliRunner, as_admin: Visitor, data: bytes | None, says: str,
    tmp_path: Path,
) -> None:  # fmt: skip
    file = tmp_path / "list.csv"
    if data is not None:
        file.write_bytes(data)
    done = runner.invoke(args=["people", "import", str(file), "--expect-at-least", "3"])
    assert done.exit_code == 1
    assert rows(app, PEOPLE) == []
    letters = rows(app, "SELECT subject, body FROM outbox_mail")
    assert {subject for subject, _ in letters} == {f"The list of learners was not imported: {says}"}
    assert not any(NI in body for _, body in letters)


def test_a_list_that_is_as_long_as_expected_comes_in_without_a_letter(
    app: Flask, runner: FlaskCliRunner, as_admin: Visitor, tmp_path: Path
) -> None:
    (file := tmp_path / "list.csv").write_bytes(OFFICES["EBS"])
    done = runner.invoke(args=["people", "import", str(file), "--expect-at-least", "2"])
    assert done.exit_code == 0, done.output
    assert len(rows(app, PEOPLE)) == 2
    assert rows(app, "SELECT subject FROM outbox_mail") == []
