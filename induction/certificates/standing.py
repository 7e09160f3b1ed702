"""Superseding and revoking: new records beside the old ones, never a change to them."""

import copy
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record as audit
from induction.certificates.issue import Issue, end_being_current, make_way, put
from induction.certificates.models import Certificate, CurrentCertificate, Revocation
from induction.certificates.number import new_number
from induction.certificates.queries import Held
from induction.certificates.record import CertificateRecord


class NotCurrent(ValueError):
    """The act needs a certificate that still counts. The message says what is in the way."""


def revoke(session: Session, held: Held, reason: str, *, actor: str, now: datetime) -> None:
    """Take a certificate back. Both it and the reason stay on record. Raises NotCurrent."""
    _lock(session, held)
    if _is_revoked(session, held):
        raise NotCurrent(f"{held.number} is revoked already.")
    session.execute(
        insert(Revocation),
        {"certificate_id": held.id, "reason": reason, "actor": actor, "at": now},
    )
    end_being_current(session, held.id)
    audit(
        session,
        Action.CERTIFICATE_REVOKED,
        f"certificate:{held.number}",
        actor=actor,
        now=now,
        details={"reason": reason},
    )


def reissue(
    session: Session,
    held: Held,
    *,
    name: str,
    reason: str,
    base_url: str,
    actor: str,
    now: datetime,
) -> str:
    """Issue anew with a corrected name; the new certificate supersedes the old, and both stay.

    Everything else is as it was earned: times, score, declaration. Returns the new number.
    Raises NotCurrent for a certificate that was superseded, revoked or erased.
    """
    _lock(session, held)
    current = session.scalar(
        select(CurrentCertificate.certificate_id).where(
            CurrentCertificate.certificate_id == held.id
        )
    )
    if current is None or held.record is None:
        raise NotCurrent(f"{held.number} is not current: only a current one can be issued anew.")
    number = new_number()
    record: CertificateRecord = copy.deepcopy(held.record)
    record["number"] = number
    record["issued_at"] = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    record["status_url"] = f"{base_url}/verify/{number}"
    record["learner"]["name"] = name
    record["supersedes"] = held.number
    end_being_current(session, held.id)
    new_id = put(session, Issue(record, held.account_id, held.enrolment_id), actor=actor, now=now)
    make_way(session, held.id, held.number, (new_id, number), reason, actor=actor, now=now)
    return number


def _lock(session: Session, held: Held) -> None:
    """Let nobody else change the standing of this certificate meanwhile."""
    session.execute(select(Certificate.id).where(Certificate.id == held.id).with_for_update())


def _is_revoked(session: Session, held: Held) -> bool:
    query = select(Revocation.certificate_id).where(Revocation.certificate_id == held.id)
    return session.scalar(query) is not None
