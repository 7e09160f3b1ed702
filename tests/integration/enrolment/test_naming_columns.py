"""Headings that nobody here knows: which column is which is said once, and remembered."""

import io
import json
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.test import TestResponse

from tests.support.client import Visitor
from tests.support.page import Page, read
from tests.support.record import actions, count, rows
from tests.support.traces import traces

PRIVATE = "Epilepsy"
LIST = (
    "Kennung;Zuname;Rufname;Post;Gruppe;Diagnose\n"
    f"A1;Lee;Ann;ann@x.example;Bricks;{PRIVATE}\n"
    f"A2;Li;Bo;bo@x.example;Bricks;{PRIVATE}\n"
)
SAID = {
    "learner_ref": "Kennung", "first_name": "Rufname", "last_name": "Zuname", "email": "Post",
    "cohort": "Gruppe",
}  # fmt: skip


def send_list(visitor: Visitor, text: str, **values: str) -> TestResponse:
    given = {"file": (io.BytesIO(text.encode()), "list.csv"), "csrf_token": visitor.token()}
    data = {**given, **values}
    return visitor.post("/tutor/import", data=data, content_type="multipart/form-data")


def asked(response: TestResponse) -> tuple[Page, dict[str, str]]:
    """The page that asks, and what to send back with it."""
    page = read(response.get_data(as_text=True))
    assert response.status_code == 422
    assert "Which column is which?" in page.text
    heads = sorted(LIST.partition("\n")[0].split(";"), key=str.casefold)
    answers = {name: str(heads.index(head)) for name, head in SAID.items()}
    return page, {"headings": page.form("headings").fields["headings"][0], **answers}


def test_unknown_headings_are_explained_once_and_known_for_lists_like_it(
    app: Flask, runner: FlaskCliRunner, as_admin: Visitor, tmp_path: Path
) -> None:
    page, answers = asked(send_list(as_admin, LIST))
    assert "Missing: learner_ref, full_name" in page.text
    assert count(app, "import_draft") == count(app, "named_columns") == 0
    done = send_list(as_admin, LIST, **answers)
    assert done.status_code == 303
    shown = as_admin.read(done.location).text
    assert "2 new" in shown
    assert "Columns that we leave aside: Diagnose." in shown
    assert actions(app).count("people:import-columns-named") == 1
    turned = "\n".join(";".join(reversed(line.split(";"))) for line in LIST.splitlines())
    again = send_list(as_admin, turned.replace("Kennung", "KENNUNG"))
    assert again.status_code == 303
    assert "2 new" in as_admin.read(again.location).text
    (file := tmp_path / "list.csv").write_text(LIST)
    dry = runner.invoke(args=["people", "import", str(file), "--dry-run"])
    assert "2 new, 0 changed, 0 same, 0 refused" in dry.output


def test_what_is_kept_of_a_list_are_places_and_no_word_of_it(
    app: Flask, as_admin: Visitor, tmp_path: Path
) -> None:
    """A list without headings would otherwise leave its first person here."""
    _, answers = asked(send_list(as_admin, LIST))
    assert send_list(as_admin, LIST, **answers).status_code == 303
    ((places,),) = rows(app, "SELECT places FROM named_columns")
    kept = json.loads(places) if isinstance(places, str) else places
    assert {*kept} == {*SAID}
    assert all(isinstance(place, int) for place in kept.values())
    assert traces(app, PRIVATE, backup=tmp_path / "copy.zip") == []


def test_another_list_or_one_column_for_two_things_is_asked_again(
    app: Flask, as_admin: Visitor
) -> None:
    _, answers = asked(send_list(as_admin, LIST))
    twice = answers | {"email": answers["learner_ref"]}
    asked(send_list(as_admin, LIST, **twice))
    other = send_list(as_admin, LIST.replace("Diagnose", "Notiz"), **answers)
    assert other.status_code == 422
    assert "other columns than the one before" in read(other.get_data(as_text=True)).text
    for junk in ("9" * 400, "-1", "\ud800", "six"):
        data = answers | {"learner_ref": junk.encode("utf-8", "replace").decode()}
        assert send_list(as_admin, LIST, **data).status_code == 422
    assert count(app, "named_columns") == count(app, "import_draft") == 0
    assert "Choose a file." in _without_file(as_admin, answers)


def _without_file(visitor: Visitor, answers: dict[str, str]) -> str:
    answer = visitor.post("/tutor/import", data={**answers, "csrf_token": visitor.token()})
    assert answer.status_code == 422
    return answer.get_data(as_text=True)


def test_what_was_said_can_be_said_anew(app: Flask, as_admin: Visitor) -> None:
    _, answers = asked(send_list(as_admin, LIST))
    wrong = answers | {"first_name": answers["last_name"], "last_name": answers["first_name"]}
    assert send_list(as_admin, LIST, **wrong).status_code == 303
    _, answers = asked(send_list(as_admin, LIST, anew="y"))
    done = send_list(as_admin, LIST, **answers)
    assert "Ann Lee" in as_admin.read(done.location).text
    assert count(app, "named_columns") == 1
    assert actions(app).count("people:import-columns-named") == 2
