"""The house holds what docs/architecture.md says of it: names, rooms and who may use what."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

from induction.audit.actions import Action
from induction.curriculum.kinds import KINDS
from induction.tutoring import timeline

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


def test_every_act_on_a_learner_is_in_their_history() -> None:
    elsewhere = {"note-added", "reminded", "reminders-changed", "list-exported"}  # of other tables
    acts = {action for action in Action if action.value.startswith("tutoring:")}
    assert {act.value.split(":")[1] for act in acts - set(timeline._ACTS)} == elsewhere


def test_no_room_is_too_large() -> None:
    lines: dict[str, int] = defaultdict(int)
    for path in HOUSE.rglob("*.py"):
        room = path.relative_to(HOUSE).parts[0]
        lines[room] += len(path.read_text(encoding="utf-8").splitlines())
    most = LARGEST_ROOM * sum(lines.values())
    assert {room: size for room, size in lines.items() if size > most} == {}


READ_AS_WRITTEN = {  # a date in a file or on the command line is no moment, and has no time zone
    "audit_pack/commands.py", "curriculum/health.py", "enrolment/import_rows.py",
    "people/commands.py", "policy_versions/commands.py", "spreadsheets/workbooks.py",
}  # fmt: skip
CLOCK, CALENDAR = "database.py", "uk_time.py"


def day_or_clock(node: ast.AST) -> str:
    """What a piece of a program does that ``uk_time`` and the one clock are for; "" for nothing."""
    match node:
        case ast.Attribute(attr="date", value=ast.Name(id="func")):
            return "func.date"
        case ast.Call(func=ast.Attribute(attr="date"), args=[]):
            return ".date()"
        case ast.Attribute(attr="today" | "now" | "utcnow", value=ast.Name(id="date" | "datetime")):
            return "a clock"
        case ast.Name(id="ZoneInfo"):
            return "ZoneInfo"
        case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=str(form))])):
            return "a date in words" if {"%B", "%b"} & set(re.findall("%.", form)) else ""
    return ""


def days_and_clocks(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {day_or_clock(node) for node in nodes} - {""}


def test_one_module_knows_days_and_one_the_clock() -> None:
    found = {path.relative_to(HOUSE).as_posix(): days_and_clocks(path) for path in modules()}
    assert found.pop(CALENDAR) == {".date()", "ZoneInfo", "a date in words"}
    assert found.pop(CLOCK) == {"a clock"}
    for name in READ_AS_WRITTEN:
        assert found.pop(name) == {".date()"}
    assert {name: what for name, what in found.items() if what} == {}


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


def test_what_depends_on_the_kind_of_a_scenario_is_in_its_own_file() -> None:
    kinds = "|".join(KINDS)
    named = re.compile(rf"""["']({kinds})["']|curriculum\.kinds\.|\bisinstance\(scenario\b""")
    python = [p for top in ("induction", "scripts") for p in (PROJECT / top).rglob("*.py")]
    places = [*python, *(PROJECT / "templates").rglob("*.html")]
    # Lists are sorted, and files are ordered, where nobody speaks of scenarios.
    told = {
        p: text for p in places if "scenario" in (text := p.read_text(encoding="utf-8")).lower()
    }
    found = [path.relative_to(PROJECT) for path, text in told.items() if named.search(text)]
    own = [Path(f"induction/curriculum/kinds/{kind}.py") for kind in KINDS]
    assert sorted(path for path in found if path not in own) == []


def test_every_kind_of_scenario_is_called_as_its_file_and_has_a_template() -> None:
    folder = PROJECT / "templates" / "journey" / "kinds"
    assert {kind.kind: path for path, kind in KINDS.items()} == {name: name for name in KINDS}
    assert {path.stem for path in folder.glob("*.html")} == set(KINDS)


def test_every_room_is_in_the_table_of_rooms() -> None:
    words = (PROJECT / "docs/architecture.md").read_text(encoding="utf-8")
    table = words.split("## Rooms and floors")[1].split("Beside the rooms stand")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`([a-z_]+)`", line[:60])}
    rooms = {path.parent.name for path in HOUSE.glob("*/__init__.py")}
    assert rooms <= named
