"""Writing one entry to the audit log without an act at hand: see ``act``."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from induction.audit.act import SYSTEM, VISITOR, Act
from induction.audit.actions import Action

__all__ = ["SYSTEM", "VISITOR", "record"]


def record(
    session: Session,
    action: Action,
    subject: str,
    *,
    actor: str,
    now: datetime,
    details: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    account_id: int | None = None,
) -> None:
    """Append one entry, as ``Act.record`` does."""
    act = Act(session, actor, now)
    act.record(action, subject, personal=personal, account_id=account_id, **details or {})
