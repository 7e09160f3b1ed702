"""Changing what a person may do: roles, and the end of an account. Everything is audited."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.people import sessions
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, Role


def change_role(
    session: Session, account: Account, role: Role, reason: str, *, actor: str, now: datetime
) -> None:
    """Give a person another role; their sessions end. Raises LastAdministrator."""
    if role is not Role.ADMIN:
        keep_an_administrator(session, account)
    before = account.role
    session.execute(update(Account).where(Account.id == account.id).values(role=role.value))
    sessions.end_all(session, account)
    record(
        session,
        Action.ROLE_CHANGED,
        account.actor,
        actor=actor,
        now=now,
        details={"from": before, "to": role.value},
        personal={"reason": reason},
        account_id=account.id,
    )


def deactivate(
    session: Session, account: Account, reason: str, *, actor: str, now: datetime
) -> None:
    """End an account; its sessions end at once, its record stays. Raises LastAdministrator."""
    keep_an_administrator(session, account)
    session.execute(update(Account).where(Account.id == account.id).values(deactivated_at=now))
    sessions.end_all(session, account)
    record(
        session,
        Action.DEACTIVATED,
        account.actor,
        actor=actor,
        now=now,
        personal={"reason": reason},
        account_id=account.id,
    )


def reactivate(
    session: Session, account: Account, reason: str, *, actor: str, now: datetime
) -> None:
    """Let a person sign in again."""
    session.execute(update(Account).where(Account.id == account.id).values(deactivated_at=None))
    record(
        session,
        Action.REACTIVATED,
        account.actor,
        actor=actor,
        now=now,
        personal={"reason": reason},
        account_id=account.id,
    )
