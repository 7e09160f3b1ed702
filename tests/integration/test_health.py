"""``flask doctor`` and the page of system health: each kind of fault is named, with what to do."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyrage  # type: ignore[import-untyped]
import pytest
from flask import Flask
from sqlalchemy import text

from induction import create_app
from induction.administration import settings_changes
from induction.audit.act import SYSTEM, acting
from induction.certificates.pdf import fonts
from induction.config import Settings
from induction.database import utc_now, writing
from induction.health.checkup import CHECKS
from induction.people.models import Role
from induction.sign_on_settings import SignOnSettings
from induction.signing import keys
from induction.signing.signer import Signer
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.mail import MailServer
from tests.support.places import TINY
from tests.support.post import work

WELL = {
    "name": "Northbridge College", "safeguarding_name": "Sam Lee", "safeguarding_phone": "01234 5",
    "two_people": True, "staff_second_step": True,
}  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.postgres)])
def settings(
    request: pytest.FixtureRequest, instance: Path, smtp_server: MailServer, tmp_path: Path
) -> Settings:
    """An installation that is set up as the README says."""
    on_postgres = request.param == "pg"
    shutil.copytree(TINY, tmp_path / "taught")
    instance.chmod(0o700)
    return Settings.from_environment(
        {
            "INDUCTION_INSTANCE": str(instance),
            "INDUCTION_BASE_URL": "https://induction.college.example",
            "INDUCTION_PROXIES": "1",
            "INDUCTION_MAIL_URL": smtp_server.url,
            "INDUCTION_CONTENT": str(tmp_path / "taught"),
            "INDUCTION_POLICY": "visitor-safety",
            "INDUCTION_BACKUP": str(tmp_path / "kept"),
            "INDUCTION_BACKUP_RECIPIENT": str(pyrage.x25519.Identity.generate().to_public()),
            "DATABASE_URL": request.getfixturevalue("postgres_url") if on_postgres else "",
        }
    )


def change(app: Flask, **values: object) -> None:
    with app.app_context(), acting(SYSTEM, utc_now()) as act:
        settings_changes.change(act, values)


def execute(app: Flask, statement: str, **values: object) -> None:
    with app.app_context(), writing() as session:
        session.execute(text(statement), values)


@dataclass
class Place:
    """An installation in which all is well, until a fault is planted."""

    app: Flask
    mail: MailServer
    content: Path
    patch: pytest.MonkeyPatch

    def set(self, **values: Any) -> None:
        """As the environment would."""
        self.app.extensions["settings"] = replace(self.app.extensions["settings"], **values)


@pytest.fixture
def place(
    app: Flask,
    cast: Cast,
    smtp_server: MailServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    for role in (Role.ADMIN, Role.COMPLIANCE):
        cast.account(role, email=f"{role.value}-one@college.example")
        cast.account(role, email=f"{role.value}-two@college.example")
    change(app, **WELL)
    work(app)  # the worker's beat, and a checkpoint that leaves
    return Place(app, smtp_server, tmp_path / "taught", monkeypatch)


def examined(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["doctor"], catch_exceptions=False)
    return result.exit_code, result.output


def the_clock_went_back(place: Place) -> None:
    with place.app.app_context(), acting(SYSTEM, utc_now() + timedelta(hours=1)) as act:
        settings_changes.change(act, {"contact": "Ring Sam"})


def the_key_ended(place: Place) -> None:
    folder = place.app.extensions["settings"].instance / "keys"
    old = keys._new_keys("Northbridge College", utc_now() - timedelta(days=30 * 366))
    place.app.extensions["signer"] = Signer(old, folder)


def a_file_is_faulty(place: Place) -> None:
    (place.content / "content/visitor-safety/policy.yaml").write_text("title: [\n")


def a_letter_comes_back(place: Place) -> None:
    execute(place.app, "UPDATE outbox_mail SET sent_at = NULL, not_before = created_at")
    work(place.app)


def nothing_more(place: Place) -> None:
    """It follows from the fault before it."""


def the_folder_is_open(place: Place) -> None:
    place.app.extensions["settings"].instance.chmod(0o755)


def the_fonts_are_gone(place: Place) -> None:
    place.patch.setattr(fonts, "FOLDER", place.content)


def the_disk_is_full(place: Place) -> None:
    usage = shutil.disk_usage("/")._replace(free=1000)
    place.patch.setattr(shutil, "disk_usage", lambda _: usage)


def a_tutor_is_gone(place: Place) -> None:
    cast = Cast(place.app)
    tutor = cast.account(Role.TUTOR, email="tutor-one@college.example")
    cast.learner(cohort=cast.cohort("Bricks", tutor))
    execute(place.app, "UPDATE account SET deactivated_at = created_at WHERE id = :i", i=tutor.id)
    cast.cohort("Nobody is in it")


def sql(statement: str) -> Callable[[Place], None]:
    return lambda place: execute(place.app, statement)


class Fault(NamedTuple):
    """What is planted, and what the doctor says of it: how bad, which check, and where to mend."""

    plant: Callable[[Place], None]
    state: str
    title: str
    where: str


def the_provider_is_gone(place: Place) -> None:
    gone = SignOnSettings("http://127.0.0.1:9", "us", "secret", ("college.example",), "Microsoft")
    place.set(sign_on=gone)


# Each of these can be planted beside the others of its list.
FIRST = [
    Fault(lambda p: p.set(base_url="http://127.0.0.1"), "fail", "Address", "INDUCTION_BASE_URL"),
    Fault(lambda p: p.set(mail_url=""), "fail", "Mail server", "INDUCTION_MAIL_URL"),
    Fault(nothing_more, "warn", "Checkpoints", "INDUCTION_MAIL_URL"),
    Fault(the_folder_is_open, "fail", "Instance folder", "chmod 700"),
    Fault(the_disk_is_full, "fail", "Disk", "make room"),
    Fault(the_fonts_are_gone, "fail", "Drawing", "put the release’s files back"),
    Fault(the_key_ended, "fail", "Signing key", "certificates rotate-key"),
    Fault(nothing_more, "fail", "Machines", "the same INDUCTION_KEY_PASSPHRASE"),
    Fault(
        sql(
            "INSERT INTO failing_chore VALUES ('reminders', '2026-01-02 10:00:00', 1, 'KeyError',"
            " '2026-01-02 10:01:00')"
        ),
        "fail", "Chores", "look for “doing”: “reminders”",
    ),
    Fault(a_file_is_faulty, "fail", "Policy", "content/visitor-safety/policy.yaml:"),
    Fault(lambda p: p.set(backup_recipient=""), "warn", "Backups", "INDUCTION_BACKUP_RECIPIENT"),
    Fault(lambda p: p.set(backup=""), "warn", "Nightly backups", "INDUCTION_BACKUP"),
    Fault(
        sql("UPDATE worker_beat SET at = '2026-01-02 10:00:00.000000'"),
        "fail", "Worker", "INDUCTION_WORKER",
    ),
    Fault(lambda p: change(p.app, name=""), "warn", "Name", "/admin/settings"),
    Fault(
        lambda p: change(p.app, safeguarding_phone=""),
        "fail", "Whom to tell", "/admin/settings#whom-to-tell",
    ),
    Fault(
        lambda p: change(p.app, staff_second_step=False), "fail", "Second step", "/admin/settings"
    ),
    Fault(lambda p: change(p.app, two_people=False), "warn", "Two people", "/admin/settings"),
    Fault(
        sql("UPDATE account SET deactivated_at = created_at WHERE email LIKE 'admin-%'"),
        "fail", "Administrators", "flask --app app people create",
    ),
]  # fmt: skip
SECOND = [
    Fault(lambda p: p.set(proxies=0), "warn", "Address", "INDUCTION_PROXIES"),
    Fault(lambda p: p.mail.down(), "fail", "Mail server", "INDUCTION_MAIL_URL"),
    Fault(a_letter_comes_back, "warn", "Letters", "INDUCTION_MAIL_URL"),
    Fault(
        sql("UPDATE kept_backup SET made_at = '2026-01-02 10:00:00.000000'"),
        "fail", "Nightly backups", "that the worker runs",
    ),
    Fault(
        sql(
            "INSERT INTO directory_connection VALUES (1, 'x', 'Entra', 'y', FALSE,"
            " '2026-01-01 10:00:00.000000', '2026-01-02 10:00:00.000000', NULL)"
        ),
        "warn", "Directory", "/admin/directory",
    ),
    Fault(sql("DELETE FROM checkpoint_letter"), "warn", "Checkpoints", "/admin/settings"),
    Fault(
        sql("UPDATE account SET deactivated_at = created_at WHERE email LIKE 'compliance-one%'"),
        "fail", "Two people", "/admin/people",
    ),
    Fault(
        sql("UPDATE account SET demo = TRUE WHERE email LIKE 'admin-one%'"),
        "fail", "Demo accounts", "/admin/people",
    ),
    Fault(a_tutor_is_gone, "warn", "Tutors", "name a tutor"),
    Fault(the_clock_went_back, "fail", "Clock", "timedatectl"),
    Fault(the_provider_is_gone, "fail", "Signing in", "INDUCTION_OIDC_ISSUER"),
]  # fmt: skip
LAST = [
    Fault(
        sql("UPDATE alembic_version SET version_num = '0007'"),
        "fail", "Database", "flask --app app db upgrade",
    ),
]  # fmt: skip


# These tests serve as the owner of the tables; test_database_roles.py has the role that owns none.
BY_OWNER = [Fault(nothing_more, "warn", "Evidence", "docs/database-roles.md")]


@pytest.mark.parametrize("faults", [[], FIRST, SECOND, LAST], ids=len)
def test_what_is_planted_is_named_with_where_and_what_to_do_and_nothing_else(
    place: Place, faults: list[Fault]
) -> None:
    for fault in faults:
        fault.plant(place)
    if faults is not LAST and place.app.extensions["settings"].database_url.startswith("postgres"):
        faults = faults + BY_OWNER
    code, said = examined(place.app)
    assert code == any(fault.state == "fail" for fault in faults), said
    named = re.findall(r"^(fail|warn) +([\w ]+): .*\n +(.*)$", said, re.MULTILINE)
    assert {(state, title) for state, title, _ in named} == {(f.state, f.title) for f in faults}
    advice = {title: act for _, title, act in named}
    for fault in faults:
        assert fault.where in advice[fault.title]


def test_each_check_has_a_fault_here_that_it_names() -> None:
    assert {fault.title for fault in FIRST + SECOND + LAST + BY_OWNER} == {
        check.title for check in CHECKS
    }


def test_two_people_are_counted_as_each_act_that_takes_two_counts_them(
    app: Flask, cast: Cast
) -> None:
    """Of personal data a data protection officer is the second, as on the page of approvals."""
    cast.account(Role.COMPLIANCE)
    cast.account(Role.DATA_PROTECTION)
    for insists, state, result in ((False, "warn", "alone"), (True, "fail", "so that nobody can")):
        change(app, two_people=insists)
        said = re.search(r"^(\w+) +Two people: (.*)$", examined(app)[1], re.MULTILINE)
        assert said
        assert said[1] == state
        assert result in said[2]
        assert "Erase a person" not in said[2]
        assert ("Withdraw a certificate" in said[2]) is insists
        assert "Make two accounts of one person one" in said[2]
    cast.account(Role.COMPLIANCE, email="second@college.example")
    assert "\nok    Two people: " in examined(app)[1]


def test_a_database_is_its_owners_even_in_an_open_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(tmp_path)}))
    assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 0
    file = tmp_path / "induction.sqlite"
    assert all(one.stat().st_mode & 0o077 == 0 for one in tmp_path.glob("induction.sqlite*"))
    assert "ok    Evidence: The database is a file, for its owner alone" in examined(app)[1]
    file.chmod(0o644)
    said = examined(app)[1]
    assert "fail  Evidence: Other users of this machine may read the database\n" in said
    assert f"run: chmod 600 {file}" in said


def test_administrators_read_the_same_on_a_page(as_admin: Visitor) -> None:
    page = as_admin.get("/admin/health").text
    assert page.index("Mend<") < page.index("Look<") < page.index("What is fine")
    assert "<code>INDUCTION_WORKER</code>" in page, "the worker has never run here"
    assert '<a href="/admin/settings#whom-to-tell">' in page
