"""Reading certificates: by number, by holder, and what each one's status is."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import bindparam, exists, literal, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditEntry
from induction.certificates.binding import BINDING, UNPROVEN, fault_of
from induction.certificates.earned import Earned, earned
from induction.certificates.models import (
    Certificate,
    CertificateFile,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
    Supersession,
)
from induction.certificates.record import CertificateRecord
from induction.certificates.status import CertificateStatus, status_of
from induction.database import AnyRow, chunks, joined, table


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate with what decides its status."""

    id: int
    number: str
    account_id: int
    enrolment_id: int
    policy: str
    policy_version: date
    record_sha256: str
    issued_at: datetime
    valid_until: date | None
    record: CertificateRecord | None  # None once its holder has been erased
    file_sha256: str | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    fault: str = ""  # in what it differs from the acts about it (see ``binding``)

    def status(self, today: date) -> CertificateStatus:
        """What it is on this day."""
        return status_of(self, erased=self.record is None, today=today)

    def shown(self, today: date) -> str:
        """The same as pages say it: one that does not agree with its acts has no status."""
        return UNPROVEN if self.fault else self.status(today)

    @property
    def public_name(self) -> str | None:
        """The holder's name for anyone who has the number.

        None once erased, and once replaced: people change names, and not everybody may learn both.
        """
        if self.record is None or self.superseded_at:
            return None
        return self.record["learner"]["name"]

    def renewable(self, today: date, window: int) -> bool:
        """Whether it ends within so many days, or has ended, and nothing took its place."""
        if self.valid_until is None or not self.status(today).stands:
            return False
        return today >= self.valid_until - timedelta(days=window)


@dataclass(frozen=True, slots=True)
class Filed:
    """What a download needs to know of a certificate, and no more."""

    number: str
    account_id: int
    pdf: bytes | None  # None until it was first needed
    fault: str  # in what it differs from the acts about it


# Built once, on the tables themselves: the public page and every download begin with one of these.
_certificate, _record = table(Certificate), table(CertificateRecordRow)
_file = table(CertificateFile)
_supersession, _revocation = table(Supersession), table(Revocation)
_entry = table(AuditEntry)
# The acts about a certificate, as ``binding`` compares them; for a statement on its table.
ACTS = (
    select(joined(_entry.c.action + " " + _entry.c.details, "\n"))
    .where(
        _entry.c.subject == literal("certificate:") + _certificate.c.number,
        _entry.c.action.in_([action.value for action in BINDING]),
    )
    .correlate(_certificate)
    .scalar_subquery()
)
_HELD = (
    select(
        _certificate.c.id,
        _certificate.c.number,
        _certificate.c.account_id,
        _certificate.c.enrolment_id,
        _certificate.c.policy,
        _certificate.c.policy_version,
        _certificate.c.record_sha256,
        _certificate.c.issued_at,
        _certificate.c.valid_until,
        _record.c.record,
        _record.c.name,
        _file.c.sha256.label("file_sha256"),
        _supersession.c.at.label("superseded_at"),
        _revocation.c.at.label("revoked_at"),
        ACTS.label("acts"),
    )
    .outerjoin(_record, _record.c.certificate_id == _certificate.c.id)
    .outerjoin(_file, _file.c.certificate_id == _certificate.c.id)
    .outerjoin(_supersession, _supersession.c.certificate_id == _certificate.c.id)
    .outerjoin(_revocation, _revocation.c.certificate_id == _certificate.c.id)
)
_BY_NUMBER = _HELD.where(_certificate.c.number == bindparam("number"))
_HELD_BY = _HELD.where(_certificate.c.account_id == bindparam("account_id")).order_by(
    _certificate.c.id.desc()
)
_NUMBER_OF = (
    select(_certificate.c.number)
    .join(_file, _file.c.certificate_id == _certificate.c.id)
    .where(_file.c.sha256 == bindparam("sha256"))
)
_FILED = _BY_NUMBER.add_columns(_file.c.pdf).where(_record.c.record.is_not(None))
_current = table(CurrentCertificate)
# The enrolments of those whose certificate was revoked and who hold no other that is current. They
# are few, so they are found from the revocations: with a join SQLite would read every certificate.
WITHDRAWN = (
    select(_certificate.c.enrolment_id)
    .where(
        _certificate.c.id.in_(select(_revocation.c.certificate_id)),
        ~exists().where(
            _current.c.account_id == _certificate.c.account_id,
            _current.c.policy == _certificate.c.policy,
        ),
    )
    .correlate(None)
)


_LAST_REVOKED = (
    select(_certificate.c.number, _revocation.c.at, _revocation.c.reason, _revocation.c.actor)
    .join(_revocation, _revocation.c.certificate_id == _certificate.c.id)
    .where(_certificate.c.enrolment_id == bindparam("enrolment_id"))
    .order_by(_revocation.c.at.desc())
    .limit(1)
)


def last_revoked(session: Session, enrolment_id: int) -> AnyRow | None:
    """Of an enrolment's certificates the one that was revoked last: number, at, reason, actor."""
    return session.execute(_LAST_REVOKED, {"enrolment_id": enrolment_id}).first()


def _held(row: Any) -> Held:
    fields = row._asdict()
    for beside in ("name", "acts"):
        del fields[beside]
    fields["record"] = record = _read(row)
    return Held(**fields, fault=fault_of(row, record))


def _read(row: AnyRow) -> CertificateRecord | None:
    """What a record's text says; None once it is gone, or is no record any more."""
    try:
        return cast("CertificateRecord", json.loads(row.record)) if row.record else None
    except ValueError:
        return None


def by_number(session: Session, number: str) -> Held | None:
    """The certificate with this number as printed, or None."""
    row = session.execute(_BY_NUMBER, {"number": number}).first()
    return _held(row) if row else None


def filed(session: Session, number: str) -> Filed | None:
    """The certificate with this number and its file; None where there is none or it was erased."""
    row = session.execute(_FILED, {"number": number}).first()
    if row is None:
        return None
    fault = fault_of(row, _read(row))
    if row.pdf and not fault and hashlib.sha256(row.pdf).hexdigest() != row.file_sha256:
        fault = "its file was changed after it was drawn"
    return Filed(row.number, row.account_id, row.pdf, fault)


def by_ids(session: Session, ids: Sequence[int]) -> list[Held]:
    """These certificates, in the order of their ids."""
    query = _HELD.where(_certificate.c.id.in_(ids)).order_by(_certificate.c.id)
    return [_held(row) for row in session.execute(query)]


def faults(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Of these certificates those that do not agree with the acts about them, and in what."""
    found = {}
    for some in chunks(ids):
        for row in session.execute(_HELD.where(_certificate.c.id.in_(some))):
            if fault := fault_of(row, _read(row)):
                found[row.id] = fault
    return found


def examined(row: AnyRow) -> tuple[str, Earned | None]:
    """In what a certificate's row, with its record and acts, differs from these; "" if in nothing.

    And how it was earned: nothing where it differs, or of whoever was erased.
    """
    record = _read(row)
    fault = fault_of(row, record)
    return fault, None if fault or record is None else earned(record)


def number_of(session: Session, file_sha256: str) -> str | None:
    """The number of the certificate whose file has this digest, or None."""
    return session.scalar(_NUMBER_OF, {"sha256": file_sha256})


def held_by(session: Session, account_id: int) -> list[Held]:
    """Every certificate of this person, newest first."""
    return [_held(row) for row in session.execute(_HELD_BY, {"account_id": account_id})]
