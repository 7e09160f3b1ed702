"""What of a certificate may take two people: withdrawing it, and issuing it in another name."""

from typing import Any

from flask import current_app, url_for
from sqlalchemy.orm import Session

from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval
from induction.audit.act import Act
from induction.certificates import revocation
from induction.certificates.models import WITHDRAWAL
from induction.certificates.queries import Held, by_number
from induction.refusals import NotNow


def _number(asked: Approval) -> str:
    return asked.subject.partition(":")[2]


def _held(session: Session, asked: Approval) -> Held:
    held = by_number(session, _number(asked))
    if held is None:
        raise NotNow("There is no such certificate.")
    return held


def _may_be_corrected(act: Act, asked: Approval) -> None:
    refused = revocation.why_not_reissued(act.session, _held(act.session, asked))
    if refused:
        raise NotNow(refused)


def _correct(act: Act, asked: Approval) -> str:
    held = _held(act.session, asked)
    try:
        new = revocation.reissue(
            act,
            held,
            name=asked.wanted["full_name"],
            reason=asked.reason,
            base_url=current_app.extensions["settings"].base_url,
        )
    except revocation.NotCurrent as fault:
        raise NotNow(str(fault)) from fault
    return f"{new} is issued and takes the place of {held.number}. Both stay on record."


def _facts(session: Session, asked: Approval) -> dict[str, Any]:
    held = by_number(session, _number(asked))
    name = held.record["learner"]["name"] if held and held.record else None
    return {"number": _number(asked), "name": name}


CORRECTION = ApprovalKind(
    "correction",
    "Issue a certificate in another name",
    _correct,
    always=True,
    check=_may_be_corrected,
    template="register/correction.html",
    facts=_facts,
)
KINDS = (
    CORRECTION,
    ApprovalKind(
        WITHDRAWAL,
        "Withdraw a certificate",
        href=lambda asked: url_for("withdrawal.revoke", number=_number(asked)),
    ),
)
