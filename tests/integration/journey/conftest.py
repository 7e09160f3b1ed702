"""What the tests of the journey share."""

from collections.abc import Iterator

import pytest

from tests.support.learner import Learner
from tests.support.record import Ledger, ledger


@pytest.fixture
def kept(newcomer: Learner) -> Iterator[Ledger]:
    """Tells whether anything was written since the learner signed in."""
    with ledger(newcomer.visitor.application) as watching:
        yield watching
