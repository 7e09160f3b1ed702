"""Strict YAML, with the line of every value.

YAML's usual reading hides slips: it takes ``no`` for false and ``12:30`` for 750, and lets the
second of two equal keys win. Here only ``true`` and ``false`` are booleans, only whole decimal
numbers are numbers, everything else is text; a repeated key is a fault; anchors, aliases, tags and
second documents are refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from induction.curriculum.faults import Source

_DEEPEST = (
    12  # more nesting than any of our formats has; keeps hostile files from exhausting the stack
)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
# Control characters but tab and newline, invisible line ends, stray marks, halves of characters.
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_TAB_INDENT = re.compile(r" *\t[\t ]*\S")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. ``text_line`` is where its words begin: a block's are below its key."""

    value: str | int | bool | None
    line: int
    text_line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: "tuple[Value, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with values, in the file's order."""

    entries: "Mapping[str, Value]"
    key_lines: Mapping[str, int]
    line: int


Value: TypeAlias = Scalar | Items | Table


class _RefusedError(Exception):
    """Something in the file that stops its reading."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def read_yaml(text: str, source: Source, first_line: int = 1) -> Table | None:
    """Read ``text``, which stands in its file from ``first_line``; None where it cannot be read.

    The document must be keys with values. Every fault is noted in ``source``.
    """
    tabs = [n for n, row in enumerate(text.split("\n"), first_line) if _TAB_INDENT.match(row)]
    for line in tabs:
        source.error(line, "this line is indented with a tab; use spaces")
    if tabs:
        return None
    try:
        value = _Builder(text, source, first_line).document()
    except _RefusedError as refused:
        source.error(refused.line, refused.message)
        return None
    if not isinstance(value, Table):
        source.error(value.line, "expected `key: value` lines here")
        return None
    return value


class _Builder:
    """Turns the parser's events into values."""

    def __init__(self, text: str, source: Source, first_line: int) -> None:
        # libyaml, which PyYAML brings along: reading a policy is most of what a start takes.
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._source = source
        self._first_line = first_line

    def document(self) -> Value:
        self._next()  # the stream's start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise _RefusedError(
                self._first_line, "there is nothing here; expected `key: value` lines"
            )
        value = self._value(self._next(), 0)
        self._next()  # the document's end
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _RefusedError(
                self._line(after), "a second document starts here; keep one to a file"
            )
        return value

    def _next(self) -> yaml.Event:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            raise self._plainly(error) from error
        except (yaml.YAMLError, UnicodeEncodeError) as error:  # they name no line
            raise _RefusedError(self._first_line, _UNREADABLE) from error

    def _line(self, event: yaml.Event) -> int:
        return (event.start_mark.line if event.start_mark else 0) + self._first_line

    def _value(self, event: yaml.Event, depth: int) -> Value:
        line = self._line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(
                line, "`&` and `*` names are not used here; quote the text, or write it out"
            )
        if getattr(event, "tag", None):
            raise _RefusedError(
                line, "`!` types are not used here; put quotes around text that starts with `!`"
            )
        if depth > _DEEPEST:
            raise _RefusedError(line, "this is nested too deeply")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(line, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(line, depth)
        return self._scalar(event, line)

    def _items(self, line: int, depth: int) -> Items:
        values: list[Value] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            values.append(self._value(event, depth + 1))
        return Items(tuple(values), line)

    def _table(self, line: int, depth: int) -> Table:
        entries: dict[str, Value] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_line = self._line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _RefusedError(key_line, "a key must be a single word")
            key = str(event.value)
            value = self._value(self._next(), depth + 1)
            if key in entries:
                self._source.error(
                    key_line, f"`{key}` is given twice here; the first is on line {lines[key]}"
                )
                continue
            entries[key], lines[key] = value, key_line
        return Table(entries, lines, line)

    def _scalar(self, event: yaml.Event, line: int) -> Scalar:
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101  nothing else is left
        block = event.style in {"|", ">"}
        value = _plain(event.value) if not event.style else str(event.value)
        if isinstance(value, str) and (odd := odd_character(value)) is not None:
            raise _RefusedError(
                line, f"this text holds a character that cannot be shown (U+{ord(odd):04X})"
            )
        return Scalar(value, line, line + 1 if block else line)

    def _plainly(self, error: yaml.MarkedYAMLError) -> _RefusedError:
        problem = str(error.problem or "")
        message, at_start = next(
            ((words, start) for part, words, start in _PLAIN_WORDS if part in problem),
            (f"this is not valid YAML ({problem})", False),
        )
        mark = (error.context_mark if at_start else None) or error.problem_mark
        return _RefusedError((mark.line if mark else 0) + self._first_line, message)


_UNREADABLE = "a character here cannot be read"
# What the parser says → what an author can act on → whether the fault is where the construct began.
_PLAIN_WORDS = (
    (
        "mapping values are not allowed",
        "a colon inside unquoted text, or wrong indentation; put the text in quotes or line it up",
        False,
    ),
    ("could not find expected ':'", "expected `key: value` here; is a colon missing?", True),
    ("did not find expected key", "the indentation does not line up with the lines above", False),
    ("expected '-'", "the indentation does not line up with the lines above", False),
    ("unexpected end of stream", "a quotation mark opened here is never closed", True),
    ("expected ',' or", "a bracket opened here is never closed, or a comma is missing", True),
    (
        "unknown escape character",
        "a backslash inside double quotes; use single quotes instead",
        False,
    ),
    ("cannot start any token", "text cannot start with this sign; put it in quotes", False),
    ("invalid Unicode character escape", _UNREADABLE, False),
    ("unexpected document indicator", "a quotation mark opened here is never closed", True),
)


def _plain(text: str) -> str | int | bool | None:
    """An unquoted value: true, false, a whole number, nothing, or text."""
    if text in {"true", "false"}:
        return text == "true"
    if text in {"", "~", "null"}:
        return None
    return int(text) if _INTEGER.fullmatch(text) else text


def odd_character(text: str) -> str | None:
    """The first character that nobody types on purpose; it would spoil a page or count of lines."""
    found = _ODD.search(text)
    return found.group() if found else None
