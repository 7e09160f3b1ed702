"""Every library that we chose is explained where people look for it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
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


def imported_by_the_application() -> set[str]:
    """The packages of others that the application's own code names."""
    found: set[str] = set()
    for file in (PROJECT / "induction").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"induction"}


def test_everything_that_is_imported_is_a_dependency_of_our_own() -> None:
    owners = packages_distributions()
    missing = {
        name
        for name in imported_by_the_application()
        if not {owner.lower() for owner in owners.get(name, [])} & declared()
    }
    assert not missing


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
