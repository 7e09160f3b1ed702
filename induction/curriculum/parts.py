"""The parts of a policy's files that are edited by themselves: found in a text, and put back.

What stands around a part stays as its author left it: comments, order, line breaks. A part that
cannot be told apart (a file that is no YAML, a list on one line) is not found; then the whole file
is what is edited.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import yaml

from induction.curriculum.faults import Ledger, Source
from induction.curriculum.yaml_source import read_yaml

_WIDTH = 100
_FENCE = "---"
_FACTS = {
    "title": "Title",
    "reference": "Reference",
    "owner": "Owner",
    "review_due": "Next review",
}


class PartKind(StrEnum):
    """What is edited by itself."""

    CLAUSE = "clause"  # its words
    FACT = "fact"  # what the policy says of itself, on one line
    HISTORY = "history"  # of its versions: a line each, the day and then what changed
    DECLARATION = "declaration"  # its statements, with an empty line between two
    SCENARIO = "scenario"  # its lines of the quiz
    FILE = "file"  # all of it


@dataclass(frozen=True, slots=True)
class FilePart:
    """A piece of one file. ``text`` is what is edited; ``first`` and ``last`` are its lines."""

    kind: PartKind
    name: str
    title: str
    path: str
    text: str
    first: int
    last: int
    where: str = ""  # of a clause: its place in the institute's document

    def holds(self, path: str, line: int) -> bool:
        """Whether a line of a file is one of this part's."""
        return path == self.path and self.first <= line <= self.last


@dataclass(frozen=True, slots=True)
class PageOutline:
    """A page of the policy with the situations that go with it."""

    page: FilePart
    quiz: FilePart | None = None
    scenarios: tuple[FilePart, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A policy's files by what they mean."""

    facts: tuple[FilePart, ...]  # and the history
    clauses: tuple[FilePart, ...]
    declaration: FilePart | None
    sections: tuple[PageOutline, ...]
    help: tuple[FilePart, ...]
    others: tuple[FilePart, ...]  # the policy's own file, drawings, transcripts

    @property
    def parts(self) -> tuple[FilePart, ...]:
        """All of them, whole files last."""
        pages = [s.page for s in self.sections]
        quizzes = [s.quiz for s in self.sections if s.quiz]
        scenarios = [scenario for s in self.sections for scenario in s.scenarios]
        declared = [self.declaration] if self.declaration else []
        smaller = (*self.facts, *declared, *self.clauses, *scenarios)
        return (*smaller, *pages, *quizzes, *self.help, *self.others)

    def at(self, path: str, line: int) -> FilePart | None:
        """The smallest part that holds a line of a file."""
        return next((part for part in self.parts if part.holds(path, line)), None)


def outline(slug: str, files: Mapping[str, str]) -> Outline:
    """Every part of these files."""
    top = f"content/{slug}/policy.yaml"
    pages = {p for p in files if p.startswith(f"content/{slug}/") and p.endswith(".md")}
    helping = {p for p in pages if p.rpartition("/")[2].startswith("help-")}
    quizzes = {p: p.replace("content/", "quizzes/", 1)[:-3] + ".yaml" for p in pages - helping}
    known = {*pages, *quizzes.values()}
    text = files.get(top, "")
    return Outline(
        facts=(*_facts(top, text), *_history(top, text)),
        clauses=tuple(_clauses(top, text)),
        declaration=_declaration(top, text),
        sections=tuple(
            PageOutline(
                _whole(path, files[path]),
                _whole(quiz, files[quiz]) if quiz in files else None,
                _scenarios(quiz, files.get(quiz, "")),
            )
            for path, quiz in sorted(quizzes.items())
        ),
        help=tuple(_whole(path, files[path]) for path in sorted(helping)),
        others=tuple(_whole(path, files[path]) for path in sorted(files.keys() - known)),
    )


def find(slug: str, files: Mapping[str, str], kind: PartKind, name: str) -> FilePart | None:
    """The part of this name, or None. A file's name is its path."""
    top = f"content/{slug}/policy.yaml"
    text = files.get(top, "")
    found: Iterator[FilePart]
    match kind:
        case PartKind.FILE:
            return _whole(name, files[name]) if name in files else None
        case PartKind.DECLARATION:
            declared = _declaration(top, text)
            found = iter((declared,) if declared else ())
        case PartKind.FACT:
            found = _facts(top, text)
        case PartKind.HISTORY:
            found = _history(top, text)
        case PartKind.CLAUSE:
            found = _clauses(top, text)
        case PartKind.SCENARIO:
            quizzes = (p for p in sorted(files) if p.startswith("quizzes/") and p.endswith(".yaml"))
            found = (part for path in quizzes for part in _scenarios(path, files[path]))
    return next((part for part in found if part.name == name), None)


def put(part: FilePart, text: str, written: str) -> str:
    """The file's text with ``written`` in place of the part, which was found in ``text``."""
    match part.kind:
        case PartKind.FILE:
            return written
        case PartKind.SCENARIO:
            rows = text.split("\n")
            apart = [""] if part.last < len(rows) and not rows[part.last - 1].strip() else []
            rows[part.first - 1 : part.last] = [*written.rstrip("\n").split("\n"), *apart]
            return "\n".join(rows)
        case PartKind.CLAUSE:
            table = next(n for n in _items(text, "clauses") if _said(n, "id") == part.name)
            key, node = _must(table, "words")
            words = " ".join(written.split())
            in_lines = _folded(words, key.start_mark.column + 2)
            return _replaced(text, node, in_lines if _is_block(table) else _quoted(words))
        case PartKind.FACT:
            return _replaced(text, _must(_root(text), part.name)[1], _quoted(written))
        case PartKind.HISTORY:
            lines = [line.split(maxsplit=1) for line in written.split("\n") if line.strip()]
            notes = [(line[0], " ".join(line[1:]).strip()) for line in lines]
            flow = [f"{{date: {_quoted(day)}, change: {_quoted(what)}}}" for day, what in notes]
            return _listed(text, _must(_root(text), "versions")[1], flow)
        case PartKind.DECLARATION:
            node = _must(_root(text), "declaration")[1]
            column = node.start_mark.column + 2
            said = [
                _folded(one, column) if _is_block(node) else _quoted(one)
                for one in _statements(written)
            ]
            return _listed(text, node, said)


def _whole(path: str, text: str) -> FilePart:
    name = path.rpartition("/")[2]
    title = _title(text) if path.endswith(".md") else ""
    lines = text.count("\n") + 1
    return FilePart(PartKind.FILE, path, title or name, path, text, 1, lines)


def _title(text: str) -> str:
    """The title in a page's front matter; empty where it has none that can be read."""
    head, fence, _ = text.removeprefix(f"{_FENCE}\n").partition(f"\n{_FENCE}")
    return _said(_root(head), "title") if fence else ""


def _clauses(path: str, text: str) -> Iterator[FilePart]:
    for node in _items(text, "clauses"):
        name, words = _said(node, "id"), _pair(node, "words")
        if name and words and isinstance(words[1], yaml.ScalarNode):
            said = words[1].value
            yield FilePart(
                PartKind.CLAUSE, name, name, path, said.strip(), *_lines(node), _said(node, "where")
            )


def _facts(path: str, text: str) -> Iterator[FilePart]:
    root = _root(text)
    for name, title in _FACTS.items():
        found = _pair(root, name)
        if found and isinstance(found[1], yaml.ScalarNode):
            yield FilePart(
                PartKind.FACT, name, title, path, found[1].value.strip(), *_lines(found[1])
            )


def _history(path: str, text: str) -> Iterator[FilePart]:
    found = _pair(_root(text), "versions")
    if found and isinstance(found[1], yaml.SequenceNode) and found[1].value:
        notes = [f"{_said(one, 'date')} {_said(one, 'change')}\n" for one in found[1].value]
        lines = (found[0].start_mark.line + 1, _lines(found[1])[1])
        title = "History of versions"
        yield FilePart(PartKind.HISTORY, "history", title, path, "".join(notes), *lines)


def _declaration(path: str, text: str) -> FilePart | None:
    found = _pair(_root(text), "declaration")
    if found is None or not isinstance(found[1], yaml.SequenceNode) or not found[1].value:
        return None
    statements = [one.value.strip() for one in found[1].value if isinstance(one, yaml.ScalarNode)]
    lines = (found[0].start_mark.line + 1, _lines(found[1])[1])
    said = "\n\n".join(statements)
    return FilePart(PartKind.DECLARATION, "declaration", "The declaration", path, said, *lines)


# A page of a draft asks for those of every file, and one file has changed since the last.
@lru_cache(64)
def _scenarios(path: str, text: str) -> tuple[FilePart, ...]:
    return tuple(_scenarios_in(path, text))


def _scenarios_in(path: str, text: str) -> Iterator[FilePart]:
    found = _pair(_root(text), "scenarios")
    if found is None or not _is_block(found[1]):
        return
    rows = text.split("\n")
    starts = [node.start_mark.line for node in found[1].value]
    ends = [*starts[1:], _lines(found[1])[1]]
    for node, start, end in zip(found[1].value, starts, ends, strict=True):
        name = _said(node, "id")
        if name and rows[start].lstrip().startswith("-"):
            said = "\n".join(rows[start:end]).rstrip() + "\n"
            title = _said(node, "title") or name
            yield FilePart(PartKind.SCENARIO, name, title, path, said, start + 1, end)


def _statements(written: str) -> list[str]:
    found = (" ".join(part.split()) for part in re.split(r"\n\s*\n", written))
    return [part for part in found if part]


def _root(text: str) -> yaml.Node | None:
    """The file's outermost value; None where our own reading refuses it."""
    if read_yaml(text, Source("", Ledger())) is None:
        return None
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def _items(text: str, key: str) -> list[yaml.Node]:
    found = _pair(_root(text), key)
    return list(found[1].value) if found and isinstance(found[1], yaml.SequenceNode) else []


def _pair(table: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(table, yaml.MappingNode):
        return None
    return next((pair for pair in table.value if pair[0].value == key), None)


def _must(table: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node]:
    found = _pair(table, key)
    if found is None:
        raise LookupError(key)
    return found


def _said(table: yaml.Node | None, key: str) -> str:
    found = _pair(table, key)
    return found[1].value.strip() if found and isinstance(found[1], yaml.ScalarNode) else ""


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _lines(node: yaml.Node) -> tuple[int, int]:
    """The first and the last line of a value. A block ends where the next thing begins."""
    first, end = node.start_mark.line + 1, node.end_mark
    return first, max(first, end.line if end.column == 0 or _is_block(node) else end.line + 1)


def _replaced(text: str, node: yaml.Node, written: str) -> str:
    """The text with other words for a value; what follows it keeps its own line."""
    start, end = node.start_mark.index, node.end_mark.index
    end = start + len(text[start:end].rstrip())
    return text[:start] + written + text[end:]


def _folded(words: str, column: int) -> str:
    """Words as a block of lines that are read as one."""
    wide = max(_WIDTH - column, 40)
    lines = textwrap.wrap(words, wide, break_long_words=False, break_on_hyphens=False)
    return "\n".join([">-", *(" " * column + line for line in lines)]) if lines else '""'


def _listed(text: str, node: yaml.Node, items: Sequence[str]) -> str:
    """The text with these items for a list, in the list's own manner."""
    if not _is_block(node) or not items:
        return _replaced(text, node, f"[{', '.join(items)}]")
    between = "\n" + " " * node.start_mark.column
    return _replaced(text, node, between.join(f"- {item}" for item in items))


def _quoted(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)
