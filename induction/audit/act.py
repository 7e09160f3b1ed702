"""One act: who does it, when and in which transaction, and its entry in the audit log."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from flask import g, has_request_context
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from induction.audit.actions import DETAILS, Action
from induction.audit.chain import FIELDS, canonical, commit_to, digest
from induction.audit.models import AuditEntry, AuditHead, AuditPersonal
from induction.database import table, writing

SYSTEM = "system"
VISITOR = "visitor"

# Built once: an entry is written with every act.
_head = table(AuditHead)
HEAD = select(_head.c.seq, _head.c.digest).where(_head.c.id == 1).with_for_update()
MOVE_HEAD = update(_head).where(_head.c.id == 1)
_ENTRY = insert(table(AuditEntry))
_PERSONAL = insert(table(AuditPersonal))
AN_HOUR, ENOUGH = timedelta(hours=1), 10  # entries that say the same
_ENTERED = "entered"  # of a session: the entries of the act under way, by their first and last


class Somebody(Protocol):
    """A person as far as an act asks: an account."""

    @property
    def id(self) -> int: ...
    @property
    def actor(self) -> str: ...
    @property
    def full_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does at one time, in one transaction. It is handed on, never kept.

    ``by`` is an account, or whoever has none: SYSTEM for what is unattended, VISITOR.
    """

    session: Session
    by: Somebody | str
    now: datetime

    @property
    def actor(self) -> str:
        """How the audit log names who does it."""
        return self.by if isinstance(self.by, str) else self.by.actor

    @property
    def name(self) -> str:
        """The name of who does it; "" for whoever has no account."""
        return "" if isinstance(self.by, str) else self.by.full_name

    @property
    def account_id(self) -> int | None:
        """The account of who does it; None for whoever has none."""
        return None if isinstance(self.by, str) else self.by.id

    def said_enough(self, action: Action, subject: str) -> bool:
        """Whether their doing this to the same is on record often enough for one hour.

        What only looks is asked for by pressing a key: nobody can fill the record with it.
        """
        lately = select(func.count()).where(
            AuditEntry.actor == self.actor,
            AuditEntry.subject == subject,
            AuditEntry.action == action.value,
            AuditEntry.at > written(self.now - AN_HOUR),
        )
        return (self.session.scalar(lately) or 0) >= ENOUGH

    def unattended(self) -> "Act":
        """The same moment and transaction, for what happens by itself along with the act."""
        return replace(self, by=SYSTEM)

    def record(
        self,
        action: Action,
        subject: str,
        *,
        personal: Mapping[str, Any] | None = None,
        account_id: int | None = None,
        **details: Any,
    ) -> None:
        """Append one entry to the audit log.

        Call it last in a transaction: on PostgreSQL it locks the head of the chain until the
        commit. The details are exactly the fields that ``actions.DETAILS`` gives for this action.
        ``personal`` goes beside the chain, bound to the entry, and can be erased without breaking
        it; ``account_id`` is whose data it is.
        """
        text = details_text(action, details)
        salt, data, commitment = sealed(personal)
        self.session.flush()  # what it tells of: whoever reads a row anew after this finds it so
        connection = self.session.connection()  # asked once: it is some of what an entry costs
        head = connection.execute(HEAD).one()
        seq, at = head.seq + 1, written(self.now)
        fields = (seq, at, self.actor, action.value, subject, text, commitment, head.digest)
        own = digest(*fields)
        connection.execute(_ENTRY, {**dict(zip(FIELDS, fields, strict=True)), "digest": own})
        if personal:
            beside = {"seq": seq, "account_id": account_id, "salt": salt, "data": data}
            connection.execute(_PERSONAL, beside)
        connection.execute(MOVE_HEAD, {"seq": seq, "digest": own})
        entered(self.session, seq, seq)


@contextmanager
def acting(by: Somebody | str, now: datetime) -> Iterator[Act]:
    """An act in a transaction of its own: it commits whole at the end, or not at all.

    Which entries came of it is told to the line that the log has of this request.
    """
    with writing() as session:
        session.info[_ENTERED] = []
        yield Act(session, by, now)
    if has_request_context():
        g.setdefault("entries", []).extend(session.info.pop(_ENTERED))


def entered(session: Session, first: int, last: int) -> None:
    """Note which entries this transaction has appended."""
    found = session.info.setdefault(_ENTERED, [])
    if found and found[-1][1] == first - 1:
        first = found.pop()[0]  # as nobody else appends before the commit
    found.append((first, last))


@contextmanager
def undone(act: Act) -> Iterator[None]:
    """What is done inside is taken back at once: it costs what it costs, and leaves nothing."""
    so_far = [*act.session.info[_ENTERED]]
    with act.session.begin_nested() as part:
        yield
        part.rollback()
    act.session.info[_ENTERED] = so_far


def details_text(action: Action, details: Mapping[str, Any]) -> str:
    """An entry's details in canonical form. Raises ValueError where they are not the action's."""
    if details.keys() != DETAILS[action]:
        raise ValueError(f"{action}: details must be exactly {sorted(DETAILS[action])}")
    return canonical(details)


def sealed(personal: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """What is personal: a salt, its canonical form, and the commitment to both; "" for nothing."""
    if not personal:
        return "", "", ""
    salt, data = secrets.token_hex(32), canonical(personal)
    return salt, data, commit_to(salt, data)


def written(at: datetime) -> str:
    """A time as entries hold it: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
