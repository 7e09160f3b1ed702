"""Writes into docs/security.md which tests show each promise.

    .venv/bin/python -m scripts.promises

A test says which promise it shows by its name: ``test_t07_…``.
"""

import re
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "security.md"
TEST = re.compile(r"^def test_(t[0-9]{2})_", re.MULTILINE)
ROW = re.compile(
    r"^\| (?P<number>t[0-9]{2}) \| (?P<promise>.+) \|(?P<shown>[^|]*)\|$", re.MULTILINE
)
NONE = "no test of its own"


def shown() -> dict[str, list[str]]:
    """Promise → the files with tests that show it, as paths from the project's root."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted((PROJECT / "tests").rglob("test_*.py")):
        for number in TEST.findall(file.read_text(encoding="utf-8")):
            found[number].add(file.relative_to(PROJECT).as_posix())
    return {number: sorted(files) for number, files in found.items()}


def cell(files: list[str]) -> str:
    """How the table names these files."""
    links = (f"[{file.removeprefix('tests/')}](../{file})" for file in files)
    return ", ".join(links) or NONE


def written(page: str) -> str:
    """The page with its last column as the tests are now."""
    files = shown()

    def row(match: re.Match[str]) -> str:
        number = match["number"]
        return f"| {number} | {match['promise']} | {cell(files.get(number, []))} |"

    return ROW.sub(row, page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
