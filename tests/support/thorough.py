"""How hard the generating tests try. THOROUGH=20 tries twenty times as much as a usual run."""

import os

FACTOR = int(os.environ.get("THOROUGH", "1"))


def times(usual: int) -> int:
    """As many examples as this run has patience for."""
    return usual * FACTOR
