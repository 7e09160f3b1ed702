"""Reads for compliance."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.audit.models import AuditEntry
from induction.certificates.models import (
    Certificate,
    CertificateRecordRow,
    Revocation,
    Supersession,
)
from induction.database import AnyRow, AnySelect
from induction.paging import like
from induction.people.models import Account, Cohort, Membership


def register(search: str = "") -> AnySelect:
    """Every certificate, newest first; ``search`` looks in names, references and numbers."""
    query = (
        select(
            Certificate.number,
            Certificate.policy,
            Certificate.policy_version,
            Certificate.issued_at,
            Certificate.valid_until,
            CertificateRecordRow.name,
            Account.learner_ref,
            Account.public_id,
            Cohort.name.label("cohort"),
            Supersession.at.label("superseded_at"),
            Revocation.at.label("revoked_at"),
        )
        .join(Account, Account.id == Certificate.account_id)
        .outerjoin(Membership, (Membership.account_id == Account.id) & Membership.left_at.is_(None))
        .outerjoin(Cohort, Cohort.id == Membership.cohort_id)
        .outerjoin(CertificateRecordRow, CertificateRecordRow.certificate_id == Certificate.id)
        .outerjoin(Supersession, Supersession.certificate_id == Certificate.id)
        .outerjoin(Revocation, Revocation.certificate_id == Certificate.id)
        .order_by(Certificate.id.desc())
    )
    if search:
        pattern = like(search)
        query = query.where(
            CertificateRecordRow.name.ilike(pattern)
            | Account.learner_ref.ilike(pattern)
            | Certificate.number.ilike(pattern)
        )
    return query


def acts(session: Session, *, before: int | None, size: int) -> list[AnyRow]:
    """The newest entries of the record of acts, or those before a sequence number."""
    query = select(
        AuditEntry.seq,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.details,
    ).order_by(AuditEntry.seq.desc())
    if before is not None:
        query = query.where(AuditEntry.seq < before)
    return list(session.execute(query.limit(size)).all())
