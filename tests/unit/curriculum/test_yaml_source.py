import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from induction.curriculum.faults import Ledger, Source
from induction.curriculum.yaml_source import Items, Scalar, Table, read_yaml


def read(text: str, first_line: int = 1) -> tuple[Table | None, list[tuple[int, str]]]:
    ledger = Ledger()
    table = read_yaml(text, Source("file.yaml", ledger), first_line)
    return table, [(fault.line, fault.message) for fault in ledger.faults]


def value_of(written: str) -> object:
    table, faults = read(f"key: {written}")
    assert not faults
    assert table is not None
    scalar = table.entries["key"]
    assert isinstance(scalar, Scalar)
    return scalar.value


@pytest.mark.parametrize(
    "written",
    [
        *["no", "yes", "on", "off", "y", "True", "FALSE", "12:30", "1.5", "1e3", "0x1F", "0o17"],
        *["007", "1_000", "2018-12-18", ".inf", "9999999999", "=", "<<"],
    ],
)
def test_what_other_readers_change_stays_text(written: str) -> None:
    assert value_of(written) == written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *[("true", True), ("false", False), ("80", 80), ("-1", -1), ("0", 0)],
        *[("", None), ("~", None), ("null", None), ('"80"', "80"), ("'true'", "true"), ('""', "")],
    ],
)
def test_booleans_numbers_and_nothing(written: str, value: object) -> None:
    found = value_of(written)
    assert found == value
    assert type(found) is type(value)


def test_values_know_their_lines_and_a_block_where_its_words_begin() -> None:
    table, faults = read(
        "a:\n  - one\n  - b: |\n      words\n      more\n    c: two\n", first_line=5
    )

    assert not faults
    assert table is not None
    items = table.entries["a"]
    assert isinstance(items, Items)
    inner = items.values[1]
    assert isinstance(inner, Table)
    assert (table.key_lines["a"], items.values[0].line, inner.key_lines["c"]) == (5, 6, 10)
    assert inner.entries["b"] == Scalar("words\nmore\n", 7, 8)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` is given twice here; the first is on line 1"),
        ("a:\n\tb: 1\n", 2, "indented with a tab"),
        ("a:\n  b: 1\n  \tc: 1\n", 3, "indented with a tab"),
        ("a: &x 1\n", 1, "names are not used here"),
        ("a: 1\nb: *x\n", 2, "names are not used here"),
        ("a: !!python/object:os.system x\n", 1, "types are not used here"),
        ("a: !!int '1'\n", 1, "types are not used here"),
        ("a: 1\n---\nb: 1\n", 2, "a second document starts here"),
        ("", 1, "there is nothing here"),
        ("# only a remark\n", 1, "there is nothing here"),
        ("- a\n- b\n", 1, "expected `key: value` lines"),
        ("words\n", 1, "expected `key: value` lines"),
        ("a: 1\nwords\nb: 2\n", 2, "is a colon missing?"),
        ("a: one: two\n", 1, "a colon inside unquoted text"),
        ("a: 1\n  b: 2\n", 2, "a colon inside unquoted text, or wrong indentation"),
        ("a:\n    b: 1\n  c: 2\n", 3, "does not line up"),
        ("a: 1\nb: 'open\nc: 1\n", 2, "a quotation mark opened here is never closed"),
        ('a: 1\nb: "open\nc: 1\n', 2, "a quotation mark opened here is never closed"),
        ("a: 1\nb: [one, two\nc: 3\n", 2, "a bracket opened here is never closed"),
        ("a: 1\nb: @home\n", 2, "text cannot start with this sign"),
        ('a: 1\nb: "C:\\path"\n', 2, "a backslash inside double quotes"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', 2, "cannot be read"),
        ('a: 1\nb: "\\uD800"\n', 2, "cannot be read"),
        ("a: 1\nb: \ud800\n", 1, "cannot be read"),
        ("a:\n  - 1\n  b: 2\n", 3, "does not line up"),
        ('a: 1\nb: "\\0"\n', 2, "cannot be shown (U+0000)"),
        ("a: " + "[" * 500, 1, "nested too deeply"),
        ("a: 1\n? [b]\n: 2\n", 2, "a key must be a single word"),
    ],
)
def test_what_is_refused(text: str, line: int, message: str) -> None:
    _, faults = read(text)

    assert [at for at, words in faults if message in words] == [line], faults


def test_lines_count_from_where_the_text_stands() -> None:
    _, faults = read("a: 1\na: 2\n", first_line=41)

    assert faults == [(42, "`a` is given twice here; the first is on line 41")]


@given(st.text())
@example("%YAML 1." + "9" * 5000 + "\n---\na: 1")
@example("a: !<%FF> 1")
@example("? " * 2000)
@example("- " * 2000)
def test_no_text_brings_it_down(text: str) -> None:
    table, faults = read(text)

    assert table is not None or faults
    assert all(line >= 1 for line, _ in faults)


_PIECES = [
    "a",
    "b",
    ":",
    " ",
    "\n",
    "- ",
    "|",
    ">",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    "&",
    "*",
    "!",
]


@given(
    st.lists(st.sampled_from([*_PIECES, "%", "---", "...", "#", "? ", "\t", "\\U", "true", "0"]))
)
def test_no_heap_of_signs_brings_it_down(pieces: list[str]) -> None:
    table, faults = read("".join(pieces))

    assert table is not None or faults
