"""``make bench``: pages against the yardstick, certificates against a naive rendering, and more."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import audit
from tests.bench.pages import MANY, measure
from tests.support.server import PROJECT

# Each measures in a process of its own, so that none warms what another one times.
PARTS = {
    "pages": "Pages, as multiples of the yardstick",
    "walk": "Every page of every role, among 500 learners and among many",
    "certificates": "A certificate, against a naive rendering",
    "audit": "An entry in the record of acts",
    "export": "An audit pack of 10,000 certificates, against cat",
}


def main() -> int:
    """Run what was asked for and print its tables; 1 where a part says that a goal is missed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", *PARTS, "files"), default="all")
    parser.add_argument("--rounds", type=int, default=31, help="of the pages")
    parser.add_argument("--times", type=int, default=7, help="requests a page and round")
    parser.add_argument("--learners", type=int, default=MANY, help="in the large database")
    options, others = parser.parse_known_args()
    if others and options.part not in ("walk", "files"):  # whose own they are: see its --help
        parser.error(f"unknown: {' '.join(others)}")
    if options.part == "pages":
        with tempfile.TemporaryDirectory(prefix="induction-bench-") as folder:
            return _show(measure(options.rounds, options.times, Path(folder), options.learners))
    if options.part == "audit":
        return _show(audit.measure(rounds=5))
    if options.part == "walk":
        return _run("tests.bench.walk", "--learners", str(options.learners), *others)
    if options.part == "files":
        return _run("tests.bench.files", *others)
    if options.part != "all":
        return _run(f"tests.bench.{options.part}")
    missed = 0
    for part, title in PARTS.items():
        _show(f"\n## {title}\n")
        asked = {name: value for name, value in vars(options).items() if name != "part"}
        pace = (word for name, value in asked.items() for word in (f"--{name}", str(value)))
        missed |= _run("tests.bench", part, *pace)
    return missed


def _show(text: str) -> int:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
    return 0


def _run(module: str, *arguments: str) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
