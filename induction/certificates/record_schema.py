"""Whether a value is a sound record: by the published JSON Schema, and by what no schema can say.

A certificate passes this check before it is drawn, and again when it is inspected.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import cast

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from induction.certificates.number import normalise
from induction.certificates.record import CertificateRecord, canonical_bytes
from induction.config import PROJECT_ROOT

SCHEMA_FILE = PROJECT_ROOT / "static" / "certificate" / "record.schema.json"
_LONGEST = 200  # characters of a message: it may quote what it is about
# A text of the right form must also exist in the calendar.
_CALENDAR = FormatChecker(())
_CALENDAR.checks("date", ValueError)(lambda text: bool(date.fromisoformat(str(text))))
_CALENDAR.checks("date-time", ValueError)(lambda text: bool(datetime.fromisoformat(str(text))))


class RecordFault(ValueError):
    """A value is not a sound record. ``faults`` says where and why, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def check(value: object) -> CertificateRecord:
    """The value as a record. Raises ``RecordFault`` naming everything that is wrong with it."""
    faults = [_in_words(error) for error in _validator().iter_errors(value)]
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


@cache
def _validator() -> Draft202012Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=_CALENDAR)


def _in_words(error: ValidationError) -> str:
    error = error.context[0] if error.context else error  # of a value or none: what the value is
    where = error.json_path.removeprefix("$").removeprefix(".") or "record"
    says = error.schema.get("description") if isinstance(error.schema, dict) else None
    return f"{where}: {f'not {says}' if says else error.message[:_LONGEST]}"


def _disagreements(record: CertificateRecord) -> Iterator[str]:
    """What no single field can show."""
    if normalise(record["number"]) != record["number"]:
        yield "number: the check character does not fit"
    if not record["status_url"].endswith("/" + record["number"]):
        yield "status_url: does not end with the number"
    if not record["sections"]:
        yield "sections: none"
