"""A small institute with certificates, made once and copied for each test."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from induction import create_app
from induction.config import Settings
from induction.extensions import db
from induction.people.models import Account
from tests.conftest import _made_anew
from tests.support.cast import Cast
from tests.support.client import Visitor
from tests.support.record import rows


@dataclass(frozen=True)
class Institute:
    """Its instance folder, and its compliance officer."""

    folder: Path
    email: str


@pytest.fixture(scope="session")
def institute(migrated_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Institute:
    """Six learners, half of them with a certificate and its file."""
    folder = tmp_path_factory.mktemp("institute") / "instance"
    shutil.copytree(migrated_instance, folder)
    app = create_app(Settings.from_environment({"INDUCTION_INSTANCE": str(folder)}))
    options = ["--learners", "6", "--completed", "0.5", "--seed", "6", "--json"]
    result = app.test_cli_runner().invoke(args=["demo", "load", *options])
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()
    officer = json.loads(result.stdout.splitlines()[-1])["sign_ins"]["compliance"]
    return Institute(folder, officer["email"])


@pytest.fixture
def instance(institute: Institute, _usual_app: Flask) -> Path:
    """This test's copy."""
    return _made_anew(_usual_app, institute.folder)


@pytest.fixture
def officer(app: Flask, institute: Institute) -> Visitor:
    """The compliance officer, signed in."""
    with app.app_context():
        account = db.session.scalars(select(Account).filter_by(email=institute.email)).one()
    return Cast(app).signed_in(account)


@pytest.fixture
def numbers(app: Flask) -> list[str]:
    """The certificates' numbers, oldest first."""
    return [row[0] for row in rows(app, "SELECT number FROM certificate ORDER BY id")]
