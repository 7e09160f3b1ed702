"""Asks other people's tools about our pages, as they are served.

    .venv/bin/python -m scripts.checkers html         the Nu HTML checker, on every page
    .venv/bin/python -m scripts.checkers lighthouse   Lighthouse, on the pages that most people see

It needs what the tests need (``scripts/setup.sh test``) and npm, which fetches the tools; the Nu
checker also needs Java. Lighthouse measures time: run it on a machine that does nothing else.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from induction.config import PROJECT_ROOT
from tests.browser.conftest import NOBODY, Windows, windows_on
from tests.browser.places import places
from tests.support.browser import chromium_at
from tests.support.chromium import arguments, find_chromium

NU = ("npx", "--yes", "vnu-jar@26.9.27")
LIGHTHOUSE = ("npx", "--yes", "lighthouse@12.2.3")
TRIES = 3  # it now and then misses the beginning of a page, and asks to be run again
GOALS = {"performance": 98, "accessibility": 100, "best-practices": 100}  # of 100, on a phone


def main() -> int:
    """Ask one of them; 1 where it finds something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checker", choices=("html", "lighthouse"))
    check = {"html": html, "lighthouse": lighthouse}[parser.parse_args().checker]
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium: scripts/setup.sh test installs it")
    with tempfile.TemporaryDirectory() as name, chromium_at(chromium) as browser:
        folder = Path(name)
        _migrated(folder)
        with windows_on(folder, browser) as windows:
            return check(windows, folder, chromium)


def _migrated(folder: Path) -> None:
    environ = {**os.environ, "INDUCTION_INSTANCE": str(folder / "instance")}
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
    subprocess.run(command, cwd=PROJECT_ROOT, env=environ, check=True)


def html(windows: Windows, folder: Path, _chromium: str) -> int:
    """Keep every page as it was sent, and have all of them read at once."""
    kept = folder / "pages"
    kept.mkdir()
    for number, place in enumerate(places(windows)):
        page = re.sub(r"\W+", "-", str(place))
        answer = place.open(windows.of(place.who))
        (kept / f"{number:03}{page}.html").write_bytes(answer.body())
    found = subprocess.run([*NU, str(kept)], check=False)
    count = len(list(kept.iterdir()))
    sys.stdout.write(f"{count} pages read, {'faults above' if found.returncode else 'no error'}\n")
    return found.returncode


def lighthouse(windows: Windows, folder: Path, chromium: str) -> int:
    """Score each page with Lighthouse's own setting for a phone."""
    here = windows.institute
    certificate = here.ids["number"]
    pages = {
        "hub": ("new", "/induction"),
        "section": ("new", f"/induction/{here.ids['first']}"),
        "scenario": ("new", f"/induction/{here.ids['first']}/quiz"),
        "feedback": ("back", here.paths["feedback"]),
        "certificate": ("done", f"/certificates/{certificate}"),
        "verify": (NOBODY, f"/verify/{certificate}"),
        "tutor’s list": ("head", f"/tutor/cohorts/{here.ids['cohort']}"),
    }
    sys.stdout.write(f"| page | {' | '.join(GOALS)} |\n| --- | --: | --: | --: |\n")
    missed = 0
    for name, (who, path) in pages.items():
        scores = _scores(windows, who, path, folder / "report.json", chromium)
        sys.stdout.write(f"| {name} | {' | '.join(map(str, scores.values()))} |\n")
        sys.stdout.flush()
        missed += any(scores[goal] < least for goal, least in GOALS.items())
    return int(missed > 0)


def _scores(windows: Windows, who: str, path: str, report: Path, chromium: str) -> dict[str, int]:
    cookies = windows.of(who).context.cookies()
    headers = {"Cookie": "; ".join(f"{c['name']}={c['value']}" for c in cookies)}
    command = [
        *LIGHTHOUSE,
        f"{windows.visits.url}{path}",
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--only-categories={','.join(GOALS)}",
        f"--extra-headers={json.dumps(headers)}",
        f"--chrome-flags={' '.join(['--headless=new', *arguments()])}",
    ]
    environ = {**os.environ, "CHROME_PATH": chromium}
    for left in reversed(range(TRIES)):
        if subprocess.run(command, env=environ, check=left == 0).returncode == 0:
            break
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return {goal: round(100 * found["categories"][goal]["score"]) for goal in GOALS}


if __name__ == "__main__":
    sys.exit(main())
