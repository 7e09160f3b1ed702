"""Where everything stands, in a few numbers."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from induction.audit.models import AuditCheckpoint, AuditHead
from induction.certificates.models import Certificate, CurrentCertificate, RevocationRequest
from induction.database import AnyRow
from induction.journey.models import Enrolment, Progress
from induction.journey.rules import LearnerState
from induction.people.models import Account
from induction.progress.status import FINISHED, HERE, HOLDS_NONE, NEEDS_SOMEBODY, is_overdue


@dataclass(frozen=True, slots=True)
class InstituteTotals:
    """How many people are where."""

    done: int
    withdrawn: int  # finished, and what they earned was taken back
    going: int
    waiting: int
    stuck: int  # and not dealt with yet
    overdue: int

    @property
    def size(self) -> int:
        """Everyone who is to take the induction."""
        return self.done + self.withdrawn + self.going + self.waiting


def standing(session: Session, policy: str, today: date) -> InstituteTotals:
    """Everyone enrolled on a policy who is here, counted as on boards. One query."""
    waiting = Progress.state == LearnerState.NOT_STARTED.value
    row = session.execute(
        select(
            func.count(),
            func.sum(case((FINISHED, 1), else_=0)),
            func.sum(case((FINISHED & HOLDS_NONE, 1), else_=0)),
            func.sum(case((waiting, 1), else_=0)),
            func.sum(case((NEEDS_SOMEBODY, 1), else_=0)),
            func.sum(case((is_overdue(today), 1), else_=0)),
        )
        .select_from(Progress)
        .join(Enrolment, Enrolment.id == Progress.enrolment_id)
        .join(Account, Account.id == Enrolment.account_id)
        .where(Enrolment.policy == policy, HERE)
    ).one()
    size, finished, back, not_begun, held_up, late = (int(n or 0) for n in row)
    going = size - finished - not_begun
    return InstituteTotals(finished - back, back, going, not_begun, held_up, late)


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


def asked_to_revoke(session: Session) -> list[str]:
    """Numbers of the certificates that a second officer is to confirm or decline.

    One that no longer counts, since another took its place, waits for nobody.
    """
    query = (
        select(Certificate.number)
        .join(RevocationRequest, RevocationRequest.certificate_id == Certificate.id)
        .join(CurrentCertificate, CurrentCertificate.certificate_id == Certificate.id)
    )
    return list(session.scalars(query.order_by(RevocationRequest.at).limit(20)))


def chain(session: Session) -> tuple[int, AnyRow | None]:
    """The length of the record of acts, and its last signed checkpoint."""
    last = session.execute(
        select(AuditCheckpoint.seq, AuditCheckpoint.at).order_by(AuditCheckpoint.id.desc()).limit(1)
    ).first()
    return session.scalar(select(AuditHead.seq)) or 0, last
