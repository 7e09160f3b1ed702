"""The journey's tests take the small policy where any policy would do: it is soon through."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.cast import Cast
from tests.support.learner import Learner
from tests.support.record import Ledger, ledger


@pytest.fixture
def tiny(tiny_app: Flask) -> Cast:
    """People of an installation that teaches the small policy."""
    return Cast(tiny_app)


@pytest.fixture
def newcomer(tiny: Cast) -> Learner:
    """Somebody at the very beginning of the small policy."""
    return tiny.taking(tiny.learner())


@pytest.fixture
def kept(newcomer: Learner) -> Iterator[Ledger]:
    """Tells whether anything was written since the learner signed in."""
    with ledger(newcomer.visitor.application) as watching:
        yield watching
