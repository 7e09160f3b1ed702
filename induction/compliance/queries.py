"""What of the evidence stands where, in a few numbers."""

from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditCheckpoint, AuditHead
from induction.certificates.models import Certificate, CurrentCertificate
from induction.database import AnyRow
from induction.journey.models import AllowanceRow, Declaration
from induction.journey.rules import AllowanceKind


def current_certificates(session: Session, today: date) -> tuple[int, int]:
    """How many certificates are current, and how many of those have run out."""
    row = session.execute(
        select(
            func.count(),
            func.sum(case((Certificate.valid_until < today, 1), else_=0)),
        )
        .select_from(CurrentCertificate)
        .join(Certificate, Certificate.id == CurrentCertificate.certificate_id)
    ).one()
    expired = int(row[1] or 0)
    return int(row[0]) - expired, expired


def chain(session: Session) -> tuple[int, AnyRow | None]:
    """The length of the record of acts, and its last signed checkpoint."""
    last = session.execute(
        select(AuditCheckpoint.seq, AuditCheckpoint.at).order_by(AuditCheckpoint.id.desc()).limit(1)
    ).first()
    return session.scalar(select(AuditHead.seq)) or 0, last


def left_out(session: Session) -> tuple[int, int]:
    """Of the holders of current certificates: how many were excused something, for how many signed.

    That is, somebody let a section count as passed, or recorded the declaration on their behalf.
    """
    current = select(Certificate.enrolment_id).join(
        CurrentCertificate, CurrentCertificate.certificate_id == Certificate.id
    )
    excused = select(func.count(AllowanceRow.enrolment_id.distinct())).where(
        AllowanceRow.kind == AllowanceKind.EXCUSED.value, AllowanceRow.enrolment_id.in_(current)
    )
    on_behalf = select(func.count(Declaration.enrolment_id.distinct())).where(
        Declaration.recorded_by_id.is_not(None), Declaration.enrolment_id.in_(current)
    )
    row = session.execute(select(excused.scalar_subquery(), on_behalf.scalar_subquery())).one()
    return row[0], row[1]
