"""Mailed links that work once, within a day. Looking at one consumes nothing; pressing does."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from induction.audit.actions import Action
from induction.audit.record import record
from induction.database import utc_now
from induction.extensions import db
from induction.people import passwords, sessions
from induction.people.models import Account, OneTimeLink

LIFETIME = timedelta(hours=24)
PASSWORD, INVITATION = "password", "invitation"


def make(session: Session, account: Account, purpose: str, *, actor: str, now: datetime) -> str:
    """A new link's token; older links of this account stop working."""
    end_all(session, account, now=now)
    token = secrets.token_urlsafe(32)
    session.add(
        OneTimeLink(
            token_hash=sessions.token_hash(token),
            account_id=account.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    record(
        session,
        Action.LINK_SENT,
        account.actor,
        actor=actor,
        now=now,
        details={"purpose": purpose},
    )
    return token


def end_all(session: Session, account: Account, *, now: datetime) -> None:
    """Let every open link of this account stop working."""
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.account_id == account.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now)
    )


def owner(token: str, *, now: datetime | None = None) -> Account | None:
    """Whose link this is, while it still works."""
    return db.session.scalars(
        select(Account)
        .join(OneTimeLink, OneTimeLink.account_id == Account.id)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > (now or utc_now()),
            Account.deactivated_at.is_(None),
        )
    ).first()


def consume(session: Session, token: str, password: str, *, now: datetime) -> Account | None:
    """Set the password and use the link up. None where the link was used meanwhile."""
    account = owner(token, now=now)
    if account is None:
        return None
    used = session.execute(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
        )
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return None
    set_password(session, account, password, how="link", now=now)
    return account


def set_password(
    session: Session, account: Account, password: str, *, how: str, now: datetime
) -> None:
    """Change a password; every session of the account ends."""
    session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(password_hash=passwords.hash_password(password))
    )
    sessions.first_time(session, account, now=now)
    sessions.end_all(session, account)
    record(
        session,
        Action.PASSWORD_SET,
        account.actor,
        actor=account.actor,
        now=now,
        details={"how": how},
    )
