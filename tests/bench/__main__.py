"""``make bench``: pages against the yardstick, then certificates against a naive rendering."""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.pages import measure
from tests.support.server import PROJECT

CERTIFICATES = "tests.bench.certificates"


def main() -> int:
    """Run what was asked for and print its tables."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "pages", "certificates"), default="all")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--times", type=int, default=7, help="requests a target and round")
    options = parser.parse_args()
    if options.part != "certificates":
        with tempfile.TemporaryDirectory(prefix="induction-bench-") as folder:
            table = measure(options.rounds, options.times, Path(folder))
        sys.stdout.write(f"{table}\n\n")
        sys.stdout.flush()
    if options.part != "pages" and importlib.util.find_spec(CERTIFICATES):
        command = [sys.executable, "-m", CERTIFICATES]
        return subprocess.run(command, cwd=PROJECT, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
