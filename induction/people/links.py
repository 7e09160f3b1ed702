"""Mailed links that work once, within days. Looking at one consumes nothing; pressing does."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import chunks, rows_hit, utc_now
from induction.extensions import db
from induction.people import half_sessions, passwords, sessions
from induction.people.devices import Device
from induction.people.models import LINK, Account, OneTimeLink
from induction.people.notices import tell

PASSWORD, INVITATION, CONNECT = "password", "invitation", "connect"
CONNECTING = (INVITATION, CONNECT)  # they may connect an account with one at the provider
LIFETIMES = {  # an invitation outlasts a weekend with a bank holiday
    PASSWORD: timedelta(hours=24),
    INVITATION: timedelta(days=4),
    CONNECT: timedelta(days=4),
}
PER_HOUR = 3
AGAIN = 2  # sent by the button on a page that says that a link works no more


def make(act: Act, account: Account, purpose: str, reason: str = "") -> str:
    """A new link's token; older links of this account stop working. A reason goes on record."""
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
    why = {"reason": reason} if reason else None
    act.record(
        Action.LINK_SENT, account.actor, personal=why, account_id=account.id, purpose=purpose
    )
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


def remove_all(act: Act, *accounts: Account) -> None:
    """Forget the links that went to an address of these accounts which they have no more."""
    for some in chunks([account.id for account in accounts]):
        act.session.execute(delete(OneTimeLink).where(OneTimeLink.account_id.in_(some)))


def found(token: str, *, now: datetime | None = None) -> tuple[Account, str] | None:
    """Whose link this is, and what for, while it still works."""
    now = now or utc_now()
    row = db.session.execute(
        select(Account, OneTimeLink.purpose)
        .join(OneTimeLink, OneTimeLink.account_id == Account.id)
        .where(
            OneTimeLink.token_hash == sessions.token_hash(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
        )
    ).first()
    return (row.Account, row.purpose) if row and row.Account.is_open(now) else None


def opens_at_once(account: Account, purpose: str) -> bool:
    """Whether this link lets somebody begin at once: a learner who has not chosen a password yet.

    They choose one, or a passkey, before they sign. Whoever oversees others chooses it first.
    """
    return purpose == INVITATION and not account.roles and account.password_hash is None


def open_session(act: Act, token: str, device: Device) -> str:
    """Use up a link that opens at once; returns the token of the session, or of the half of one.

    It ends no later than the link would have, or half a day from now. "" where the link was used
    meanwhile.
    """
    until = act.session.scalar(
        select(OneTimeLink.expires_at).where(OneTimeLink.token_hash == sessions.token_hash(token))
    )
    account = use(act, token)
    if account is None or until is None:
        return ""
    if sessions.second_step_due(account):
        return half_sessions.begin(act, account, None, device)
    end = max(until, act.now + sessions.LIFETIME)
    proof = sessions.LesserProof(LINK, end)
    return sessions.begin(act, account, None, device, lesser=proof)


@dataclass(frozen=True, slots=True)
class DeadLink:
    """A link that works no more, and what its reader can have instead."""

    account: Account
    purpose: str  # of a new one
    sent_lately: int  # how many have been sent within the hour, beside itself


def dead(session: Session, token: str, now: datetime) -> DeadLink | None:
    """The link of an account that can still be signed in to; None where we know of none."""
    mine = OneTimeLink.token_hash == sessions.token_hash(token)
    row = session.execute(
        select(Account, OneTimeLink.id, OneTimeLink.purpose)
        .join(OneTimeLink, OneTimeLink.account_id == Account.id)
        .where(mine)
    ).first()
    if row is None or not row.Account.is_open(now):
        return None
    others = OneTimeLink.account_id == row.Account.id, OneTimeLink.id != row.id
    lately = OneTimeLink.created_at > now - timedelta(hours=1)
    number = session.scalar(select(func.count(OneTimeLink.id)).where(*others, lately)) or 0
    chosen = row.purpose == INVITATION and row.Account.password_hash is not None
    return DeadLink(row.Account, PASSWORD if chosen else row.purpose, number)


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
    unused = OneTimeLink.token_hash == sessions.token_hash(token), OneTimeLink.used_at.is_(None)
    used = update(OneTimeLink).where(*unused).values(used_at=act.now)
    return account if rows_hit(act.session, used) == 1 else None


def set_in_place_of(act: Act, account: Account, present: str | None, new: str, *, how: str) -> bool:
    """Change a password once, however often the form is sent; False where it is another by now.

    ``present`` is the hash of the one that was shown to be known, None where there was none.
    """
    mine = select(Account.password_hash).where(Account.id == account.id).with_for_update()
    found = act.session.scalar(mine)
    if found == present:
        set_password(act, account, new, how=how)
        return True
    return passwords.verify(found, new)


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
