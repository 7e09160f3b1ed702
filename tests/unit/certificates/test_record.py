import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.certificates.record import canonical_bytes, fingerprint
from induction.certificates.record_schema import RecordFault, check, json_schema, parse
from tests.support.certificates import a_record

DOCS = Path(__file__).resolve().parents[3] / "docs"
SCHEMA = DOCS / "certificate-record.schema.json"


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where everything in a JSON value is."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(*at, key) for key, _ in inside] if isinstance(value, dict | list) else []
    for path in list(found):
        child = value[path[-1]]
        if isinstance(child, dict | list):
            found += paths(child, path)
    return found


def changed(path: tuple[Any, ...], value: Any) -> Any:
    record: Any = deepcopy(a_record())
    place = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return record


def accepted_by_schema(record: Any) -> bool:
    return jsonschema.Draft202012Validator(
        json_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).is_valid(record)


def test_the_published_schema_is_that_of_the_types() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_record_is_valid_by_the_published_schema() -> None:
    jsonschema.validate(a_record(), json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_every_field_is_explained() -> None:
    explained = (DOCS / "certificate-record.md").read_text(encoding="utf-8")
    names = {path[-1] for path in paths(a_record()) if isinstance(path[-1], str)}
    assert {name for name in names if f"`{name}`" not in explained} == set()


@given(
    st.sampled_from(paths(a_record())),
    st.sampled_from(
        [None, True, 0, -1, 1.5, "", "x", "2026-02-31", "a\nb", "a\x07", [], {}, "0" * 64]
    ),
)
def test_the_check_and_the_schema_agree_on_any_change(path: tuple[Any, ...], value: Any) -> None:
    record = changed(path, value)
    try:
        check(record)
        sound = True
    except RecordFault as fault:
        # What no single field shows is no part of the schema.
        sound = all(": the check character" in f or "does not end" in f for f in fault.faults)
        sound = sound or fault.faults == ("sections: none",)
    assert accepted_by_schema(record) == sound


def test_the_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    record = a_record()
    shuffled: Any = dict(reversed(list(record.items())))
    assert fingerprint(shuffled) == fingerprint(record)
    assert parse(canonical_bytes(record)) == record


@pytest.mark.parametrize("path", [("learner", "name"), ("score", "right"), ("answers", 3, "right")])
def test_the_fingerprint_depends_on_every_fact(path: tuple[Any, ...]) -> None:
    record = changed(path, 7 if path[-1] == "right" and path[0] == "score" else "Other")
    assert fingerprint(record) != fingerprint(a_record())


@pytest.mark.parametrize(
    "name", ["Ali\u202egpj", "tab\there", "line\nbreak", "\ud800", "bell\x07", "\u2066Ali", ""]
)
def test_t16_control_characters_and_half_characters_are_refused(name: str) -> None:
    with pytest.raises(RecordFault, match=r"learner\.name"):
        check(a_record(name))


@pytest.mark.parametrize(
    "name", ["Zoë", "श्री\u200dमती", "می\u200cخواهم", "O’Brien", "=HYPERLINK(1)"]
)
def test_t16_joiners_and_odd_but_harmless_names_are_kept(name: str) -> None:
    assert check(a_record(name))["learner"]["name"] == name


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("number",), "MY2M-VEGA-JKAY-RTJ8", "check character"),
        (("status_url",), "https://other.example/verify/0000", "status_url"),
        (("sections",), [], "sections"),
        (("extra",), 1, "extra: not a field"),
        (("issued_at",), "2026-02-31T00:00:00Z", "issued_at"),
        (("issued_at",), "2026-01-31T00:00:00+01:00", "issued_at"),
    ],
)
def test_a_fault_is_named(path: tuple[Any, ...], value: Any, fault: str) -> None:
    with pytest.raises(RecordFault, match=fault):
        check(changed(path, value))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b'{"schema":1}'])
def test_anything_else_than_a_record_is_refused(data: bytes) -> None:
    with pytest.raises(RecordFault):
        parse(data)


def test_a_record_that_is_not_canonical_is_refused() -> None:
    with pytest.raises(RecordFault, match="canonical"):
        parse(json.dumps(a_record()).encode())
