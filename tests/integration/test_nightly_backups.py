"""Backups that are known to work: every night, tried, kept, told of where they are old."""

import hashlib
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pyrage  # type: ignore[import-untyped]
import pytest
from botocore.config import Config as BotoConfig
from flask import Flask
from sqlalchemy import select, text

from induction.audit.models import AuditEntry
from induction.audit.verify import verify_chain
from induction.backup import nightly
from induction.config import Settings
from induction.database import utc_now, writing
from induction.environment import BadSetting
from induction.extensions import db
from induction.kept_backups import nights, rules
from induction.kept_backups.models import KeptBackup
from induction.people.models import Role
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.post import work
from tests.support.sockets import free_port

BOTH_DATABASES = ["sqlite", pytest.param("pg", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH_DATABASES)
def settings(request: pytest.FixtureRequest, instance: Path, tmp_path: Path) -> Settings:
    environ = {"INDUCTION_INSTANCE": str(instance), "INDUCTION_BACKUP": str(tmp_path / "kept")}
    if request.param == "pg":
        environ["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return Settings.from_environment(environ)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


def the_row(app: Flask) -> KeptBackup:
    with app.app_context():
        return db.session.scalars(select(KeptBackup)).one()


def change_rows(app: Flask, statement: str, **values: object) -> None:
    with app.app_context(), writing() as session:
        session.execute(text(statement), values)


def acts(app: Flask, action: str) -> list[dict[str, object]]:
    with app.app_context():
        query = select(AuditEntry.details).where(AuditEntry.action == action)
        return [json.loads(one) for one in db.session.scalars(query.order_by(AuditEntry.seq))]


def test_t25_the_worker_makes_one_a_night_tries_it_and_says_so(
    app: Flask, cast: Cast, kept: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    number = cast.graduate(cast.learner("Łucja Wiśniewska"))
    kept.mkdir()
    (kept / "somebody-elses.zip").write_bytes(b"stays")
    old = kept / rules.file_name(utc_now() - timedelta(days=700), encrypted=False)
    for days in range(700, 711):  # thirteen months are there with today's: the oldest goes
        path = kept / rules.file_name(
            utc_now() - timedelta(days=31 * (days - 699)), encrypted=False
        )
        path.write_bytes(b"made long ago")
    old.write_bytes(b"thirteenth")
    work(app)
    work(app)
    row = the_row(app)
    made = kept / row.name
    assert not old.exists(), "the thirteenth month"
    assert len(list(kept.iterdir())) == 1 + 11 + 1, "ours for twelve months, and the stranger"
    assert made.stat().st_mode & 0o077 == 0
    assert (row.size, row.sha256) == (
        made.stat().st_size, hashlib.sha256(made.read_bytes()).hexdigest()
    )  # fmt: skip
    (said,) = acts(app, "backup:kept")
    assert said == {
        "name": row.name, "sha256": row.sha256, "entries": row.entries, "let_go": [old.name]
    }  # fmt: skip
    assert row.entries > 10
    left = [p.name for p in app.extensions["settings"].instance.iterdir() if "nightly" in p.name]
    assert left == [], "what was tried is gone"
    there = make_app(Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path / "there")}))
    done = there.test_cli_runner().invoke(args=["restore", str(made)])
    assert done.exit_code == 0, done.output
    assert there.test_client().get(f"/verify/{number}").status_code == 200
    compliance = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "put back on trial and checked, is of" in compliance.get("/compliance").text


def test_an_encrypted_one_was_tried_before_it_was_sealed(
    app: Flask, cast: Cast, kept: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    identity = pyrage.x25519.Identity.generate()
    key = tmp_path / "identity.txt"
    key.write_text(str(identity))
    environ = {
        "INDUCTION_INSTANCE": str(app.extensions["settings"].instance),
        "INDUCTION_BACKUP": str(kept),
        "INDUCTION_BACKUP_RECIPIENT": str(identity.to_public()),
        "DATABASE_URL": app.extensions["settings"].database_url,
    }
    sealing = make_app(Settings.from_environment(environ))
    Cast(sealing).learner("Łucja Wiśniewska")
    work(sealing)
    (file,) = kept.iterdir()
    assert file.name.endswith(".zip.age")
    assert not zipfile.is_zipfile(file)
    there = make_app(Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path / "there")}))
    restore = ["restore", str(file), "--identity", str(key)]
    done = there.test_cli_runner().invoke(args=restore)
    assert done.exit_code == 0, done.output


def test_t25_what_does_not_hold_is_not_kept_and_is_told(app: Flask, cast: Cast, kept: Path) -> None:
    """A row written past the application: the copy of it is no good backup."""
    cast.graduate(cast.learner())
    change_rows(app, "UPDATE audit_head SET seq = seq + 1")
    with app.app_context():
        nightly.chore()
    change_rows(app, "UPDATE audit_head SET seq = seq - 1")
    assert list(kept.iterdir()) == []
    assert "its head says" in the_row(app).fault
    assert acts(app, "backup:kept") == []
    said = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "Nightly backups: There has been no good backup yet; the last try ended with" in said
    compliance = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "There is no good backup yet" in compliance.get("/compliance").text
    work(app)
    assert list(kept.iterdir()) == [], "it is not tried again at once"
    earlier = utc_now() - rules.AGAIN - timedelta(minutes=1)
    with app.app_context():
        nights.still_at(the_row(app).night, now=earlier)
    work(app)
    assert len(list(kept.iterdir())) == 1
    assert the_row(app).fault == ""


def test_compliance_and_the_doctor_are_told_when_the_newest_is_older_than_two_days(
    app: Flask, cast: Cast
) -> None:
    work(app)
    with app.app_context(), writing() as session:
        row = session.scalars(select(KeptBackup)).one()
        row.made_at = utc_now() - timedelta(days=2, minutes=1)
    compliance = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "The newest good backup is old" in compliance.get("/compliance").text
    said = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "fail  Nightly backups: There has been no good backup since" in said


def test_of_ten_workers_at_once_one_makes_it(app: Flask) -> None:
    now, taken = utc_now(), []
    together = threading.Barrier(10)

    def try_to_take_it() -> None:
        with app.app_context():
            together.wait()
            taken.append(nights.claim(rules.night_of(now), now=now))

    workers = [threading.Thread(target=try_to_take_it) for _ in range(10)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(taken) == [False] * 9 + [True]


def test_a_restore_says_of_which_day_it_is_and_what_is_lost_and_is_on_record(
    app: Flask, cast: Cast, kept: Path
) -> None:
    work(app)
    (file,) = kept.iterdir()
    cast.graduate(cast.learner("Came Later"))
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["restore", str(file)])
    assert refused.exit_code == 1
    assert "among them" in refused.output
    assert "1 certificate" in refused.output
    done = runner.invoke(args=["restore", str(file), "--force"])
    assert done.exit_code == 0, done.output
    assert "The backup is of " in done.output
    (said,) = acts(app, "backup:restored")
    lost = said["lost"]
    assert isinstance(lost, int)
    assert f"After it {lost} acts were put on record here" in done.output
    with app.app_context():
        assert verify_chain(db.session()) is None


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of a store on this machine."""
    port = free_port()
    store = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for name, value in {
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "example",
            "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_DEFAULT_REGION": "eu-west-2",
        }.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3", config=BotoConfig(retries={"total_max_attempts": 20}))
        client.create_bucket(
            Bucket="college", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}
        )
        yield client
    finally:
        store.terminate()
        store.wait()


def test_a_store_by_url_keeps_them_as_a_folder_does(
    bucket: Any, instance: Path, make_app: AppMaker, tmp_path: Path
) -> None:
    old = f"induction/{rules.file_name(utc_now() - timedelta(days=1), encrypted=False)}"
    for key in ("induction/other.txt", "elsewhere.zip", old):
        bucket.put_object(Bucket="college", Key=key, Body=b"was here")
    environ = {"INDUCTION_INSTANCE": str(instance), "INDUCTION_BACKUP": "s3://college/induction/"}
    app = make_app(Settings.from_environment(environ))
    Cast(app).learner("Łucja Wiśniewska")
    work(app)
    name = the_row(app).name
    keys = {one["Key"] for one in bucket.list_objects_v2(Bucket="college")["Contents"]}
    assert keys == {"induction/other.txt", "elsewhere.zip", old, f"induction/{name}"}
    bucket.download_file("college", f"induction/{name}", str(tmp_path / name))
    there = make_app(Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path / "there")}))
    done = there.test_cli_runner().invoke(args=["restore", str(tmp_path / name)])
    assert done.exit_code == 0, done.output


def test_a_store_that_refuses_is_told_and_letters_still_go(
    bucket: Any, instance: Path, make_app: AppMaker
) -> None:
    environ = {"INDUCTION_INSTANCE": str(instance), "INDUCTION_BACKUP": "s3://no-such-bucket"}
    app = make_app(Settings.from_environment(environ))
    assert "0 to be tried again" in work(app)
    assert "the store says: " in the_row(app).fault


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("/nowhere/at/all", "no folder"),
        ("kept", "no folder"),
        ("s3:bucket", "must look like"),
        ("s3://", "must look like"),
    ],
)
def test_a_place_that_cannot_be_one_stops_the_start(where: str, why: str, tmp_path: Path) -> None:
    environ = {"INDUCTION_INSTANCE": str(tmp_path / "x"), "INDUCTION_BACKUP": where}
    with pytest.raises(BadSetting, match=f"INDUCTION_BACKUP: .*{why}"):
        Settings.from_environment(environ)


def test_seven_days_four_weeks_and_twelve_months_stay() -> None:
    today = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
    every_night = {today - timedelta(days=days) for days in range(1000)}
    there: set[datetime] = set()
    for night in sorted(every_night):
        there = rules.to_keep(there | {night})
    days = sorted((today - at).days for at in there)
    assert days[:7] == [0, 1, 2, 3, 4, 5, 6]
    assert days[7:10] == [7, 14, 21], "the Sundays of four weeks, the first among the days"
    assert len(days) == 7 + 3 + 11, "and the last of each month, this month's being today"
    assert {at.month for at in there} == set(range(1, 13))


def test_nothing_goes_because_the_machine_stood_still() -> None:
    long_ago = {datetime(2025, 1, day, 2, 0, tzinfo=UTC) for day in range(1, 8)}
    assert rules.to_keep(long_ago | {datetime(2026, 11, 29, tzinfo=UTC)}) > long_ago - {
        datetime(2025, 1, 1, 2, 0, tzinfo=UTC)
    }
