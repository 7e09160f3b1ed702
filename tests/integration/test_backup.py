"""t25: a backup under load, put back on an empty machine: all of it, to the byte."""

import threading
import zipfile
from pathlib import Path

import pyrage  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from induction.audit.act import VISITOR, acting
from induction.audit.actions import Action
from induction.audit.verify import verify_chain
from induction.backup import copying
from induction.certificates.models import CertificateFile
from induction.config import Settings
from induction.database import utc_now
from induction.extensions import db
from induction.people import links
from induction.people.accounts import create
from induction.people.models import Role
from tests.conftest import AppMaker
from tests.support.approvals import carried_out
from tests.support.cast import Cast
from tests.support.record import count
from tests.support.traces import traces


def _tables(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database, as it is read."""
    with app.app_context():
        return {
            name: sorted(map(tuple, db.session.execute(select(table)).all()), key=repr)
            for name, table in db.metadata.tables.items()
            if name not in copying.PASSING | {"audit_head"}
        }


def _but_for(tables: dict[str, list[tuple[object, ...]]], *actions: Action) -> object:
    """The same without the acts of making and restoring, which only the one or the other has."""
    kept = [row for row in tables["audit_entry"] if row[3] not in actions]
    return tables | {"audit_entry": kept}


@pytest.fixture
def used(app: Flask, cast: Cast) -> str:
    """An installation with a finished learner, whose certificate has been downloaded."""
    account = cast.learner("Łucja Wiśniewska")
    number = cast.graduate(account)
    assert cast.signed_in(account).get(f"/certificates/{number}.pdf").status_code == 200
    return number


def _elsewhere(make_app: AppMaker, folder: Path, url: str = "") -> Flask:
    environ = {"INDUCTION_INSTANCE": str(folder)} | ({"DATABASE_URL": url} if url else {})
    return make_app(Settings.from_environment(environ))


@pytest.mark.usefixtures("used")
def test_t25_a_backup_restores_to_the_byte(
    app: Flask, runner: FlaskCliRunner, make_app: AppMaker, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    assert runner.invoke(args=["backup", str(file)]).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0, "others may read the backup"
    other = _elsewhere(make_app, tmp_path / "elsewhere")
    result = other.test_cli_runner().invoke(args=["restore", str(file)])
    assert result.exit_code == 0, result.output
    assert _but_for(_tables(other), Action.BACKUP_RESTORED) == _but_for(
        _tables(app), Action.BACKUP_MADE
    )
    for name in ("secret_key", "keys/signing-key.pem"):
        here, there = (a.extensions["settings"].instance / name for a in (app, other))
        assert there.read_bytes() == here.read_bytes()


def test_t25_an_encrypted_backup_opens_with_its_identity_alone_and_lets_nobody_in(
    app: Flask, runner: FlaskCliRunner, cast: Cast, make_app: AppMaker, tmp_path: Path
) -> None:
    """The session and the link that somebody has now are worth nothing after a restore."""
    account = cast.learner("Łucja Wiśniewska")
    assert cast.signed_in(account).get("/certificates").status_code == 200
    with app.app_context(), acting(account, utc_now()) as act:
        links.make(act, account, links.INVITATION)
    assert count(app, "sign_in") == count(app, "one_time_link") == 1
    file, key, other_key = (tmp_path / name for name in ("backup.age", "key.txt", "other.txt"))
    identity = pyrage.x25519.Identity.generate()
    key.write_text(f"# a comment, as age-keygen writes it\n{identity}\n")
    other_key.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    backup = ["backup", str(file), "--to"]
    refused = runner.invoke(args=[*backup, "somebody"])
    assert (refused.exit_code, "not an age recipient" in refused.output) == (1, True)
    assert runner.invoke(args=[*backup, str(identity.to_public())]).exit_code == 0
    assert file.stat().st_mode & 0o077 == 0
    assert "Łucja".encode() not in file.read_bytes()
    assert not zipfile.is_zipfile(file)
    there = _elsewhere(make_app, tmp_path / "there").test_cli_runner()
    for wrong, why in (([], "--identity"), (["--identity", str(other_key)], "does not open it")):
        result = there.invoke(args=["restore", str(file), *wrong])
        assert (result.exit_code, why in result.output) == (1, True), result.output
    result = there.invoke(args=["restore", str(file), "--identity", str(key)])
    assert result.exit_code == 0, result.output
    restored = _elsewhere(make_app, tmp_path / "there")
    assert _but_for(_tables(restored), Action.BACKUP_RESTORED) == _but_for(
        _tables(app), Action.BACKUP_MADE
    )
    assert count(restored, "sign_in") == count(restored, "one_time_link") == 0


def test_t25_nobody_else_can_read_a_backup_while_it_is_written(
    app: Flask, cast: Cast, tmp_path: Path
) -> None:
    cast.learner()
    modes: set[int] = set()

    def look(_rows: int) -> None:
        modes.update(path.stat().st_mode & 0o077 for path in tmp_path.glob(".backup.zip*"))

    instance = app.extensions["settings"].instance
    with app.app_context():
        copying.make(db.engine, instance, tmp_path / "backup.zip", now=utc_now(), tick=look)
    assert modes == {0}


@pytest.mark.postgres
def test_t25_from_sqlite_to_postgresql_and_back(
    app: Flask,
    runner: FlaskCliRunner,
    used: str,
    make_app: AppMaker,
    empty_postgres_url: str,
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    assert runner.invoke(args=["backup", str(first)]).exit_code == 0
    server = _elsewhere(make_app, tmp_path / "server", empty_postgres_url)
    result = server.test_cli_runner().invoke(args=["restore", str(first)])
    assert result.exit_code == 0, result.output
    with server.app_context():
        assert verify_chain(db.session()) is None
        pdf = db.session.scalar(select(CertificateFile.pdf))
        with acting(VISITOR, utc_now()) as act:  # the next row's id is not one that was restored
            create(act, Role.TUTOR, "a@b.example", "Ann Lee", how="test")
    with app.app_context():
        assert pdf == db.session.scalar(select(CertificateFile.pdf))
    assert server.test_cli_runner().invoke(args=["backup", str(second)]).exit_code == 0
    again = _elsewhere(make_app, tmp_path / "again")
    assert again.test_cli_runner().invoke(args=["restore", str(second)]).exit_code == 0
    assert len(_tables(again)["audit_entry"]) == len(_tables(server)["audit_entry"])
    with again.app_context():
        assert verify_chain(db.session()) is None
    assert _tables(again) | {"audit_entry": []} == _tables(server) | {"audit_entry": []}


@pytest.mark.usefixtures("used")
def test_t25_a_backup_under_load_is_of_one_moment(
    app: Flask, make_app: AppMaker, tmp_path: Path
) -> None:
    stop = threading.Event()

    def keep_writing() -> None:
        with app.app_context():
            while not stop.is_set():
                with acting(VISITOR, utc_now()) as act:
                    act.record(Action.LINK_SENT, "account:somebody", purpose="password")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for number in range(2):
            with app.app_context():
                copying.make(
                    db.engine,
                    app.extensions["settings"].instance,
                    tmp_path / f"{number}.zip",
                    now=utc_now(),
                    tick=lambda _: None,
                )
    finally:
        stop.set()
        writer.join()
    for number in range(2):
        other = _elsewhere(make_app, tmp_path / str(number))
        done = other.test_cli_runner().invoke(args=["restore", str(tmp_path / f"{number}.zip")])
        assert done.exit_code == 0, done.output
        with other.app_context():
            assert verify_chain(db.session()) is None


@pytest.mark.usefixtures("used")
def test_restoring_over_people_needs_force(
    app: Flask, runner: FlaskCliRunner, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    runner.invoke(args=["backup", str(file)])
    before = count(app, "account")
    cast.learner("Came Later")
    result = runner.invoke(args=["restore", str(file)])
    assert result.exit_code == 1
    assert "--force" in result.output
    assert count(app, "account") == before + 1
    assert runner.invoke(args=["restore", str(file), "--force"]).exit_code == 0
    assert count(app, "account") == before


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("nothing.txt", "x", "not a backup"),
        ("backup.json", '{"format": "something/2"}', "another format"),
        (
            "backup.json",
            '{"format": "learner-induction/backup/1", "revision": "9999"}',
            "newer release",
        ),
    ],
)
def test_what_is_no_backup_of_ours_is_refused_and_nothing_is_touched(
    app: Flask, runner: FlaskCliRunner, cast: Cast, tmp_path: Path, name: str, text: str, why: str
) -> None:
    cast.learner()
    file = tmp_path / "other.zip"
    with zipfile.ZipFile(file, "w") as pack:
        pack.writestr(name, text)
    result = runner.invoke(args=["restore", str(file), "--force"])
    assert result.exit_code == 1
    assert why in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(db.metadata.tables["account"]))


def test_a_file_that_would_land_elsewhere_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as pack:
        pack.writestr("instance/../../evil", "x")
    with (
        zipfile.ZipFile(tmp_path / "x.zip") as pack,
        pytest.raises(copying.NotABackup, match="does not belong"),
    ):
        copying._put_files_back(tmp_path / "instance", pack)


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_a_restore_that_fails_leaves_what_was_there(
    make_app: AppMaker, tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    if not url:
        request.getfixturevalue("instance")
    here = _elsewhere(make_app, tmp_path / "server", url) if url else request.getfixturevalue("app")
    Cast(here).learner("Still Here")
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    assert here.test_cli_runner().invoke(args=["backup", str(good)]).exit_code == 0
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for item in source.infolist():
            if item.filename != "tables/answer.jsonl":
                target.writestr(item, source.read(item))
    result = here.test_cli_runner().invoke(args=["restore", str(bad), "--force"])
    assert result.exit_code == 1
    assert "answer is missing" in result.output
    assert "nothing was changed" in result.output
    with here.app_context():
        names = db.session.scalars(select(db.metadata.tables["account"].c.full_name)).all()
    assert "Still Here" in names


@pytest.mark.parametrize("place", ["the same", "another, with the list", "another, without it"])
def test_t27_a_backup_brings_nobody_back_who_was_erased_since(
    app: Flask, cast: Cast, make_app: AppMaker, tmp_path: Path, place: str
) -> None:
    learner, officer = cast.learner("Zofia Vzzle", email="zofia@x.example"), Role.COMPLIANCE
    number, backup = cast.graduate(learner), tmp_path / "before.zip"
    assert app.test_cli_runner().invoke(args=["backup", str(backup)]).exit_code == 0
    visitor = cast.signed_in(cast.account(officer))
    form = visitor.read("/compliance/personal-data").form("reason")
    asked = {"kind": "erasure", "who": learner.email, "reason": "By letter"}
    at = visitor.send(form, asked, at="/compliance/personal-data").location
    carried_out(cast, str(at))
    noted = app.extensions["settings"].instance / "erasures"
    assert [(path.name, path.read_bytes()) for path in noted.iterdir()] == [
        (learner.public_id, b"")
    ]

    here, options = app, ["--force"]
    if place != "the same":
        here = _elsewhere(make_app, tmp_path / "elsewhere")
        options = ["--erased", str(noted)] if "with the" in place else []
    result = here.test_cli_runner().invoke(args=["restore", str(backup), *options])
    assert result.exit_code == 0, result.output
    assert "The backup is of " in result.output
    back = "without" in place
    assert ("Erased again, since they were erased after it: 1." in result.output) is not back
    if back:  # and so the other two say something
        assert traces(here, "vzzle", backup=tmp_path / "after.zip")
        return
    assert traces(here, "vzzle", "zofia", backup=tmp_path / "after.zip") == []
    answer = Cast(here).visitor().get(f"/verify/{number}", headers={"Accept": "application/json"})
    assert (answer.json or {})["status"] == "erased"
    with here.app_context():
        assert verify_chain(db.session()) is None
