"""The house holds what docs/architecture.md says of it: names, rooms and who may use what."""

import ast
import tomllib
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
HOUSE = PROJECT / "induction"
LARGEST_ROOM = 0.12  # of the lines of the house


def modules() -> list[Path]:
    return [path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts]


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path.relative_to(HOUSE).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_room_is_too_large() -> None:
    lines: dict[str, int] = defaultdict(int)
    for path in HOUSE.rglob("*.py"):
        room = path.relative_to(HOUSE).parts[0]
        lines[room] += len(path.read_text(encoding="utf-8").splitlines())
    most = LARGEST_ROOM * sum(lines.values())
    assert {room: size for room, size in lines.items() if size > most} == {}


def test_every_module_of_pages_and_commands_is_in_the_contract() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(
        c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "protected"
    )
    named = {
        expression.removeprefix("induction.*.") for expression in contract["protected_modules"]
    }
    there = {
        path.stem
        for path in modules()
        if path.stem in ("pages", "commands") or path.stem.endswith(("_pages", "_commands"))
    }
    assert there == named
