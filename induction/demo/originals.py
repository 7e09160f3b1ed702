"""All that is written about a learner, read as a pattern for copies."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.models import AuditEntry, AuditPersonal
from induction.certificates.models import Certificate, CertificateRecordRow, CurrentCertificate
from induction.certificates.record import CertificateRecord
from induction.database import table
from induction.journey.models import Answer, Attempt, Declaration, Enrolment, Progress
from induction.journey.queries import load_tries
from induction.journey.worth import Counts, counts_of
from induction.people.models import Account, Membership
from induction.policy.store import content
from induction.practice.models import DoneNow, OwnChanges

# In the order in which rows refer to each other, and the column that says whose a row is.
TABLES = {
    table(Account): "id",
    table(Membership): "account_id",
    table(Enrolment): "account_id",
    table(Progress): "enrolment_id",
    table(Attempt): "enrolment_id",
    table(Answer): "attempt_id",
    table(Declaration): "enrolment_id",
    table(DoneNow): "enrolment_id",
    table(OwnChanges): "enrolment_id",
    table(Certificate): "enrolment_id",
    table(CertificateRecordRow): "certificate_id",
    table(CurrentCertificate): "certificate_id",
}
COUNTED = ("account", "enrolment", "attempt", "certificate")  # other rows refer to their ids
NAMED = {"account": "public_id", "enrolment": "public_id", "certificate": "number"}

Key = tuple[str, int]  # a row that others refer to: its table and id


@dataclass(frozen=True, slots=True)
class OriginalEntry:
    """An entry of the record of acts."""

    action: str
    actor: str
    subject: str
    at: datetime
    details: str
    personal: dict[str, Any]


@dataclass(slots=True)
class Original:
    """A learner. ``subjects`` are their names in the record of acts, as ``account:<public id>``."""

    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # table, values
    subjects: dict[str, str] = field(default_factory=dict)  # by table
    entries: list[OriginalEntry] = field(default_factory=list)
    cohort_id: int = 0
    counts: Counts = field(default_factory=Counts)  # what their answers add to those of all
    record: CertificateRecord | None = None  # of the certificate, for whoever is done


def read_original(session: Session, account_id: int) -> Original:
    """What is written about this learner."""
    found, ids = Original(), defaultdict[str, list[int]](list)
    ids["account"].append(account_id)
    for source, whose in TABLES.items():
        owner = source.name if whose == "id" else whose.removesuffix("_id")
        query = select(source).where(source.c[whose].in_(ids[owner])).order_by(*source.primary_key)
        for row in session.execute(query):
            values = dict(row._mapping)  # noqa: SLF001  the documented way
            found.rows.append((source.name, values))
            if source.name in COUNTED and owner != source.name:
                ids[source.name].append(values["id"])
            if source.name in NAMED:
                name = values[NAMED[source.name]]
                found.subjects[source.name] = f"{source.name}:{name}"
            found.cohort_id = values.get("cohort_id", found.cohort_id)
            found.record = json.loads(values["record"]) if "record" in values else found.record
    for enrolment_id in ids["enrolment"]:
        tries = load_tries(session, enrolment_id)
        found.counts += counts_of(content().slug, tries, partial(content().clauses_of, session))
    found.entries = _entries(session, list(found.subjects.values()))
    return found


def _entries(session: Session, subjects: list[str]) -> list[OriginalEntry]:
    rows = session.execute(
        select(AuditEntry, AuditPersonal.data)
        .outerjoin(AuditPersonal, AuditPersonal.seq == AuditEntry.seq)
        .where(AuditEntry.subject.in_(subjects))
        .order_by(AuditEntry.seq)
    )
    return [
        OriginalEntry(
            e.action, e.actor, e.subject, datetime.fromisoformat(e.at), e.details,
            json.loads(data) if data else {},
        )
        for e, data in rows
    ]  # fmt: skip
