"""What is asked for, in the words of who asks; and nothing of anybody else."""

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from induction.audit_pack.verification import inspect_pack
from induction.certificates.status import CertificateStatus
from induction.database import utc_now, writing
from induction.people.models import Account, Role
from induction.uk_time import uk_day
from tests.support.cast import Cast
from tests.support.record import rows


def today() -> date:
    return uk_day(utc_now())


@pytest.fixture
def college(tiny: Cast) -> dict[str, str]:
    """Three cohorts with one who is done in each, and one more who never began."""
    numbers = {}
    for name in ("Bricks", "Hair", "Ünusual / names"):
        cohort = tiny.cohort(name)
        done = tiny.learner(f"{name} Done", cohort=cohort)
        numbers[name] = tiny.graduate(done, now=utc_now() + timedelta(seconds=1))  # not at once
        tiny.learner(f"{name} Waiting", cohort=cohort)
    return numbers


def made(tiny: Cast, folder: Path, *options: str) -> tuple[Path, dict[str, str]]:
    folder.mkdir()
    command = ["certificates", "export", "--out", str(folder), *options]
    result = tiny.app.test_cli_runner().invoke(args=command)
    assert result.exit_code == 0, result.output
    [path] = folder.iterdir()
    assert inspect_pack(path).faults == []
    with zipfile.ZipFile(path) as archive:
        return path, {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}


def table(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_several_cohorts_named_in_words_and_nobody_elses_acts(
    tiny: Cast, college: dict[str, str], tmp_path: Path
) -> None:
    path, files = made(tiny, tmp_path / "packs", "--cohort", "Bricks", "--cohort", "Hair")
    assert path.name.startswith("audit-pack-visitor-safety-Bricks_Hair-")
    assert "Scope: Cohorts: Bricks; Hair." in files["README.txt"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["scope_in_words"] == "Cohorts: Bricks; Hair"
    assert [one["number"] for one in manifest["certificates"]] == [
        college["Bricks"], college["Hair"],
    ]  # fmt: skip
    entries = [json.loads(line) for line in files["audit-chain.jsonl"].splitlines()]
    [(other,)] = rows(
        tiny.app,
        "SELECT enrolment.public_id FROM enrolment JOIN certificate ON enrolment.id = enrolment_id "
        "WHERE number = :number",
        number=college["Ünusual / names"],
    )
    subjects = {entry["subject"] for entry in entries}
    assert {f"certificate:{college['Bricks']}", f"certificate:{college['Hair']}"} <= subjects
    assert not {f"certificate:{college['Ünusual / names']}", f"enrolment:{other}"} & subjects
    assert {e["action"] for e in entries} >= {"journey:declared", "certificates:issued"}
    assert "journey:answered" not in {entry["action"] for entry in entries}
    everything = "".join(text for name, text in files.items() if not name.endswith(".pdf"))
    assert "names Done" not in everything


def test_who_has_begun_and_finished_with_tries_and_first_sight(
    tiny: Cast, college: dict[str, str], tmp_path: Path
) -> None:
    _, files = made(tiny, tmp_path / "packs", "--cohort", "Bricks")
    done, waiting = table(files["learners.csv"])
    assert (done["Name"], done["Begun"], done["Finished"]) == (
        "Bricks Done", today().isoformat(), today().isoformat(),
    )  # fmt: skip
    assert (done["Steps passed"], done["Tries"], done["Of them at the final check"]) == (
        "3", "3", "1",
    )  # fmt: skip
    assert (done["Right at first sight"], done["Per cent"]) == (done["Situations met"], "100")
    assert (waiting["Name"], waiting["Begun"], waiting["Finished"]) == ("Bricks Waiting", "", "")
    [gap] = table(files["gaps.csv"])
    assert gap["Name"] == "Bricks Waiting"


def test_every_file_that_goes_out_names_the_uln_and_the_policy(
    tiny: Cast, college: dict[str, str], tmp_path: Path
) -> None:
    known = {"Bricks Done": "1000000388", "Bricks Waiting": "1000000396"}
    with tiny.app.app_context(), writing() as session:
        for name, uln in known.items():
            session.execute(update(Account).where(Account.full_name == name).values(uln=uln))
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE, Role.HEAD))
    [(cohort,)] = rows(tiny.app, "SELECT public_id FROM cohort WHERE name = 'Bricks'")
    _, files = made(tiny, tmp_path / "packs", "--cohort", "Bricks")
    certificate, *_ = table(files["certificates.csv"])
    assert (certificate["ULN"], certificate["Policy"]) == ("1000000388", tiny.policy.reference)
    assert json.loads(files["manifest.json"])["certificates"][0]["uln"] == "1000000388"
    for name in ("learners.csv", "gaps.csv"):
        for line in table(files[name]):
            assert (line["ULN"], line["Policy"]) == (known[line["Name"]], tiny.policy.reference)
    held = table(officer.get("/compliance/certificates/list.csv").get_data(as_text=True))
    [line] = [line for line in held if line["Name as issued"] == "Bricks Done"]
    assert (line["ULN"], line["Policy"]) == ("1000000388", tiny.policy.slug)
    listed = table(officer.get(f"/tutor/cohorts/{cohort}/learners.csv").get_data(as_text=True))
    assert {line["full_name"]: line["uln"] for line in listed} == known
    assert {line["policy"] for line in listed} == {tiny.policy.slug}


def test_by_the_day_people_started(tiny: Cast, college: dict[str, str], tmp_path: Path) -> None:
    tomorrow = (today() + timedelta(days=1)).isoformat()
    _, files = made(tiny, tmp_path / "to-day", "--started-to", today().isoformat())
    assert len(json.loads(files["manifest.json"])["certificates"]) == len(college)
    _, files = made(tiny, tmp_path / "later", "--started-from", tomorrow)
    assert json.loads(files["manifest.json"])["certificates"] == []
    assert table(files["learners.csv"]) == table(files["gaps.csv"]) == []


def test_the_page_asks_for_several_cohorts_and_keeps_them(
    tiny: Cast, college: dict[str, str]
) -> None:
    officer = tiny.signed_in(tiny.account(Role.COMPLIANCE))
    ids = [row[0] for row in rows(tiny.app, "SELECT public_id FROM cohort ORDER BY id LIMIT 2")]
    for status in CertificateStatus:
        assert status.label in officer.read(f"/compliance/certificates/export?status={status}").text
    folds = officer.read("/compliance/certificates/export").all("details")
    assert ["open" in fold for fold in folds if fold.inside("input") or fold.all("input")] == [
        True,
        True,
    ], "nobody unfolds what the page is for"
    address = f"/compliance/certificates/export?cohort={ids[0]}&cohort={ids[1]}"
    page = officer.read(address)
    assert "Cohorts: 2 chosen" in page.text
    [form] = [form for form in page.forms if form.method == "post" and "out" not in form.action]
    response = officer.send(form, at=address)
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        entries = json.loads(archive.read("manifest.json"))["certificates"]
    assert {entry["cohort"] for entry in entries} == {"Bricks", "Hair"}
    assert "Bricks_Hair" in response.headers["Content-Disposition"]


def test_every_option_can_be_asked_together(
    tiny: Cast, college: dict[str, str], tmp_path: Path
) -> None:
    tutor = tiny.account(Role.TUTOR, email="tess@college.example")
    tiny.cohort("Care", tutor)
    day = today().isoformat()
    who = ("--cohort", "Bricks", "--audience", "learner", "--version", "2026-02-14")
    when = ("--started-from", day, "--started-to", day, "--from", day, "--to", day)
    _, files = made(tiny, tmp_path / "one", *who, *when, "--status", "current")
    assert college["Bricks"] in files["certificates.csv"]
    assert "Learning as: Learner; Policy version: 14 February 2026" in files["README.txt"]
    for status in CertificateStatus:
        asked = ("--cohort", "Hair", "--status", status.value)
        _, files = made(tiny, tmp_path / status, *asked)
        assert len(table(files["certificates.csv"])) == (status is CertificateStatus.CURRENT)
    _, files = made(tiny, tmp_path / "none", "--tutor", "Tess@college.example", "--ends", day)
    assert table(files["certificates.csv"]) == []
    assert "Tutor: Tutor Number" in files["README.txt"]


@pytest.mark.postgres
def test_the_same_on_postgresql(tiny_on_postgres: Flask, tmp_path: Path) -> None:
    cast = Cast(tiny_on_postgres)
    cast.learner("Wim Waiting", cohort=(cohort := cast.cohort("Bricks")))
    done = cast.learner("Dana Done", cohort=cohort)
    number = cast.graduate(done, now=utc_now() + timedelta(seconds=1))
    day = today().isoformat()
    asked = ("--cohort", "Bricks", "--started-from", day, "--started-to", day)
    _, files = made(cast, tmp_path / "packs", *asked)
    assert number in files["certificates.csv"]
    assert [line["Name"] for line in table(files["learners.csv"])] == ["Wim Waiting", "Dana Done"]
    assert f"certificate:{number}" in files["audit-chain.jsonl"]
