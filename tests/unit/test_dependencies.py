"""Every library that we chose is explained where people look for it."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[A-Za-z0-9._-]+")
LINE = re.compile(r"^\| `([^`]+)` \| ([^|]{20,}) \| ([^|]{3,}) \|$", re.MULTILINE)


def declared() -> set[str]:
    """The direct dependencies, of the application and of its development."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    lines = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    return {match[0].lower() for line in lines if (match := NAME.match(line))}


def test_every_dependency_has_its_reason_and_licence_and_no_other_is_named() -> None:
    explained = [
        name for name, _, _ in LINE.findall((PROJECT / "docs/dependencies.md").read_text())
    ]
    assert sorted(explained) == sorted(declared())


def test_every_dependency_is_locked_with_hashes() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        pins = re.findall(
            r"^\S+==\S+.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+",
            (PROJECT / lock).read_text(),
            re.MULTILINE,
        )
        lines = re.findall(r"^[a-z0-9]\S*==", (PROJECT / lock).read_text(), re.MULTILINE)
        assert lines
        assert len(pins) == len(lines)


def test_no_lock_names_a_registry() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (PROJECT / lock).read_text()
