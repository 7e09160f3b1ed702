"""Signing in and out. A session is a row of ours; the cookie only carries its token."""

import hashlib
import secrets
from datetime import timedelta

from flask import g
from flask import session as cookie
from flask_login import login_user, logout_user
from sqlalchemy import bindparam, delete, select, update

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import UtcDateTime, table, utc_now
from induction.extensions import db, login
from induction.institute import institute_revision
from induction.people import passwords, throttle
from induction.people.models import HAS_SIGNED_IN, ROLES, Account, AccountRole, SignIn

LIFETIME = timedelta(days=14)
MISMATCH, THROTTLED = "mismatch", "throttled"  # why a sign-in was refused


def token_hash(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(email: str, password: str) -> Account | None:
    """The active account with this e-mail and password, or None; same time either way."""
    account = db.session.scalars(select(Account).where(Account.email == email.lower())).first()
    usable = account is not None and account.deactivated_at is None
    right = passwords.verify(account.password_hash if account and usable else None, password)
    return account if right else None


def begin(act: Act, account: Account, password: str | None) -> str:
    """Record a new sign-in and return its token. Rehashes the password where parameters rose."""
    token = secrets.token_urlsafe(32)
    act.session.add(
        SignIn(
            token_hash=token_hash(token),
            account_id=account.id,
            created_at=act.now,
            expires_at=act.now + LIFETIME,
        )
    )
    if password and account.password_hash and passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hash_password(password)
        act.session.merge(account)
    first_time(act, account)
    throttle.forget(act.session, account.email)
    act.session.execute(delete(SignIn).where(SignIn.expires_at < act.now))
    act.record(Action.SIGNED_IN, account.actor)
    return token


def first_time(act: Act, account: Account) -> None:
    """Somebody uses this account from now on. Said again, it stays what it was."""
    if account.has_signed_in:
        return
    never = Account.id == account.id, ~HAS_SIGNED_IN
    act.session.execute(update(Account).where(*never).values(first_signed_in_at=act.now))


def refuse(act: Act, email: str, address: str, reason: str) -> None:
    """Record a failed try. The e-mail is personal: it goes beside the chain."""
    if reason != THROTTLED:  # whoever has to wait does not wait longer for having asked
        throttle.note(act.session, email, address, now=act.now)
    personal = {"email": email[:254]}
    act.record(Action.SIGN_IN_REFUSED, "sign-in:failed", reason=reason, personal=personal)


def remember(account: Account, token: str) -> None:
    """Put the new session into a fresh cookie, so that none can be fixed beforehand."""
    kept = cookie.get("kept_answer")
    cookie.clear()
    cookie.permanent = True
    if kept:
        cookie["kept_answer"] = kept
    account.sign_in_token = token
    login_user(account)


def end(act: Act, account: Account) -> None:
    """End this session here and in the database."""
    act.session.execute(delete(SignIn).where(SignIn.token_hash == token_hash(account.get_id())))
    act.record(Action.SIGNED_OUT, account.actor)
    logout_user()
    cookie.clear()


def end_all(act: Act, account: Account) -> None:
    """End every session of this account: after a new password or a deactivation."""
    act.session.execute(delete(SignIn).where(SignIn.account_id == account.id))


# Built once: it runs with every request.
_account, _sign_in = table(Account), table(SignIn)
_SIGNED_IN = (
    select(_account, ROLES.label("roles"), institute_revision)
    .join(_sign_in, _sign_in.c.account_id == _account.c.id)
    .where(
        _sign_in.c.token_hash == bindparam("token_hash"),
        _sign_in.c.expires_at > bindparam("now", type_=UtcDateTime),
        _account.c.deactivated_at.is_(None),
    )
)


@login.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> Account | None:
    """The account whose session this is; None where it has ended. One query.

    The account is for reading: it belongs to no database session, so a change to it is not saved.
    """
    row = db.session.execute(
        _SIGNED_IN, {"token_hash": token_hash(token), "now": utc_now()}
    ).first()
    if row is None:
        return None
    fields = row._asdict()
    g.institute_revision = fields.pop("institute_revision")
    roles = (fields.pop("roles") or "").split()
    account = Account(**fields, given=[AccountRole(role=role) for role in roles])
    account.sign_in_token = token
    return account
