"""What of a policy may take two people: putting a version in force that somebody has approved."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval
from induction.audit.act import Act
from induction.policy.models import PolicyVersion
from induction.policy_versions import publishing


def _version_id(asked: Approval) -> int:
    return int(asked.subject.partition(":")[2])


def _stopped(act: Act, asked: Approval) -> None:
    publishing.give_up(act, _version_id(asked))


def _facts(session: Session, asked: Approval) -> dict[str, Any]:
    return {"version": session.get_one(PolicyVersion, _version_id(asked))}


KINDS = (
    ApprovalKind(
        publishing.PUBLICATION,
        "Put a policy version in force",
        stopped=_stopped,
        template="policy_versions/publication.html",
        facts=_facts,
        href=lambda asked: url_for("policy_versions.version", version_id=_version_id(asked)),
    ),
)
