"""Between a first proof and the second step: what a right password or link is worth until then.

It opens nothing but the page that asks for the rest, and is over after half an hour.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import redirect, url_for
from flask import session as cookie
from sqlalchemy import delete, select
from werkzeug import Response

from induction.audit.act import Act
from induction.extensions import db
from induction.people import sessions
from induction.people.devices import Device
from induction.people.models import Account, SignIn

LASTS = timedelta(minutes=30)


def begin(
    act: Act, account: Account, password: str | None, device: Device = sessions.UNKNOWN
) -> str:
    """Record that a first proof was right, and return the token of what is no session yet."""
    sessions.keep_hash_strong(act, account, password)
    end = act.now + LASTS
    return sessions.store(act, account, device, proved_at=None, open_until=end, expires_at=end)


@dataclass(frozen=True, slots=True)
class HalfSession:
    """What the cookie holds between a first proof and the second step."""

    token: str
    own_device: bool
    by_mail: bool  # they came by a mailed link: who has no second factor may set one up
    next: str  # where they wanted to go; "" for their own start page


def to_second_step(half: HalfSession) -> Response:
    """The password, the link or the card was right: on to the page that asks for the rest."""
    kept = cookie.get("kept_answer")
    cookie.clear()
    if kept:
        cookie["kept_answer"] = kept
    cookie["half"] = asdict(half)
    return redirect(url_for("second_factor.ask"), 303)


def present(now: datetime) -> tuple[Account, HalfSession] | None:
    """Whose first proof this browser has given, until the second step is done or time is up."""
    held = cookie.get("half")
    if not held:
        return None
    half = HalfSession(**held)
    found = db.session.scalars(
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(
            SignIn.token_hash == sessions.token_hash(half.token),
            SignIn.proved_at.is_(None),
            SignIn.open_until > now,
        )
    ).first()
    return (found, half) if found and found.is_open(now) else None


def complete(act: Act, account: Account, half: HalfSession, device: Device) -> str:
    """Make a half session a whole one: a new token, the old one is worth nothing."""
    act.session.execute(delete(SignIn).where(SignIn.token_hash == sessions.token_hash(half.token)))
    return sessions.begin(act, account, None, device)
