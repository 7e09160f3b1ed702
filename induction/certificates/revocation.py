"""Superseding and revoking: new records beside the old ones, never a change to them."""

import copy
from datetime import datetime

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from induction.approvals import asking
from induction.approvals.asking import Asking
from induction.approvals.models import OPEN, Approval, ApprovalOutcome
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.certificates.issuing import Holder, Issued, end_being_current, make_way, put
from induction.certificates.models import (
    WITHDRAWAL,
    Certificate,
    CertificateRecordRow,
    CurrentCertificate,
    Revocation,
    Supersession,
)
from induction.certificates.number import new_number
from induction.certificates.queries import Held
from induction.certificates.record import CertificateRecord, signed_under
from induction.database import AnyRow
from induction.names import plainly_another
from induction.people.accounts import rename
from induction.people.models import Account


class NotCurrent(ValueError):
    """The act needs a certificate that still counts. The message says what is in the way."""


class Meanwhile(ValueError):
    """What was decided on is not how it stands: somebody asked, or a request was taken back."""


def revoke(
    act: Act, held: Held, reason: str, *, two_people: bool, asked_at: datetime | None = None
) -> bool:
    """Take a certificate back; it and the reason stay on record. Returns whether it is done.

    Where ``two_people`` are needed, the first one's call asks, and somebody else's confirms what
    was asked for at ``asked_at``. Raises NotCurrent, and Meanwhile where that is not the present
    request: nobody confirms what they have not seen.
    """
    session = act.session
    _lock(session, held)
    if _is_revoked(session, held):
        raise NotCurrent(f"{held.number} is withdrawn already.")
    if newer := replaced_by(session, held):
        raise NotCurrent(
            f"Nothing was withdrawn: {held.number} was replaced by {newer}. Withdraw that one, if "
            "it should not count."
        )
    asked = asked_to_revoke(session, held)
    if asked is not None and asked.actor == act.actor and two_people:
        raise NotCurrent(
            f"You have asked for {held.number} to be withdrawn: somebody else confirms."
        )
    _is_as_seen(asked, asked_at)
    if asked is None and two_people:
        asking.put(act, WITHDRAWAL, Asking(_subject(held), reason, held.account_id))
        _note(act, Action.REVOCATION_ASKED, held, reason)
        return False
    session.execute(
        insert(Revocation),
        {"certificate_id": held.id, "reason": reason, "actor": act.actor, "at": act.now},
    )
    asking.end(act, WITHDRAWAL, _subject(held), ApprovalOutcome.DONE)
    asking.overtake(act, _subject(held))
    end_being_current(session, held.id)
    asked_by = asked.actor if asked else None
    _note(act, Action.CERTIFICATE_REVOKED, held, reason, asked_by=asked_by)
    return True


def asked_to_revoke(session: Session, held: Held) -> AnyRow | None:
    """Who has asked for it to be revoked, why and when; None where nobody has, or it is done.

    A certificate has one request at a time, and its time tells it from an earlier one.
    """
    query = select(
        Approval.asked_by.label("actor"), Approval.reason, Approval.asked_at.label("at")
    ).where(
        Approval.kind == WITHDRAWAL,
        Approval.subject == _subject(held),
        Approval.outcome.in_(OPEN),
    )
    return session.execute(query).first()


def replaced_by(session: Session, held: Held) -> str | None:
    """The number of the certificate that took its place; None where none did."""
    query = (
        select(Certificate.number)
        .join(Supersession, Supersession.by_id == Certificate.id)
        .where(Supersession.certificate_id == held.id)
    )
    return session.scalar(query)


def _is_as_seen(asked: AnyRow | None, asked_at: datetime | None) -> None:
    if (asked.at if asked else None) != asked_at:
        raise Meanwhile


def decline(act: Act, held: Held, *, asked_at: datetime | None) -> None:
    """Leave a certificate as it is though somebody asked, at ``asked_at``, for it to be revoked.

    Raises NotCurrent where it is revoked already, and Meanwhile as ``revoke`` does.
    """
    _lock(act.session, held)
    if _is_revoked(act.session, held):
        raise NotCurrent(f"{held.number} is withdrawn already.")
    asked = asked_to_revoke(act.session, held)
    _is_as_seen(asked, asked_at)
    if asked is not None:
        asking.end(act, WITHDRAWAL, _subject(held), ApprovalOutcome.REFUSED)
        _note(act, Action.REVOCATION_DECLINED, held, "")


def _subject(held: Held) -> str:
    """How the record of acts names a certificate."""
    return f"certificate:{held.number}"


def _note(act: Act, action: Action, held: Held, reason: str, **details: str | None) -> None:
    """Put it on record; the reason goes beside the chain, since it may be personal."""
    act.record(
        action,
        _subject(held),
        personal={"reason": reason} if reason else None,
        account_id=held.account_id,
        **details,
    )


def why_not_reissued(session: Session, held: Held) -> str:
    """Why a certificate cannot be issued anew now; "" where it can."""
    if held.fault:
        return f"{held.number} does not agree with the record of acts: {held.fault}."
    current = exists().where(CurrentCertificate.certificate_id == held.id)
    if held.record is None or not session.scalar(select(current)):
        return f"{held.number} is not current: only a current one can be issued anew."
    if asked_to_revoke(session, held) is not None:
        return (
            f"Somebody has asked for {held.number} to be withdrawn. Confirm or decline that first."
        )
    return ""


def names_another(session: Session, held: Held, name: str) -> bool:
    """Whether this is plainly not the name of its holder, as any certificate of theirs has it.

    Any of them: a name that is shortened first, and then filled with another, is another. So is
    one with whole words of another beside it.
    """
    query = (
        select(CertificateRecordRow.name)
        .join(Certificate, Certificate.id == CertificateRecordRow.certificate_id)
        .where(Certificate.account_id == held.account_id)
    )
    return any(plainly_another(name, one, added=1) for one in session.scalars(query))


def reissue(act: Act, held: Held, *, name: str, reason: str, base_url: str) -> str:
    """Issue anew with a corrected name; the new certificate supersedes the old, and both stay.

    The account gets the name too, so that later certificates have it. Everything else is as it
    was earned: times, score, statements. Returns the new number. Raises NotCurrent for a
    certificate that was superseded, revoked or erased, and for one that somebody has asked to be
    revoked: the request would be left with a certificate that no longer counts.
    """
    session = act.session
    _lock(session, held)
    refused = why_not_reissued(session, held)
    if refused or held.record is None:
        raise NotCurrent(refused)
    number = new_number()
    record: CertificateRecord = copy.deepcopy(held.record)
    record["number"] = number
    record["issued_at"] = act.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    record["status_url"] = f"{base_url}/verify/{number}"
    record["learner"]["name"] = name
    # The former name stands on the replaced certificate and in the declaration, and not here.
    signed = record["declaration"]["signed_name"]
    record["declaration"]["signed_name"] = signed_under(name, signed)
    record["supersedes"] = held.number
    end_being_current(session, held.id)
    new = put(act, record, Holder(held.account_id, held.enrolment_id))
    make_way(act, Issued(held.id, held.number), new, reason, account_id=held.account_id)
    rename(act, session.get_one(Account, held.account_id), name)
    return number


def _lock(session: Session, held: Held) -> None:
    """Let nobody else change the standing of this certificate meanwhile."""
    session.execute(select(Certificate.id).where(Certificate.id == held.id).with_for_update())


def _is_revoked(session: Session, held: Held) -> bool:
    query = select(Revocation.certificate_id).where(Revocation.certificate_id == held.id)
    return session.scalar(query) is not None
