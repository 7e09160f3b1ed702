"""How hard the generating tests try. THOROUGH=20 tries twenty times as much as a usual run.

A usual run tries the same each time; a thorough one tries something else each time.
"""

import os

FACTOR = int(os.environ.get("THOROUGH", "1"))


def times(usual: int) -> int:
    """As many examples as this run has patience for."""
    return usual * FACTOR
