"""A small institute with certificates, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from induction import create_app
from induction.config import Settings
from induction.demo.plan import DOMAIN
from induction.extensions import db
from induction.people.models import Account
from tests.conftest import _made_anew
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import rows


@pytest.fixture(scope="session")
def institute(migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of six learners, half of them with a certificate and its file."""
    folder = tmp_path_factory.getbasetemp() / "six-learners"  # each folder of tests asks for it
    if folder.exists():
        return folder
    shutil.copytree(migrated_instance, folder)
    app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(folder)}))
    options = ["--learners", "6", "--completed", "0.5", "--seed", "5", "--plain", "--json"]
    result = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()
    return folder


@pytest.fixture
def instance(institute: Path, _usual_app: Flask) -> Path:
    """This test's copy."""
    return _made_anew(_usual_app, institute)


@pytest.fixture
def officer(app: Flask) -> Visitor:
    """The compliance officer, signed in."""
    with app.app_context():
        account = db.session.scalars(
            select(Account).where(Account.email == f"compliance@{DOMAIN}")
        ).one()
    return Cast(app).signed_in(account)


@pytest.fixture
def numbers(app: Flask) -> list[str]:
    """The certificates' numbers, oldest first."""
    return [row[0] for row in rows(app, "SELECT number FROM certificate ORDER BY id")]
