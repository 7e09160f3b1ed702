"""Files of everything, among ever more learners: as long as what they hold, in the same memory.

``--keep`` names folders with institutes of ``walk``, the small one first.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from induction.people.models import Role
from tests.bench.institute import PASSWORD, Institute, kept
from tests.bench.visitor import Visitor
from tests.bench.walk import WithDatabase, emails

ONE = ("--workers=1",)  # whose memory it is
FILES = (
    (Role.COMPLIANCE, "/compliance/certificates/list.csv"),
    (Role.COMPLIANCE, "/compliance/certificates/list.xlsx"),
    (Role.COMPLIANCE, "/compliance/certificates/gaps/list.csv"),
    (Role.COMPLIANCE, "/compliance/certificates/gaps/list.xlsx"),
    (Role.COMPLIANCE, "/compliance/audit/list.csv"),
    (Role.HEAD, "/tutor/cohorts.xlsx"),
    (Role.HEAD, "/tutor/figures/list.xlsx?by=programme"),
    (Role.HEAD, "/tutor/figures/list.xlsx?by=tutor"),
    (Role.HEAD, "/tutor/figures/list.xlsx?by=cohort"),
)


def measure(folder: Path) -> list[str]:
    """Of each file: megabytes, seconds by the clock, and the most MB of the worker meanwhile."""
    institute = kept(folder)
    with ExitStack() as at_end:
        server = WithDatabase(institute.settings, folder / "files.log", options=ONE)
        at_end.callback(server.stop)
        server.wait_until_ready()
        visitors = _signed_in(server, institute)
        cells = []
        for role, path in FILES:
            _memory(server, afresh=True)
            answer = visitors[role].get(path)
            if answer.status != 200:
                raise RuntimeError(f"{path} answers {answer.status}")
            most = _memory(server)
            cells.append(f"{len(answer.body) / 1e6:.2f} | {answer.seconds:.1f} | {most:.0f}")
    return cells


def _signed_in(server: WithDatabase, institute: Institute) -> dict[Role, Visitor]:
    known, found = emails(institute), {}
    for role in {role for role, _ in FILES}:
        found[role] = Visitor(server)
        found[role].sign_in(known[role.value], PASSWORD)
    return found


def _memory(server: WithDatabase, *, afresh: bool = False) -> float:
    """The most MB that the worker has held since it was asked afresh."""
    (worker,) = server.workers()
    process = Path(f"/proc/{worker}")
    if afresh:
        (process / "clear_refs").write_text("5")
    lines = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def main() -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='files …'", description=__doc__)
    parser.add_argument("--keep", type=Path, nargs="+", required=True)
    options, _ = parser.parse_known_args()
    columns = [measure(folder) for folder in options.keep]
    heads = " | ".join(f"{folder}: MB | s | MB of memory" for folder in options.keep)
    lines = [f"| file | {heads} |", f"| --- {'| --: ' * 3 * len(columns)}|"]
    for (_, path), *cells in zip(FILES, *columns, strict=True):
        lines.append(f"| {path} | {' | '.join(cells)} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
