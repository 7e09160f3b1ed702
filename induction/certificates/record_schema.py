"""What a record must look like, read off the types of ``record``: the check and the schema.

Both read the same annotations, so the published JSON Schema cannot say something else than the
check that a certificate passes before it is rendered, and again when it is inspected.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from induction.certificates.number import normalise
from induction.certificates.record import SCHEMA, CertificateRecord, Form, Least, canonical_bytes


class RecordFault(ValueError):
    """A value is not a sound record. ``faults`` says where and why, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def check(value: object) -> CertificateRecord:
    """The value as a record. Raises ``RecordFault`` naming everything that is wrong with it."""
    faults = list(_faults(CertificateRecord, value, ""))
    if not faults:
        faults = list(_disagreements(cast("CertificateRecord", value)))
    if faults:
        raise RecordFault(faults)
    return cast("CertificateRecord", value)


def parse(data: bytes) -> CertificateRecord:
    """The record in canonical bytes, as attached to a certificate. Raises ``RecordFault``."""
    try:
        value = json.loads(data.decode())
    except ValueError as error:
        raise RecordFault([f"not JSON: {error}"]) from error
    record = check(value)
    if canonical_bytes(record) != data:
        raise RecordFault(["not in the canonical form of RFC 8785"])
    return record


def _disagreements(record: CertificateRecord) -> Iterator[str]:
    """What no single field can show."""
    if normalise(record["number"]) != record["number"]:
        yield "number: the check character does not fit"
    if not record["status_url"].endswith("/" + record["number"]):
        yield "status_url: does not end with the number"
    if not record["sections"]:
        yield "sections: none"


def _faults(kind: Any, value: object, at: str) -> Iterator[str]:
    shape, inner = _shape(kind)
    if shape == "object":
        yield from _faults_of_object(kind, value, at)
    elif shape == "or none":
        if value is not None:
            yield from _faults(inner, value, at)
    elif shape == "list":
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _faults(inner, item, f"{at}[{index}]")
        else:
            yield f"{at}: not a list"
    elif (fault := _plain_fault(kind, value)) is not None:
        yield f"{at}: {fault}"


@lru_cache
def _shape(kind: Any) -> tuple[str, Any]:
    """What kind of value a type describes, and the type inside it."""
    if is_typeddict(kind):
        return "object", None
    if get_origin(kind) in (Union, UnionType):
        return "or none", next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is list:
        return "list", get_args(kind)[0]
    return "plain", None


def _faults_of_object(kind: Any, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at or 'record'}: not an object"
        return
    fields = _fields(kind)
    where = f"{at}." if at else ""
    for name in sorted(map(str, kind.__required_keys__ - value.keys())):
        yield f"{where}{name}: missing"
    for name in sorted(map(str, value.keys() - fields.keys())):
        yield f"{where}{name}: not a field of the record"
    for name, field in fields.items():
        if name in value:
            yield from _faults(field, value[name], where + name)


@lru_cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {n: get_args(t)[0] if get_origin(t) is NotRequired else t for n, t in hints.items()}


def _plain_fault(kind: Any, value: object) -> str | None:
    base, rule = _plain(kind)
    if base is Literal:
        return None if value == rule else f"not {rule!r}"
    if type(value) is not base:  # not isinstance: True is no count
        return f"not {_JSON_NAMES[base]}"
    if isinstance(rule, Form) and not _fits(rule, cast("str", value)):
        return f"not {rule.says}"
    if isinstance(rule, Least) and cast("int", value) < rule.value:
        return f"less than {rule.value}"
    return None


@lru_cache
def _plain(kind: Any) -> tuple[Any, Any]:
    """A plain type, and its rule, if any; for a constant, Literal and its value."""
    if get_origin(kind) is Literal:
        return Literal, get_args(kind)[0]
    if get_origin(kind) is Annotated:
        base, rule = get_args(kind)
        return base, rule
    return kind, None


def _fits(form: Form, text: str) -> bool:
    if not re.fullmatch(form.pattern, text):
        return False
    try:
        return not form.calendar or bool(datetime.fromisoformat(text))
    except ValueError:
        return False


_JSON_NAMES = {str: "string", int: "integer", bool: "boolean"}


def json_schema() -> dict[str, Any]:
    """The record's JSON Schema (draft 2020-12), as published in ``docs/``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        "title": "Certificate record",
        **_schema_of(CertificateRecord),
    }


def _schema_of(kind: Any) -> dict[str, Any]:
    shape, inner = _shape(kind)
    if shape == "object":
        fields = _fields(kind)
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name in fields if name in kind.__required_keys__],
            "properties": {name: _schema_of(field) for name, field in fields.items()},
        }
    if shape == "or none":
        return {"anyOf": [_schema_of(inner), {"type": "null"}]}
    if shape == "list":
        return {"type": "array", "items": _schema_of(inner)}
    base, rule = _plain(kind)
    if base is Literal:
        return {"const": rule}
    schema: dict[str, Any] = {"type": _JSON_NAMES[base]}
    if isinstance(rule, Form):
        schema |= {"pattern": rule.pattern, "description": rule.says}
        schema |= {"format": rule.calendar} if rule.calendar else {}
    if isinstance(rule, Least):
        schema["minimum"] = rule.value
    return schema
