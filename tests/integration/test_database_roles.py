"""Two roles on PostgreSQL, made as docs/database-roles.md says: who serves owns nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from induction.config import PROJECT_ROOT, Settings
from induction.people.models import Role
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.places import TINY

pytestmark = pytest.mark.postgres
PAGE = (PROJECT_ROOT / "docs" / "database-roles.md").read_text()
OWNER, SERVER = "induction_owner", "induction"


def blocks() -> list[str]:
    """The statements of the page, a block each: roles, rights to come, rights taken back."""
    return re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def address(postgres_server: str) -> Iterator[str]:
    """The administrator's address of the page's database; roles and database go with the test."""
    roles, *_ = blocks()
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier("induction"))
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        try:
            for statement in filter(None, map(str.strip, roles.split(";"))):
                admin.execute(statement.encode())
            yield postgres_server.rsplit("/", 1)[0] + "/induction"
        finally:
            admin.execute(drop)
            for role in (SERVER, OWNER):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def url_as(address: str, role: str) -> str:
    """The address for this role."""
    url = make_url(address).set(username=role, drivername="postgresql+psycopg", password="one")
    return url.render_as_string(hide_password=False)


@contextmanager
def connected(address: str, role: str) -> Iterator[psycopg.Connection]:
    url = make_url(address).set(username=role, password="one")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


@pytest.fixture
def served(address: str, make_app: AppMaker, tmp_path: Path) -> Flask:
    """An application that serves as the page says, on a schema that the owner made."""
    _, rights, taken = blocks()
    environ = {
        "INDUCTION_INSTANCE": str(tmp_path / "instance"),
        "INDUCTION_CONTENT": str(TINY),
        "INDUCTION_POLICY": "visitor-safety",
    }
    with connected(address, OWNER) as owner:
        owner.execute(rights.encode())
        owners = environ | {"DATABASE_URL": url_as(address, OWNER)}
        with make_app(Settings.from_environment(owners)).app_context():
            upgrade()
        owner.execute(taken.encode())
    servers = environ | {"DATABASE_URL": url_as(address, SERVER)}
    return make_app(Settings.from_environment(servers))


def test_the_role_that_serves_does_everything_and_cannot_bend_evidence(
    served: Flask, address: str
) -> None:
    cast = Cast(served)
    holder = cast.learner("Amina Yusuf")
    number = cast.graduate(holder)
    assert cast.signed_in(holder).get(f"/certificates/{number}.pdf").status_code == 200
    officer = cast.signed_in(cast.account(Role.COMPLIANCE))
    assert "entries hold" in officer.read("/compliance/audit/verify?start=1").text
    assert served.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 0
    with connected(address, SERVER) as server:
        for statement in (
            "DROP TRIGGER audit_entry_no_update ON audit_entry",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "DROP FUNCTION audit_entry_no_update() CASCADE",
            "UPDATE audit_entry SET actor = 'x'",
            "DELETE FROM certificate",
            "UPDATE certificate SET record_sha256 = 'x'",
            "TRUNCATE audit_entry CASCADE",
            "CREATE TABLE mine (x integer)",
            "UPDATE alembic_version SET version_num = '0007'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                server.execute(statement.encode())


def test_the_doctor_says_whether_the_role_that_serves_could_bend_evidence(
    served: Flask, address: str, make_app: AppMaker, tmp_path: Path
) -> None:
    neither = "ok    Evidence: The database role that serves can neither empty evidence nor drop"
    could = "warn  Evidence: The database role that serves could empty tables of evidence"

    def said(app: Flask) -> str:
        return app.test_cli_runner().invoke(args=["doctor"]).output

    assert neither in said(served)
    with connected(address, OWNER) as owner:
        owner.execute(b"GRANT TRUNCATE ON answer TO induction")
    assert f"{could}, or drop the triggers that keep them: answer\n" in said(served)
    environ = {
        "INDUCTION_INSTANCE": str(tmp_path / "instance"),
        "INDUCTION_CONTENT": str(TINY),
        "INDUCTION_POLICY": "visitor-safety",
        "DATABASE_URL": url_as(address, OWNER),
    }
    by_owner = said(make_app(Settings.from_environment(environ)))
    assert could in by_owner
    for table in ("audit_entry", "attempt", "declaration", "content_file"):
        assert table in by_owner
