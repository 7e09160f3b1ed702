"""Where the settings ask for two people, a pack is made once another officer has confirmed it."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from induction.approvals.kinds import ApprovalKind
from induction.approvals.models import Approval, ApprovalOutcome
from induction.audit.act import Act
from induction.register.listing import Wanted

WITHIN = timedelta(days=7)  # whoever asked can make the pack, as often as the download fails


def subject_of(wanted: Wanted) -> str:
    """How the record of acts names a pack of this scope: its digest, which names nobody."""
    words = json.dumps(wanted.as_words(), sort_keys=True, ensure_ascii=False)
    return f"pack:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def confirmed(session: Session, wanted: Wanted, actor: str, now: datetime) -> bool:
    """Whether this actor may make this pack now, since another officer has confirmed it."""
    query = select(Approval.id).where(
        Approval.kind == PACK.name,
        Approval.subject == subject_of(wanted),
        Approval.asked_by == actor,
        Approval.outcome == ApprovalOutcome.DONE.value,
        Approval.decided_at > now - WITHIN,
    )
    return session.scalar(query.limit(1)) is not None


def _may_be_made(_act: Act, _asked: Approval) -> str:
    return "Confirmed. Whoever asked can make the pack, within 7 days."


def _facts(_session: Session, asked: Approval) -> dict[str, Any]:
    return {"scope": asked.wanted.get("scope", {}), "address": asked.wanted.get("address", {})}


PACK = ApprovalKind(
    "pack", "Make an audit pack", _may_be_made, template="audit_pack/approval.html", facts=_facts
)
KINDS = (PACK,)
