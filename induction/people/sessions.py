"""Signing in and out. A session is a row of ours; the cookie only carries its token.

How long one lasts (docs/security.md has the table): staff and whoever uses a shared computer sign
in anew after 12 hours, staff also after half an hour in which they did nothing. A session that
began with a card ends with the lesson.
"""

import hashlib
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from flask import current_app, g, request
from flask import session as cookie
from flask_login import login_user, logout_user
from sqlalchemy import ColumnElement, bindparam, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from induction.audit.act import Act
from induction.audit.actions import Action
from induction.database import UtcDateTime, chunks, rows_hit, table, utc_now, writing
from induction.extensions import db, login
from induction.institute import institute, institute_revision
from induction.people import passwords, throttle
from induction.people.cookies import keep_cookie, kept_cookie
from induction.people.devices import Device, named
from induction.people.models import (
    HAS_SIGNED_IN,
    LINK,
    ROLES,
    Account,
    AccountRole,
    KnownDevice,
    OpenSession,
    SignIn,
)
from induction.people.notices import tell
from induction.sign_on_settings import SignOnSettings

LIFETIME = timedelta(hours=12)
ON_OWN_DEVICE = timedelta(days=14)  # of a learner who says so
BY_CARD = timedelta(hours=4)  # on the computers of a classroom, at the latest
IDLE = timedelta(minutes=30)  # of staff
STEP = timedelta(minutes=5)  # the idle end is moved on no more often: pages are read, not written
REMEMBERED = timedelta(days=400)  # a device, since it was last used
UNKNOWN = Device()
DEVICE = "device"  # the cookie by which we know one again
ELSEWHERE = "only-by-provider"  # why staff are refused who come with a password


def token_hash(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(email: str, password: str) -> Account | None:
    """The active account with this e-mail and password, or None; same time either way."""
    account = db.session.scalars(select(Account).where(Account.email == email.lower())).first()
    usable = account is not None and account.is_open(utc_now())
    right = passwords.verify(account.password_hash if account and usable else None, password)
    return account if right else None


@dataclass(frozen=True, slots=True)
class LesserProof:
    """What a session may begin with that shows less than a password does."""

    came_by: str  # LINK or CARD
    until: datetime  # the session ends then at the latest


def begin(
    act: Act,
    account: Account,
    password: str | None,
    device: Device = UNKNOWN,
    *,
    only_roles: str | None = None,
    lesser: LesserProof | None = None,
) -> str:
    """Record a new sign-in and return its token. Rehashes the password where parameters rose.

    With ``only_roles`` no other role counts in this session.
    """
    staff = bool(account.roles)
    end = act.now + (ON_OWN_DEVICE if device.own and not staff else LIFETIME)
    if lesser is not None:
        end = min(end, lesser.until)
    until = act.now + IDLE if staff else end
    token = store(
        act,
        account,
        device,
        proved_at=act.now,
        open_until=until,
        expires_at=end,
        only_roles=only_roles,
        came_by=lesser.came_by if lesser else "",
    )
    keep_hash_strong(act, account, password)
    _know(act, account, device)
    first_time(act, account)
    throttle.forget(act.session, account.sign_in_name)
    act.session.execute(delete(SignIn).where(SignIn.open_until < act.now))
    act.record(Action.SIGNED_IN, account.actor)
    return token


def store(act: Act, account: Account, device: Device, **more: datetime | str | None) -> str:
    """Keep a session, whole or half, with these columns; its token is nowhere but in the answer."""
    token = secrets.token_urlsafe(32)
    name = device.name[:60]
    act.session.add(
        SignIn(
            token_hash=token_hash(token),
            account_id=account.id,
            device=name,
            created_at=act.now,
            **more,
        )
    )
    return token


def this_device(*, own: bool) -> Device:
    """What this request came from; a browser without our cookie gets one with the sign-in."""
    if "device_token" not in g:  # the same for the row and the cookie
        g.device_token = kept_cookie(DEVICE) or secrets.token_urlsafe(32)
    return Device(named(request.user_agent.string), own, g.device_token)


def _know(act: Act, account: Account, device: Device) -> None:
    """Note on which device they sign in; staff are told of one that is new.

    Of learners only their own devices: others use the computers of a classroom too.
    """
    if not (device.token and (account.roles or device.own)):
        return
    mine, key = KnownDevice.account_id == account.id, token_hash(device.token)
    act.session.execute(delete(KnownDevice).where(KnownDevice.seen_at < act.now - REMEMBERED))
    seen = update(KnownDevice).where(mine, KnownDevice.token_hash == key).values(seen_at=act.now)
    if rows_hit(act.session, seen):
        return
    act.session.add(KnownDevice(token_hash=key, account_id=account.id, seen_at=act.now))
    if account.roles and account.has_signed_in and not account.demo:
        tell(act, account, "new-device", device=device.name)


def keep_hash_strong(act: Act, account: Account, password: str | None) -> None:
    """Hash the password anew, which was right, where it is kept with fewer rounds than today."""
    if password and account.password_hash and passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hash_password(password)
        act.session.merge(account)


def second_step_due(account: Account) -> bool:
    """Whether a password, or a mailed link, alone does not let this person in."""
    return account.has_second_factor or second_step_required(account)


def second_step_required(account: Account) -> bool:
    """Whether this person may not do without: staff, where the institute asks for it.

    Nobody's record is behind a demo account.
    """
    return bool(account.roles) and not account.demo and institute().staff_second_step


def provider() -> SignOnSettings | None:
    """Who else says who somebody is here, if anybody does."""
    found: SignOnSettings | None = current_app.extensions["settings"].sign_on
    return found


def only_by_provider(account: Account) -> bool:
    """Whether this person signs in with the institute's own accounts, and in no other way."""
    staff = bool(account.roles) and not account.demo
    return staff and provider() is not None and institute().staff_by_provider


def has_yet_to_choose(account: Account) -> bool:
    """Whether they have come by a mailed link and have no other way in: no password, no passkey."""
    unchosen = account.password_hash is None and not account.has_second_factor
    return account.session.came_by == LINK and unchosen


def first_time(act: Act, account: Account) -> None:
    """Somebody uses this account from now on. Said again, it stays what it was."""
    if account.has_signed_in:
        return
    never = Account.id == account.id, ~HAS_SIGNED_IN
    act.session.execute(update(Account).where(*never).values(first_signed_in_at=act.now))


def origin() -> throttle.Origin:
    """Where this request comes from, for whoever has to wait."""
    token = kept_cookie(DEVICE)
    return throttle.Origin(request.remote_addr or "", token_hash(token) if token else "")


def remember(account: Account, token: str, device: Device = UNKNOWN) -> None:
    """Put the new session into a fresh cookie, so that none can be fixed beforehand.

    The browser drops it when it is closed, unless the device is the person's own.
    """
    kept = {key: cookie[key] for key in ("kept_answer", "by_provider") if key in cookie}
    cookie.clear()
    cookie.permanent = device.own
    cookie.update(kept)
    account.sign_in_token = token
    login_user(account)
    if device.token and (account.roles or device.own):
        keep_cookie(DEVICE, device.token, REMEMBERED)


def proved_again(act: Act, account: Account, how: str) -> None:
    """Whoever is signed in has proved once more who they are."""
    mine = SignIn.token_hash == token_hash(account.sign_in_token)
    act.session.execute(update(SignIn).where(mine).values(proved_at=act.now, came_by=""))
    act.record(Action.PROVED_AGAIN, account.actor, how=how)


def end(act: Act, account: Account) -> None:
    """End this session here and in the database."""
    act.session.execute(delete(SignIn).where(SignIn.token_hash == token_hash(account.get_id())))
    act.record(Action.SIGNED_OUT, account.actor)
    logout_user()
    cookie.clear()


def end_all(act: Act, *accounts: Account) -> None:
    """End every session of these accounts: after a new password or a deactivation."""
    for some in chunks([account.id for account in accounts]):
        act.session.execute(delete(SignIn).where(SignIn.account_id.in_(some)))


def open_ones(session: Session, account: Account, now: datetime) -> Sequence[SignIn]:
    """The sessions of this account that have not ended, the newest first."""
    query = select(SignIn).where(
        SignIn.account_id == account.id, SignIn.open_until > now, SignIn.proved_at.is_not(None)
    )
    return session.scalars(query.order_by(SignIn.created_at.desc(), SignIn.id.desc())).all()


def sign_out(
    act: Act, account: Account, which: ColumnElement[bool] | None = None, *, reason: str = ""
) -> int:
    """End this account's sessions, or those for which this holds; how many have ended."""
    query = delete(SignIn).where(SignIn.account_id == account.id, SignIn.open_until > act.now)
    number = rows_hit(act.session, query if which is None else query.where(which))
    if number:
        act.record(
            Action.SESSIONS_ENDED,
            account.actor,
            sessions=number,
            personal={"reason": reason} if reason else None,
            account_id=account.id,
        )
    return number


def keep_open(account: Account, now: datetime) -> None:
    """Whoever is at work stays signed in: the idle end of their session moves on."""
    until = min(now + IDLE, account.session.expires_at)
    if until - account.session.open_until <= STEP:  # also of one that somebody has just ended
        return
    mine = SignIn.token_hash == token_hash(account.sign_in_token)
    with (
        suppress(DBAPIError),
        writing() as session,
    ):  # a page that can be read is shown all the same
        session.execute(update(SignIn).where(mine).values(open_until=until))


# Built once: it runs with every request.
_account, _sign_in = table(Account), table(SignIn)
_SESSION = tuple(field.name for field in fields(OpenSession))
_SIGNED_IN = (
    select(
        _account,
        ROLES.label("roles"),
        institute_revision,
        *(_sign_in.c[name].label(f"session_{name}") for name in _SESSION),
    )
    .join(_sign_in, _sign_in.c.account_id == _account.c.id)
    .where(
        _sign_in.c.token_hash == bindparam("token_hash"),
        _sign_in.c.open_until > bindparam("now", type_=UtcDateTime),
        _sign_in.c.proved_at.is_not(None),
    )
)


@login.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> Account | None:
    """The account whose session this is; None where it has ended. One query.

    The account is for reading: it belongs to no database session, so a change to it is not saved.
    """
    now = utc_now()
    wanted = {"token_hash": token_hash(token), "now": now}
    # On the connection itself: the ORM's bookkeeping costs more than the database does.
    row = db.session.connection().execute(_SIGNED_IN, wanted).first()
    if row is None:
        return None
    values = row._asdict()
    g.institute_revision = values.pop("institute_revision")
    roles = (values.pop("roles") or "").split()
    session = OpenSession(**{name: values.pop(f"session_{name}") for name in _SESSION})
    if session.only_roles is not None:
        roles = [role for role in roles if role in session.only_roles.split()]
    account = Account()
    values["given"] = [AccountRole(role=role) for role in roles]
    account.__dict__.update(values)  # as they were stored: nothing of it is a change
    account.sign_in_token, account.session = token, session
    return account if account.is_open(now) else None
