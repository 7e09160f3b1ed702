import json
from contextlib import nullcontext
from copy import deepcopy
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from induction.certificates.record import (
    SCHEMA,
    CertificateRecord,
    canonical_bytes,
    fingerprint,
    signed_beside,
    signed_under,
)
from induction.certificates.record_schema import SCHEMA_FILE, RecordFault, check, parse
from tests.support.certificates import a_record

DOCS = Path(__file__).resolve().parents[3] / "docs"


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


def fields(kind: Any) -> Any:
    """What a type says of JSON: the fields of an object with whether each must be there, or []."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        return {n: (n in kind.__required_keys__, fields(t)) for n, t in hints.items()}
    return [fields(get_args(kind)[0])] if get_origin(kind) is list else ""


def fields_of_schema(schema: Any) -> Any:
    if "properties" in schema:
        required, found = schema["required"], schema["properties"]
        return {n: (n in required, fields_of_schema(s)) for n, s in found.items()}
    return [fields_of_schema(schema["items"])] if "items" in schema else ""


def test_the_types_and_the_published_schema_have_the_same_fields() -> None:
    published = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    assert fields(CertificateRecord) == fields_of_schema(published)
    assert published["properties"]["schema"]["enum"][0] == SCHEMA


def test_a_record_of_the_first_version_is_as_sound_as_ever() -> None:
    record: Any = a_record() | {"schema": "learner-induction/certificate/1"}
    with pytest.raises(RecordFault):
        check(record)
    decided = record.pop("decided")
    record.pop("pace")
    check(record)
    with pytest.raises(RecordFault, match="decided"):
        check(record | {"schema": SCHEMA})
    with pytest.raises(RecordFault):
        check(record | {"decided": decided})


def test_every_field_is_explained() -> None:
    explained = (DOCS / "certificate-record.md").read_text(encoding="utf-8")
    names = {path[-1] for path in paths(a_record()) if isinstance(path[-1], str)}
    assert {name for name in names if f"`{name}`" not in explained} == set()


@given(
    st.sampled_from(paths(a_record())),
    st.sampled_from([1.5, "", "a\x07", [], {}]),
)
def test_a_record_with_a_value_of_the_wrong_kind_is_refused(
    path: tuple[Any, ...], value: Any
) -> None:
    sound = (path[-1], value) == ("scene", "") or (
        path[-1] in ("clauses", "answers", "statements", "decided", "pace") and value == []
    )
    with nullcontext() if sound else pytest.raises(RecordFault):
        check(changed(path, value))


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
    "name",
    ["Ali\u202egpj", "tab\there", "line\nbreak", "Ann\n", "\ud800", "bell\x07", "\u2066Ali", ""],
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
        (("extra",), 1, "'extra' was unexpected"),
        (("issued_at",), "2026-02-31T00:00:00Z", "issued_at"),
        (("valid_until",), "2026-02-31", "valid_until"),
        (("valid_until",), "٢٠٢٦-١٠-٢٢", "valid_until: not a date, as 2026-11-23"),
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


@pytest.mark.parametrize("how", ["paper", "supporter"])
def test_a_corrected_name_keeps_who_recorded_the_signature(how: str) -> None:
    former, by = "Amina (Mina) Yusuf", "Bronwen Price (ALS)"
    signed = signed_under("Robin Yusuf", signed_beside(former, how, by))
    assert signed == signed_beside("Robin Yusuf", how, by)
    assert signed_under("Robin Yusuf", former) == "Robin Yusuf"
