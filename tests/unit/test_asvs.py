"""docs/asvs.md answers every requirement of levels 1 and 2, and names no test that is not there."""

import re

from tests.support.server import PROJECT

ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE
)
# Of ASVS 5.0.0: the requirements of a section that are of level 1 or 2.
SECTIONS = {
    "1.1": "1-2", "1.2": "1-9", "1.3": "1-11", "1.4": "1-3", "1.5": "1-2",
    "2.1": "1-3", "2.2": "1-3", "2.3": "1-4", "2.4": "1",
    "3.2": "1-2", "3.3": "1-4", "3.4": "1-6", "3.5": "1-5", "3.7": "1-2",
    "4.1": "1-3", "4.2": "1", "4.3": "1-2", "4.4": "1-4",
    "5.1": "1", "5.2": "1-3", "5.3": "1-2", "5.4": "1-3",
    "6.1": "1-3", "6.2": "1-12", "6.3": "1-4", "6.4": "1-4", "6.5": "1-5",
    "6.6": "1-3", "6.8": "1-4",
    "7.1": "1-3", "7.2": "1-4", "7.3": "1-2", "7.4": "1-5", "7.5": "1-2", "7.6": "1-2",
    "8.1": "1-2", "8.2": "1-3", "8.3": "1", "8.4": "1", "9.1": "1-3", "9.2": "1-4",
    "10.1": "1-2", "10.2": "1-2", "10.3": "1-4", "10.4": "1-11", "10.5": "1-5", "10.6": "1-2",
    "10.7": "1-3", "11.1": "1-2", "11.2": "1-3", "11.3": "1-3", "11.4": "1-4", "11.5": "1",
    "11.6": "1", "12.1": "1-3", "12.2": "1-2", "12.3": "1-4", "13.1": "1", "13.2": "1-5",
    "13.3": "1-2", "13.4": "1-5", "14.1": "1-2", "14.2": "1-4", "14.3": "1-3", "15.1": "1-3",
    "15.2": "1-3", "15.3": "1-7", "16.1": "1", "16.2": "1-5", "16.3": "1-4", "16.4": "1-3",
    "16.5": "1-3", "17.1": "1", "17.2": "1-4", "17.3": "1-2",
}  # fmt: skip
STATES = {"met", "partly", "not met", "not there", "the institute’s"}


def rows() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = ROW.findall((PROJECT / "docs/asvs.md").read_text("utf-8"))
    return found


def required() -> list[str]:
    """The numbers of all requirements, in their order."""
    spans = [(section, *span.split("-")) for section, span in SECTIONS.items()]
    return [
        f"{s}.{n}"
        for s, first, *last in spans
        for n in range(int(first), int((last or [first])[0]) + 1)
    ]


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    assert [row[0] for row in rows()] == required()
    assert len(required()) == 253


def test_each_answer_is_one_of_five_and_says_how_or_why_not() -> None:
    assert {state.strip() for _, _, state, _, _ in rows()} <= STATES
    assert all(how.strip() for _, _, _, how, _ in rows())


def test_each_test_that_is_named_is_there() -> None:
    text = "\n".join(file.read_text("utf-8") for file in (PROJECT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))
    named = {name for row in rows() for name in re.findall(r"`(test_\w+)`", row[4])}
    assert named <= there, named - there
    assert len(named) > 60
