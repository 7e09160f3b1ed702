"""The record of acts: filtered, taken away, and checked on the page a while at a time."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from induction.audit.actions import Action
from induction.compliance import audit_log_pages
from induction.compliance.audit_log_words import WORDS
from tests.support.client import Visitor
from tests.support.record import actions, count

AUDIT = "/compliance/audit"


def test_entries_are_found_by_act_person_and_certificate(
    officer: Visitor, numbers: list[str]
) -> None:
    page = officer.read(f"{AUDIT}?action=certificates:issued")
    assert all(number in page.text for number in numbers)
    only = officer.read(f"{AUDIT}?subject={numbers[0].lower()}")
    assert numbers[0] in only.text
    assert numbers[1] not in only.text
    assert "No entries fit" in officer.read(f"{AUDIT}?actor=nobody").text
    assert "No entries fit" in officer.read(f"{AUDIT}?last=2020-01-01").text


def test_the_record_reads_as_words(officer: Visitor, numbers: list[str]) -> None:
    assert WORDS.keys() == set(Action)
    assert len(set(WORDS.values())) == len(WORDS), "no two acts are chosen by the same words"
    page = officer.read(f"{AUDIT}?action=certificates:issued")
    cells = [cell for cell in page.all("td") if "data-label" in cell]
    told = [cell.text for cell in cells if cell["data-label"] == "What"]
    assert told == ["was issued a certificate"] * len(numbers)
    assert "certificates: issued" not in officer.read(AUDIT).text


def test_details_are_words_and_no_program(officer: Visitor, numbers: list[str]) -> None:
    assert numbers
    page = officer.read(f"{AUDIT}?action=journey:answered")
    said = [
        cell.text
        for cell in page.all("td")
        if "data-label" in cell and cell["data-label"] == "Details"
    ]
    assert said
    for text in said:
        assert not any(sign in text for sign in ("['", "[]", "True", "False", "None")), text
    assert any("countedyes" in text for text in said)


def test_t31_entries_are_taken_away_whole(officer: Visitor, app: Flask) -> None:
    length = count(app, "audit_entry")
    lines = officer.get(f"{AUDIT}/list.jsonl").text.splitlines()
    assert len(lines) == length + 1, "with the entry that says that they were taken"
    assert json.loads(lines[-1])["action"] == "compliance:audit-exported"
    assert officer.get(f"{AUDIT}/list.csv?action=journey:declared").text.count("journey:declared")
    assert actions(app)[-1] == "compliance:audit-exported"


def test_a_long_record_is_walked_a_while_at_a_time(
    officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log_pages, "A_WHILE", 0.0)
    response = officer.get(f"{AUDIT}/verify?start=1")
    assert "so far, and all hold" in response.text
    address = response.headers["Refresh"].split("url=")[1]
    assert "so far" in officer.get(address).text
    monkeypatch.setattr(audit_log_pages, "A_WHILE", 60.0)
    assert "entries hold" in officer.get(address).text
    forged = address.rsplit("=", 1)[0] + "=made-up"
    assert "entries hold" not in officer.get(forged).text


def test_t21_an_edited_entry_is_named_on_the_page(officer: Visitor, instance: Path) -> None:
    with closing(sqlite3.connect(instance / "induction.sqlite")) as connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 7")
        connection.commit()
    page = officer.read(f"{AUDIT}/verify?start=1")
    assert "does not hold at entry 7" in page.text
