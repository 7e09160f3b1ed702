"""Whether a certificate is the one whose issue stands in the record of acts. Pure.

Rows beside the chain prove nothing by themselves: whoever can write to the database can add them.
So every reading of a certificate compares its rows with the acts about it, both ways.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from induction.audit.actions import Action
from induction.audit.chain import canonical
from induction.database import AnyRow

UNPROVEN = "unproven"  # said of a certificate whose rows and acts do not agree

# Of all acts about a certificate, those that its rows must agree with.
BINDING = (
    Action.CERTIFICATE_ISSUED,
    Action.CERTIFICATE_RENDERED,
    Action.CERTIFICATE_SUPERSEDED,
    Action.CERTIFICATE_REVOKED,
)


class Unproven(ValueError):
    """A certificate that does not agree with the record of acts is neither drawn nor given."""


_NO_ACT = ("the register says", "no act does")


def fault_of(row: AnyRow) -> str:
    """The first thing in which a certificate and the acts about it differ; "" where they agree.

    ``row`` is one of ``queries``: its acts are lines of an action, a space and the details.
    """
    return next(
        _faults(row, [act.split(" ", 1) for act in (row.acts or "").split("\n") if act]), ""
    )


def _faults(row: AnyRow, acts: list[list[str]]) -> Iterator[str]:
    def details(of: Action) -> list[str]:
        return [details for action, details in acts if action == of]

    issue = {
        "policy": row.policy,
        "version_date": row.policy_version.isoformat(),
        "record_sha256": row.record_sha256,
    }
    issues = details(Action.CERTIFICATE_ISSUED)
    if issues != [canonical(issue)]:
        how_many = ("no", "another")[len(issues)] if len(issues) < 2 else "more than one"
        yield f"the record of acts has {how_many} issue of it"
    if row.record:
        yield from _unlike_record(row)
    drawn = details(Action.CERTIFICATE_RENDERED)
    if row.file_sha256 and canonical({"sha256": row.file_sha256}) not in drawn:
        yield "its file is not one that was drawn from it"
    for word, at, of in (
        ("replaced", row.superseded_at, Action.CERTIFICATE_SUPERSEDED),
        ("withdrawn", row.revoked_at, Action.CERTIFICATE_REVOKED),
    ):
        if bool(at) != bool(details(of)):
            says, other = ("an act says", "the register does not") if details(of) else _NO_ACT
            yield f"{says} that it was {word}, and {other}"


def _unlike_record(row: AnyRow) -> Iterator[str]:
    """Where the record is not the one that was issued, or the columns that lists show differ."""
    if hashlib.sha256(row.record.encode()).hexdigest() != row.record_sha256:
        yield "its record was changed after it was issued"
        return
    record: dict[str, Any] = json.loads(row.record)
    shown = {
        "number": row.number,
        "issued_at": row.issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
    }
    differing = [word for word, said in shown.items() if record[word] != said]
    if record["learner"]["name"] != row.name:
        differing.append("name")
    if differing:
        yield f"the register shows another {differing[0].replace('_', ' ')} than its record"
