"""The people of a test, in the database that it asks for."""

from dataclasses import replace

import pytest

from induction.config import Settings
from tests.conftest import AppMaker
from tests.support.cast import Cast
from tests.support.places import taught


@pytest.fixture
def cast(
    database: str, request: pytest.FixtureRequest, make_app: AppMaker, settings: Settings
) -> Cast:
    """Nobody yet, in either database."""
    settings = taught(settings.instance)
    if database == "postgresql":
        settings = replace(settings, database_url=request.getfixturevalue("postgres_url"))
    return Cast(make_app(settings))
