"""Changing what a person may do: roles, and the end of an account. Everything is audited."""

from sqlalchemy import update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.people import sessions
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, Role


def change_role(act: Act, account: Account, role: Role, reason: str) -> None:
    """Give a person another role; their sessions end. Raises LastAdministrator."""
    if role is not Role.ADMIN:
        keep_an_administrator(act.session, account)
    before = account.role
    act.session.execute(update(Account).where(Account.id == account.id).values(role=role.value))
    sessions.end_all(act, account)
    act.record(
        Action.ROLE_CHANGED,
        account.actor,
        personal={"reason": reason},
        account_id=account.id,
        **{"from": before, "to": role.value},
    )


def deactivate(act: Act, account: Account, reason: str) -> None:
    """End an account; its sessions end at once, its record stays. Raises LastAdministrator."""
    keep_an_administrator(act.session, account)
    act.session.execute(
        update(Account).where(Account.id == account.id).values(deactivated_at=act.now)
    )
    sessions.end_all(act, account)
    act.record(
        Action.DEACTIVATED, account.actor, personal={"reason": reason}, account_id=account.id
    )


def reactivate(act: Act, account: Account, reason: str) -> None:
    """Let a person sign in again."""
    act.session.execute(update(Account).where(Account.id == account.id).values(deactivated_at=None))
    act.record(
        Action.REACTIVATED, account.actor, personal={"reason": reason}, account_id=account.id
    )
