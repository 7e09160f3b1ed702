"""Changing what a person may do: their roles. Everything is audited."""

from datetime import date

from induction.approvals import asking
from induction.audit.act import Act
from induction.audit.actions import Action
from induction.people import ending, sessions
from induction.people.access import TRUSTED
from induction.people.accounts import keep_an_administrator
from induction.people.models import Account, AccountRole, Role
from induction.refusals import NotNow
from induction.tutoring import correcting


def give(
    act: Act, account: Account, role: Role, reason: str, *, last_day: date | None = None
) -> None:
    """Give a person a role beside those that they have; their sessions end, and their card does.

    An auditor’s account ends after ``last_day``. Raises ReadsOthers, ChangesNothing, and NotNow
    for somebody who has no address.
    """
    if account.email is None:
        raise NotNow(
            "They have no email address, and staff sign in with one. Put their address on record "
            "first. Nothing was changed."
        )
    _as_it_is_now(act, account)
    _change(act, account, account.roles | {role}, reason)
    if last_day is not None:
        ending.end_after(act, account, last_day)


def take(act: Act, account: Account, role: Role, reason: str) -> None:
    """Take a role from a person; their sessions end. Raises LastAdministrator."""
    if role is Role.ADMIN:
        keep_an_administrator(act.session, account)
    _as_it_is_now(act, account)
    _change(act, account, account.roles - {role}, reason)
    if role is Role.AUDITOR:
        ending.end_after(act, account, None)


def _as_it_is_now(act: Act, account: Account) -> None:
    """The roles that another act may have changed meanwhile; nobody else changes them now."""
    act.session.refresh(account, with_for_update=True)


# Whoever reads what concerns the readers is none of them.
_READERS = frozenset({Role.SAFEGUARDING, Role.COMPLIANCE})


class ReadsOthers(NotNow):
    """Nobody reads both what is reported and what is reported about those who read it."""


class ChangesNothing(NotNow):
    """An auditor has nothing to change here: no other role, and no induction of their own."""


def _change(act: Act, account: Account, roles: frozenset[Role], reason: str) -> None:
    before = account.roles
    if roles == before:
        return
    if Role.SECOND_READER in roles and roles & _READERS:
        raise ReadsOthers(
            "A second reader reads reports about those who read the others, so it has to be "
            "somebody who is neither safeguarding lead nor compliance officer."
        )
    if Role.AUDITOR in roles and (len(roles) > 1 or _learns(act, account)):
        raise ChangesNothing(
            "An auditor changes nothing here and the account ends after a day, so it has to be an "
            "account with no other role and no induction. Make one with another address. Nothing "
            "was changed."
        )
    for role in sorted(roles - before):
        announce(act, account, role)
    kept = [one for one in account.given if one.role in roles]
    account.given = kept + [AccountRole(role=role.value) for role in sorted(roles - before)]
    act.session.flush()
    sessions.end_all(act, account)
    ending.end_card(act, account)
    act.record(
        Action.ROLE_CHANGED,
        account.actor,
        personal={"reason": reason},
        account_id=account.id,
        **{"from": _words(before), "to": _words(roles)},
    )


def _learns(act: Act, account: Account) -> bool:
    enrolled, _ = correcting.standing(act.session, account)
    return enrolled


def announce(act: Act, account: Account, role: Role) -> None:
    """Tell officers and administrators of one more: whether two people are two is theirs to see."""
    if role in (*TRUSTED, Role.DATA_PROTECTION):
        asking.tell(
            act,
            "role-given",
            who=account.full_name,
            address=account.email,
            role=role.value,
            by=act.name,
        )


def _words(roles: frozenset[Role]) -> str:
    """Roles as an entry names them."""
    return " ".join(sorted(roles)) or Role.LEARNER.value
