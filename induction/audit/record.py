"""Writing to the chain, in the transaction of the act itself."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from induction.audit.actions import DETAILS, Action
from induction.audit.chain import canonical, commit_to, digest
from induction.audit.models import AuditEntry, AuditHead, AuditPersonal
from induction.database import table

# Built once: an entry is written with every act.
_head = table(AuditHead)
HEAD = select(_head.c.seq, _head.c.digest).where(_head.c.id == 1).with_for_update()
MOVE_HEAD = update(_head).where(_head.c.id == 1)
_ENTRY = insert(table(AuditEntry))
_PERSONAL = insert(table(AuditPersonal))

SYSTEM = "system"
VISITOR = "visitor"


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
) -> int:
    """Append one entry and return its sequence number.

    Call it last in a transaction: on PostgreSQL it locks the head of the chain until the commit.
    ``details`` has exactly the fields that ``actions.DETAILS`` gives for this action.
    ``personal`` goes beside the chain, bound to the entry, and can be erased without breaking it.
    """
    given = dict(details or {})
    if given.keys() != DETAILS[action]:
        raise ValueError(f"{action}: details must be exactly {sorted(DETAILS[action])}")
    head = session.execute(HEAD).one()
    seq: int = head.seq + 1
    text = canonical(given)
    salt = secrets.token_hex(32) if personal else ""
    data = canonical(personal) if personal else ""
    commitment = commit_to(salt, data) if personal else ""
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    own = digest(seq, at, actor, action, subject, text, commitment, head.digest)
    session.execute(
        _ENTRY,
        {
            "seq": seq,
            "at": at,
            "actor": actor,
            "action": action.value,
            "subject": subject,
            "details": text,
            "commitment": commitment,
            "previous": head.digest,
            "digest": own,
        },
    )
    if personal:
        session.execute(
            insert(AuditPersonal),
            {"seq": seq, "account_id": account_id, "salt": salt, "data": data},
        )
    session.execute(MOVE_HEAD, {"seq": seq, "digest": own})
    return seq
