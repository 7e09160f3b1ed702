"""Mailed links that work once, within days. Looking at one consumes nothing; pressing does."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import utc_now
from induction.extensions import db
from induction.people import passwords, sessions
from induction.people.models import Account, OneTimeLink
from induction.people.notices import tell

PASSWORD, INVITATION, CONNECT = "password", "invitation", "connect"
CONNECTING = (INVITATION, CONNECT)  # they may connect an account with one at the provider
LIFETIMES = {  # an invitation outlasts a weekend with a bank holiday
    PASSWORD: timedelta(hours=24),
    INVITATION: timedelta(days=4),
    CONNECT: timedelta(days=4),
}
PER_HOUR = 3


def make(act: Act, account: Account, purpose: str) -> str:
    """A new link's token; older links of this account stop working."""
    end_all(act, account)
    token = secrets.token_urlsafe(32)
    act.session.add(
        OneTimeLink(
            token_hash=sessions.token_hash(token),
            account_id=account.id,
            purpose=purpose,
            created_at=act.now,
            expires_at=act.now + LIFETIMES[purpose],
        )
    )
    act.record(Action.LINK_SENT, account.actor, purpose=purpose)
    return token


def many_lately(act: Act, account: Account) -> bool:
    """Whether this account has had as many links as an hour may bring."""
    mine = OneTimeLink.account_id == account.id
    recent = OneTimeLink.created_at > act.now - timedelta(hours=1)
    number = act.session.scalar(select(func.count()).select_from(OneTimeLink).where(mine, recent))
    return (number or 0) >= PER_HOUR


def end_all(act: Act, account: Account) -> None:
    """Let every open link of this account stop working."""
    act.session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.account_id == account.id, OneTimeLink.used_at.is_(None))
        .values(used_at=act.now)
    )


def remove_all(act: Act, account: Account) -> None:
    """Forget the links that went to an address of this account which it has no more."""
    act.session.execute(delete(OneTimeLink).where(OneTimeLink.account_id == account.id))


def found(token: str, *, now: datetime | None = None) -> tuple[Account, str] | None:
    """Whose link this is, and what for, while it still works."""
    row = db.session.execute(
        select(Account, OneTimeLink.purpose)
        .join(OneTimeLink, OneTimeLink.account_id == Account.id)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > (now or utc_now()),
            Account.deactivated_at.is_(None),
        )
    ).first()
    return (row.Account, row.purpose) if row else None


def owner(token: str, *, now: datetime | None = None) -> Account | None:
    """Whose link this is, while it still works."""
    link = found(token, now=now)
    return link[0] if link else None


def consume(act: Act, token: str, password: str) -> Account | None:
    """Set the password and use the link up. None where the link was used meanwhile."""
    account = use(act, token)
    if account is not None:
        set_password(act, account, password, how="link")
    return account


def use(act: Act, token: str) -> Account | None:
    """Use the link up, and say whose it was. None where it was used meanwhile."""
    account = owner(token, now=act.now)
    if account is None:
        return None
    used = act.session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=act.now)
    )
    return account if used.rowcount == 1 else None  # type: ignore[attr-defined]


def set_password(act: Act, account: Account, password: str, *, how: str) -> None:
    """Change a password; every session of the account ends, and its owner is told."""
    if account.password_hash:
        tell(act, account, "password-changed")
    act.session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(password_hash=passwords.hash_password(password))
    )
    sessions.first_time(act, account)
    sessions.end_all(act, account)
    act.record(Action.PASSWORD_SET, account.actor, how=how)
