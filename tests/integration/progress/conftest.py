"""The people of a test, in the database that it asks for."""

import pytest

from tests.support.cast import Cast


@pytest.fixture
def cast(database: str, request: pytest.FixtureRequest) -> Cast:
    """Nobody yet, in either database."""
    on = {"sqlite": "tiny_app", "postgresql": "tiny_on_postgres"}
    return Cast(request.getfixturevalue(on[database]))
