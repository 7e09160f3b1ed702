"""What a test needs of the machine. A test that cannot run says why; in CI that is a failure."""

import os
from typing import NoReturn

import pytest


def cannot_run(why: str) -> NoReturn:
    """Leave this test out, with the reason; with CI=true it fails instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    pytest.skip(why)
