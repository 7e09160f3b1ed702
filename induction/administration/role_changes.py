"""Changing what a person may do: roles, and the end of an account. Everything is audited."""

from sqlalchemy import update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.people import sessions
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, AccountRole, Role
from induction.refusals import NotNow


def give(act: Act, account: Account, role: Role, reason: str) -> None:
    """Give a person a role beside those that they have; their sessions end. Raises ReadsOthers."""
    _as_it_is_now(act, account)
    _change(act, account, account.roles | {role}, reason)


def take(act: Act, account: Account, role: Role, reason: str) -> None:
    """Take a role from a person; their sessions end. Raises LastAdministrator."""
    if role is Role.ADMIN:
        keep_an_administrator(act.session, account)
    _as_it_is_now(act, account)
    _change(act, account, account.roles - {role}, reason)


def _as_it_is_now(act: Act, account: Account) -> None:
    """The roles that another act may have changed meanwhile; nobody else changes them now."""
    act.session.refresh(account, with_for_update=True)


# Whoever reads what concerns the readers is none of them.
_READERS = frozenset({Role.SAFEGUARDING, Role.COMPLIANCE})


class ReadsOthers(NotNow):
    """Nobody reads both what is reported and what is reported about those who read it."""


def _change(act: Act, account: Account, roles: frozenset[Role], reason: str) -> None:
    before = account.roles
    if roles == before:
        return
    if Role.SECOND_READER in roles and roles & _READERS:
        raise ReadsOthers(
            "A second reader reads reports about those who read the others, so it has to be "
            "somebody who is neither safeguarding lead nor compliance officer."
        )
    kept = [one for one in account.given if one.role in roles]
    account.given = kept + [AccountRole(role=role.value) for role in sorted(roles - before)]
    act.session.flush()
    sessions.end_all(act, account)
    act.record(
        Action.ROLE_CHANGED,
        account.actor,
        personal={"reason": reason},
        account_id=account.id,
        **{"from": _words(before), "to": _words(roles)},
    )


def _words(roles: frozenset[Role]) -> str:
    """Roles as an entry names them."""
    return " ".join(sorted(roles)) or Role.LEARNER.value


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
