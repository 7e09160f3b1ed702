"""``make load``: a September morning. Whole journeys at once, and what each step takes."""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.institute import PASSWORD
from tests.load.journeys import Deed, Ended, begin, one_whole
from tests.load.prepared import Prepared, prepared
from tests.support.server import Server

EVERY = 2.0  # seconds between two looks at the memory


@dataclass
class Memory:
    """What the web workers hold, at each look: when it was, of each what it has in memory."""

    pids: Callable[[], list[int]]
    looks: list[tuple[float, list[int]]] = field(default_factory=list)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every few seconds while the block lasts."""
        over = threading.Event()

        def look() -> None:
            while True:
                held = [_resident(pid) for pid in self.pids()]
                self.looks.append((time.monotonic(), held))
                if over.wait(EVERY):
                    return

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _resident(pid: int) -> int:
    """Bytes in memory (Linux); 0 elsewhere, and where the process has just ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _computed(pids: list[int]) -> float:
    """Seconds of a processor that these processes have used so far (Linux), all their threads."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(after_the_name[11]) + int(after_the_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Morning:
    """What came of it."""

    kind: str
    ended: list[Ended]
    took: float  # seconds
    computed: float  # seconds of a processor, of the web workers
    memory: Memory
    doing: Counter[str]  # what threads that answered were doing, in looks
    load: float  # of the machine when it began

    def in_words(self) -> str:
        """For a terminal, and for a page of ours."""
        deeds = [deed for one in self.ended for deed in one.deeds]
        whole = sum(not one.lost for one in self.ended)
        per_journey = len(deeds) / max(len(self.ended), 1)
        speed = (
            f"{60 * whole / self.took:.0f} journeys a minute, {len(deeds) / self.took:.0f} requests"
            f" a second, {per_journey:.0f} requests a journey. The web workers computed for"
            f" {self.computed / self.took:.2f} processors of {os.cpu_count()},"
            f" {1000 * self.computed / max(len(deeds), 1):.1f} ms a request. The machine’s load"
            f" when it began: {self.load:.1f}."
        )
        return "\n".join(
            [
                "",
                f"## {self.kind}: {whole} journeys in {self.took:.0f} s",
                "",
                speed,
                "",
                *_steps(deeds),
                "",
                *self._doing(),
                "",
                *self._memory(sorted(deed.at for deed in deeds)),
                *(f"Lost: {one.lost}" for one in self.ended if one.lost),
            ]
        )

    def _doing(self) -> list[str]:
        lines = ["| what answering takes | share of the time |", "| --- | --: |"]
        total = self.doing.total() or 1
        for part, looks in self.doing.most_common():
            lines.append(f"| {part} | {100 * looks / total:.0f} % |")
        return lines

    def _memory(self, ends: list[float]) -> list[str]:
        """Some twenty lines, one for each so many requests."""
        every = 1000 * max(1, round(len(ends) / 20_000)) if len(ends) > 5000 else 250
        lines = ["| requests | web workers, MB, each |", "| --: | --- |"]
        known = -every
        for at, held in self.memory.looks:
            done = bisect(ends, at)
            if done >= known + every:
                known = done - done % every
                lines.append(f"| {done} | {', '.join(f'{one / 1e6:.0f}' for one in held)} |")
        return lines


def main() -> int:
    """Build, serve, send everybody on their way, and print the table; 1 where somebody was lost."""
    parser = argparse.ArgumentParser(prog="make load ARGS=…", description=__doc__)
    parser.add_argument("--journeys", type=int, default=100)
    parser.add_argument("--at-once", type=int, default=8, help="learners in the same moment")
    parser.add_argument("--learners", type=int, default=20_000, help="beside them, in the database")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="of gunicorn")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=600, help="nobody begins after these")
    parser.add_argument(
        "--keep",
        type=Path,
        help="a folder in which what was prepared stays for the next run; on PostgreSQL the"
        " database induction_load_… stays as well",
    )
    parser.add_argument("--prepare", action="store_true", help="only that, with --keep")
    options = parser.parse_args()
    both = ("sqlite", "postgresql")
    lost = 0
    for kind in both if options.database == "both" else (options.database,):
        with ExitStack() as at_end:
            folder = Path(
                at_end.enter_context(tempfile.TemporaryDirectory(prefix="induction-load-"))
            )
            begun = time.monotonic()
            institute = at_end.enter_context(
                prepared(
                    kind,
                    folder,
                    learners=options.learners,
                    coming=options.journeys,
                    keep=options.keep,
                )
            )
            sys.stdout.write(f"{kind}: prepared in {time.monotonic() - begun:.0f} s\n")
            sys.stdout.flush()
            if options.prepare:
                continue
            morning = _morning(kind, institute, folder, options)
        sys.stdout.write(morning.in_words() + "\n")
        sys.stdout.flush()
        lost += sum(bool(one.lost) for one in morning.ended)
    return 1 if lost else 0


def _morning(kind: str, institute: Prepared, folder: Path, options: argparse.Namespace) -> Morning:
    load, samples = os.getloadavg()[0], folder / "samples"
    samples.mkdir()
    server = Server(
        {**institute.settings, "SAMPLES": str(samples)},
        folder / "server.log",
        options=(f"--workers={options.workers}",),
        app="tests.load.sampled:app",
    )
    try:
        server.wait_until_ready()
        memory = Memory(server.workers)
        begun, computed = time.monotonic(), _computed(server.workers())
        with (
            memory.watched(),
            ProcessPoolExecutor(
                options.at_once,
                multiprocessing.get_context("spawn"),
                initializer=begin,
                initargs=(server.url, institute.policy, PASSWORD),
            ) as people,
        ):
            ended = list(_sent(people, institute.emails, begun + options.seconds))
        took = time.monotonic() - begun
        computed = _computed(server.workers()) - computed
    finally:
        server.stop()
    doing = Counter[str]()
    for file in samples.glob("*.json"):
        doing += Counter(json.loads(file.read_text()))
    return Morning(kind, ended, took, computed, memory, doing, load)


def _sent(people: ProcessPoolExecutor, emails: Iterable[str], until: float) -> Iterator[Ended]:
    """Everybody's journey; whoever has not begun when the time is over stays at home."""
    waiting = [people.submit(one_whole, email) for email in emails]
    for journey in waiting:
        if time.monotonic() > until:
            journey.cancel()
        if not journey.cancelled():
            yield journey.result()


def _steps(deeds: list[Deed]) -> list[str]:
    steps: dict[str, list[Deed]] = defaultdict(list)
    for deed in deeds:
        steps[deed.step].append(deed)
    lines = [
        "| step | requests | p50 ms | p95 ms | p99 ms | failed |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for step, found in sorted(steps.items(), key=lambda item: -_percentile(item[1], 99)):
        marks = (f"{_percentile(found, share):.0f}" for share in (50, 95, 99))
        failed = Counter(deed.status for deed in found if not 200 <= deed.status < 400)
        how = ", ".join(f"{n} with {status or 'no answer'}" for status, n in failed.items())
        lines.append(f"| {' | '.join((step, str(len(found)), *marks, how or '0'))} |")
    return lines


def _percentile(deeds: list[Deed], share: int) -> float:
    """Milliseconds."""
    taken = [1000 * deed.seconds for deed in deeds]
    return statistics.quantiles(taken, n=100)[share - 1] if len(taken) > 1 else taken[0]


if __name__ == "__main__":
    sys.exit(main())
