"""A list from an office waits for its day as the rows that are used; the file is never kept."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from induction.database import table, utc_now, wipe, writing
from induction.enrolment.models import StagedList
from induction.people.models import Role
from tests.support.cast import Cast
from tests.support.importing import go_ahead, upload
from tests.support.record import count, rows
from tests.support.traces import traces

NATIONAL_INSURANCE, DISABILITY = "QQ123456C", "Uses a wheelchair"
LIST = (
    "Term list for Hazel Office\n"
    "learner_ref,first_name,last_name,email,NI number,support\n"
    f"A1,Ann,Lee,ann@x.example,{NATIONAL_INSURANCE},{DISABILITY}\n"
    f"A2,Bo,Li,nonsense,{NATIONAL_INSURANCE},{DISABILITY}\n"
).encode()


def test_what_a_list_says_besides_is_found_nowhere(
    here: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    cast = Cast(here)
    admin = cast.signed_in(cast.account(Role.ADMIN))
    address = upload(admin, LIST)
    page = admin.read(address).text
    assert "1 new" in page
    assert "Columns that we leave aside: NI number, support." in page
    planted = (NATIONAL_INSURANCE, DISABILITY, "Hazel Office")
    assert traces(here, *planted, backup=tmp_path / "waiting.zip") == []
    assert go_ahead(admin, address, skip_bad="y") == 303
    assert rows(here, "SELECT email FROM account WHERE learner_ref = 'A1'") == [("ann@x.example",)]
    assert traces(here, *planted, backup=tmp_path / "done.zip") == []
    assert not any(word in caplog.text for word in planted)


def test_a_list_that_nobody_went_on_with_is_gone_after_a_day(here: Flask, tmp_path: Path) -> None:
    cast = Cast(here)
    admin = cast.signed_in(cast.account(Role.ADMIN))
    address = upload(admin, LIST)
    typed = "ann@x.example"
    assert traces(here, typed, backup=tmp_path / "early.zip"), "it waits"
    assert not any(
        place.startswith("backup") for place in traces(here, typed, backup=tmp_path / "copy.zip")
    ), "but in no backup"
    runner = here.test_cli_runner()
    runner.invoke(args=["worker", "--once"])
    assert count(here, "import_draft") == 1
    with here.app_context(), writing() as session:
        yesterday = utc_now() - timedelta(days=1, seconds=1)
        session.execute(update(StagedList).values(at=yesterday))
    assert admin.get(address).status_code == 404
    assert runner.invoke(args=["worker", "--once"]).exit_code == 0
    late = tmp_path / "late.zip"
    assert traces(here, typed, backup=late, again=lambda s: wipe(s, table(StagedList))) == []
