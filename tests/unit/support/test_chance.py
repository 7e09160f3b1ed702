"""No test depends on chance: what is drawn in one is the same each time, and in no two alike."""

import random
import secrets

import pytest

from tests.support import chance
from tests.support.thorough import FACTOR

DRAWN: dict[str, tuple[str, ...]] = {}


def drawn() -> tuple[str, ...]:
    return secrets.token_hex(8), str(random.SystemRandom().random()), str(random.random())


@pytest.fixture(scope="module")
def shared() -> tuple[str, ...]:
    return drawn()


@pytest.mark.skipif(FACTOR > 1, reason="with THOROUGH each run draws something else")
def test_whoever_has_the_same_name_draws_the_same(shared: tuple[str, ...]) -> None:
    first = drawn()
    with chance.of("shared "):
        assert drawn() == shared, "whichever test was the first to ask for it"
    second = drawn()
    chance.begin(
        "tests/unit/support/test_chance.py::"
        + test_whoever_has_the_same_name_draws_the_same.__name__
    )
    assert (drawn(), drawn()) == (first, second), "what is shared takes nothing from it"
    assert len({*first, *second, *shared}) == 9
