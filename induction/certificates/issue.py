"""Whether a certificate may be issued, and issuing it: in the transaction of the act behind it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record as audit
from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    CurrentCertificate,
)
from induction.certificates.number import new_number
from induction.certificates.record import (
    SCHEMA,
    Answer,
    CertificateRecord,
    Declaration,
    Learner,
    PassedSection,
    PolicyVersion,
    Provider,
    Score,
    canonical_bytes,
    fingerprint,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says, from the journey that earned it."""

    learner: Learner
    policy: PolicyVersion
    begun_at: str
    completed_at: str
    score: Score
    sections: list[PassedSection]
    declaration: Declaration
    answers: list[Answer]


def issue(
    session: Session,
    facts: Facts,
    *,
    account_id: int,
    enrolment_id: int,
    enrolment: str,
    provider: Provider,
    base_url: str,
    actor: str,
    now: datetime,
) -> str:
    """Issue a certificate and return its number.

    The primary key of ``current_certificate`` refuses a second current one for the same learner
    and policy version, whoever asks at the same time.
    """
    number = new_number()
    record: CertificateRecord = {
        "schema": SCHEMA,
        "number": number,
        "issued_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status_url": f"{base_url}/verify/{number}",
        "provider": provider,
        "learner": facts.learner,
        "policy": facts.policy,
        "begun_at": facts.begun_at,
        "completed_at": facts.completed_at,
        "score": facts.score,
        "sections": facts.sections,
        "declaration": facts.declaration,
        "answers": facts.answers,
        "supersedes": None,
        "valid_until": None,
    }
    certificate_id = store(
        session, record, account_id=account_id, enrolment_id=enrolment_id, now=now
    )
    version = date.fromisoformat(facts.policy["version_date"])
    session.execute(
        insert(CurrentCertificate).values(
            account_id=account_id,
            policy=facts.policy["slug"],
            policy_version=version,
            certificate_id=certificate_id,
        )
    )
    audit(
        session,
        Action.CERTIFICATE_ISSUED,
        f"certificate:{number}",
        actor=actor,
        now=now,
        details={
            "policy": facts.policy["slug"],
            "version_date": facts.policy["version_date"],
            "record_sha256": fingerprint(record),
            "enrolment": enrolment,
        },
        personal={"name": facts.learner["name"]},
        account_id=account_id,
    )
    return number


def store(
    session: Session,
    record: CertificateRecord,
    *,
    account_id: int,
    enrolment_id: int,
    now: datetime,
) -> int:
    """Write the rows of a certificate; returns its id."""
    certificate_id = session.execute(
        insert(Certificate)
        .values(
            number=record["number"],
            account_id=account_id,
            enrolment_id=enrolment_id,
            policy=record["policy"]["slug"],
            policy_version=date.fromisoformat(record["policy"]["version_date"]),
            record_sha256=fingerprint(record),
            issued_at=now.replace(microsecond=0),
            valid_until=None,
        )
        .returning(Certificate.id)
    ).scalar_one()
    session.execute(
        insert(CertificateRecordRow).values(
            certificate_id=certificate_id,
            name=record["learner"]["name"],
            record=canonical_bytes(record).decode(),
        )
    )
    return certificate_id


def current_number(session: Session, account_id: int, policy: str, version: date) -> str:
    """The number of the current certificate. Raises NoResultFound where there is none."""
    return session.execute(
        select(Certificate.number)
        .join(CurrentCertificate, CurrentCertificate.certificate_id == Certificate.id)
        .where(
            CurrentCertificate.account_id == account_id,
            CurrentCertificate.policy == policy,
            CurrentCertificate.policy_version == version,
        )
    ).scalar_one()
