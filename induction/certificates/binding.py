"""Whether a certificate is the one whose issue stands in the record of acts. Pure.

Rows beside the chain prove nothing by themselves: whoever can write to the database can add them.
So every reading of a certificate compares its rows with the acts about it, both ways.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from induction.audit.actions import Action
from induction.audit.chain import canonical
from induction.certificates.record import CertificateRecord
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


def fault_of(row: AnyRow, record: CertificateRecord | None) -> str:
    """The first thing in which a certificate and the acts about it differ; "" where they agree.

    ``row`` is one of ``queries``: its acts are lines of an action, a space and the details.
    ``record`` is what its text says; None where there is none, or it cannot be read.
    """
    acts = defaultdict[str, list[str]](list)
    for act in (row.acts or "").split("\n"):
        action, _, details = act.partition(" ")
        acts[action].append(details)
    return next(_faults(row, record, acts), "")


def _faults(
    row: AnyRow, record: CertificateRecord | None, acts: defaultdict[str, list[str]]
) -> Iterator[str]:
    issue = {
        "policy": row.policy,
        "version_date": row.policy_version.isoformat(),
        "record_sha256": row.record_sha256,
    }
    issues = acts[Action.CERTIFICATE_ISSUED]
    if issues != [canonical(issue)]:
        how_many = ("no", "another")[len(issues)] if len(issues) < 2 else "more than one"
        yield f"the record of acts has {how_many} issue of it"
    if row.record:
        yield from _unlike_record(row, record)
    drawn = acts[Action.CERTIFICATE_RENDERED]
    if row.file_sha256 and canonical({"sha256": row.file_sha256}) not in drawn:
        yield "its file is not one that was drawn from it"
    for word, at, of in (
        ("replaced", row.superseded_at, Action.CERTIFICATE_SUPERSEDED),
        ("withdrawn", row.revoked_at, Action.CERTIFICATE_REVOKED),
    ):
        if bool(at) != bool(acts[of]):
            says, other = ("an act says", "the register does not") if acts[of] else _NO_ACT
            yield f"{says} that it was {word}, and {other}"


def _unlike_record(row: AnyRow, record: CertificateRecord | None) -> Iterator[str]:
    """Where the record is not the one that was issued, or the columns that lists show differ."""
    if record is None or hashlib.sha256(row.record.encode()).hexdigest() != row.record_sha256:
        yield "its record was changed after it was issued"
        return
    until = row.valid_until.isoformat() if row.valid_until else None
    shown = {
        "number": (row.number, record["number"]),
        "issued at": (f"{row.issued_at:%Y-%m-%dT%H:%M:%SZ}", record["issued_at"]),
        "valid until": (until, record["valid_until"]),
        "name": (row.name, record["learner"]["name"]),
    }
    for word, (said, recorded) in shown.items():
        if said != recorded:
            yield f"the register shows another {word} than its record"
