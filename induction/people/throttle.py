"""Slowing down those who guess passwords, without ever locking the owner out for good.

Failures of the last quarter of an hour count: per account from one address, per account from
anywhere, and per address over all accounts. A right password or a mailed link clears the account.
The last limit is wide, since a whole college may share one address.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from induction.people.models import SignInTry

WINDOW = timedelta(minutes=15)
PER_ACCOUNT_AND_ADDRESS = 5
PER_ACCOUNT = 30
PER_ADDRESS = 100


def _hash(text: str) -> str:
    return hashlib.sha256(text.strip().lower().encode()).hexdigest()


def is_blocked(session: Session, email: str, address: str, *, now: datetime) -> bool:
    """Whether this visitor has to wait before the next try."""
    since = now - WINDOW
    mine, here = SignInTry.email_hash == _hash(email), SignInTry.address_hash == _hash(address)

    def failures(*conditions: object) -> int:
        query = select(func.count()).select_from(SignInTry).where(SignInTry.at > since)
        return session.scalar(query.where(*conditions)) or 0  # type: ignore[arg-type]

    return (
        failures(mine, here) >= PER_ACCOUNT_AND_ADDRESS
        or failures(mine) >= PER_ACCOUNT
        or failures(here) >= PER_ADDRESS
    )


def note(session: Session, email: str, address: str, *, now: datetime) -> None:
    """Count one failure, and drop those that no longer matter."""
    session.execute(delete(SignInTry).where(SignInTry.at < now - WINDOW))
    session.add(SignInTry(email_hash=_hash(email), address_hash=_hash(address), at=now))


def forget(session: Session, email: str) -> None:
    """The owner has shown who they are: their failures no longer count."""
    session.execute(delete(SignInTry).where(SignInTry.email_hash == _hash(email)))
