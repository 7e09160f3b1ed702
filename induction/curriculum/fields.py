"""Typed reading of the keys of one table, with a fault in plain words for each slip.

A read of something missing or mistyped gives a neutral value and notes the fault once; the loader
refuses the whole policy at the end, so a neutral value never reaches anyone.
"""

import calendar
import re
from collections.abc import Collection
from datetime import date

from induction.curriculum.faults import Source, asking, nearest
from induction.curriculum.yaml_source import Items, Scalar, Table, Value

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
LONGEST_ID = 64  # ids are stored with every answer
# An id is part of the page's source; one of these words in it would give the answer away.
TELLING = frozenset(
    ["right", "wrong", "correct", "incorrect", "good", "bad", "best", "true", "false"]
)


class Fields:
    """The keys of one table of a file. ``what`` names the table in messages: ``this section``."""

    def __init__(
        self,
        table: Table,
        source: Source,
        what: str,
        required: Collection[str] = (),
        optional: Collection[str] = (),
    ) -> None:
        self.line = table.line
        self.source = source
        self.misread: set[str] = set()  # keys that were mistyped, or whose value was
        self._table = table
        known = (*required, *optional)
        for key, line in table.key_lines.items():
            if key not in known:
                meant = nearest(key, [k for k in known if k not in table.entries])
                self.misread.update(meant)
                source.error(line, f"`{key}` is not a key of {what}{asking(meant)}")
        for key in required:
            if key not in table.entries and key not in self.misread:
                source.error(table.line, f"{what} needs `{key}`, which is missing")

    def has(self, key: str) -> bool:
        """Whether the author gave this key."""
        return key in self._table.entries

    def line_of(self, key: str) -> int:
        """The line of the key, or of its table where it is not given."""
        return self._table.key_lines.get(key, self.line)

    def text_line(self, key: str) -> int:
        """The line where the text of this key begins."""
        value = self._table.entries.get(key)
        return value.text_line if isinstance(value, Scalar) else self.line_of(key)

    def prose(self, key: str) -> str:
        """Text with its line breaks; empty where not given."""
        value = self._table.entries.get(key)
        words = "" if value is None else self._words(value, f"`{key}`")
        if not words and value is not None:
            self.misread.add(key)
        return words

    def text(self, key: str) -> str:
        """Text on one line; empty where not given."""
        return " ".join(self.prose(key).split())

    def whole(self, key: str, low: int, high: int, default: int) -> int:
        """A whole number in a range."""
        value = self._table.entries.get(key)
        if value is None:
            return default
        number = value.value if isinstance(value, Scalar) else None
        if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
            return number
        self._wrong(key, f"a whole number from {low} to {high}", value)
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        """A true or false."""
        value = self._table.entries.get(key)
        if value is None:
            return default
        if isinstance(value, Scalar) and isinstance(value.value, bool):
            return value.value
        self._wrong(key, "true or false", value)
        return default

    def day(self, key: str) -> date | None:
        """A date such as 2025-03-13; None where not given or not a date."""
        words = self.text(key)
        try:
            if _ISO_DATE.fullmatch(words):
                return date.fromisoformat(words)
        except ValueError:
            pass
        if words:
            self.source.error(
                self.line_of(key), f"`{key}` must be a date such as 2025-03-13, not `{words}`"
            )
        return None

    def last_day(self, key: str) -> date | None:
        """A date, or a month such as 2025-09, which means its last day; None where not given."""
        month = _MONTH.fullmatch(self.text(key))
        if month is None:
            return self.day(key)
        year, number = int(month[1]), int(month[2])
        return date(year, number, calendar.monthrange(year, number)[1]) if year else None

    def lines(self, key: str, known: Collection[str] | None = None) -> tuple[str, ...]:
        """A list of one-line texts, each once; ``known`` names those allowed, None allows all."""
        found: list[str] = []
        for value in self._items(key):
            words = " ".join(self._words(value, f"each entry of `{key}`").split())
            if words in found:
                self.source.error(value.line, f"`{words}` is in `{key}` twice")
            elif known is not None and words and words not in known:
                self.source.error(
                    value.line, f"`{words}` in `{key}` is not known{asking(nearest(words, known))}"
                )
            found.append(words)
        return tuple(found)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables."""
        found = []
        for value in self._items(key):
            if isinstance(value, Table):
                found.append(value)
            else:
                self.source.error(
                    value.line,
                    f"each entry of `{key}` must be `key: value` lines, not {_kind(value)}",
                )
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """One table; None where not given."""
        value = self._table.entries.get(key)
        if value is None or isinstance(value, Table):
            return value
        self._wrong(key, "`key: value` lines", value)
        return None

    def identifier(self, key: str, *, telling: bool = True) -> str:
        """An id in kebab-case; with ``telling=False`` none that hints at an answer's worth."""
        words = self.text(key)
        if not words:
            return ""
        if not is_kebab(words):
            self.source.error(
                self.line_of(key),
                f"`{words}` cannot be an id: use small letters, digits and single hyphens, "
                f"at most {LONGEST_ID}",
            )
        elif not telling and (told := TELLING.intersection(words.split("-"))):
            self.source.error(
                self.line_of(key),
                f"the id `{words}` gives the answer away (`{min(told)}`); name the act instead",
            )
        return words

    def _items(self, key: str) -> tuple[Value, ...]:
        value = self._table.entries.get(key)
        if value is None:
            return ()
        if not isinstance(value, Items):
            self._wrong(key, "a list", value)
            return ()
        if not value.values:
            self.source.error(value.line, f"`{key}` is an empty list; fill it or leave it out")
        return value.values

    def _words(self, value: Value, what: str) -> str:
        if isinstance(value, Scalar) and isinstance(value.value, str) and value.value.strip():
            return value.value
        hint = (
            "; put it in quotes"
            if isinstance(value, Scalar) and value.value not in {None, ""}
            else ""
        )
        self.source.error(value.line, f"{what} must be text, not {_kind(value)}{hint}")
        return ""

    def _wrong(self, key: str, wanted: str, value: Value) -> None:
        self.misread.add(key)
        self.source.error(value.line, f"`{key}` must be {wanted}, not {_kind(value)}")


def is_kebab(words: str) -> bool:
    """Whether this can be an id: small letters, digits, single hyphens, of a storable length."""
    return len(words) <= LONGEST_ID and _KEBAB.fullmatch(words) is not None


def _kind(value: Value) -> str:
    """What a value is, for an author."""
    if isinstance(value, Items):
        return "a list"
    if isinstance(value, Table):
        return "a group of keys"
    if value.value is None or value.value == "":
        return "nothing"
    if isinstance(value.value, bool):
        return f"the value {str(value.value).lower()}"
    if isinstance(value.value, int):
        return f"the number {value.value}"
    shown = " ".join(value.value.split())
    return f"the text `{shown[:40]}…`" if len(shown) > 40 else f"the text `{shown}`"
