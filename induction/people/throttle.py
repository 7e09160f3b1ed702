"""Slowing down those who guess passwords and codes, and nobody else who shares their address.

Three limits: one account from here, one account from anywhere, and how many accounts from one
network. Whoever is on a device that the account knows meets the first alone, counted for that
device: nobody elsewhere can keep them out. A right password or a mailed link clears the account.
The same holds for accounts that do not exist, so that nobody learns which do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from induction.people.models import Account, KnownDevice
from induction.throttles import counting, rules
from induction.throttles.counting import Metered, Refusal, digest


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a try comes from."""

    address: str
    device: str = ""  # the digest of the token in its cookie, by which it may be known


def wait(session: Session, email: str, origin: Origin, *, now: datetime) -> timedelta:
    """How long whoever tries has to wait yet; nothing where they may try now."""
    return counting.wait(session, _counted(session, email, origin, now), now=now)


def note(
    session: Session, kind: str, email: str, origin: Origin, *, now: datetime, wait: timedelta
) -> bool:
    """Note that somebody was refused; whoever has to wait does not wait longer for having asked.

    Says whether this try is the one after which they have to wait for the first time.
    """
    account = session.scalar(select(Account.public_id).where(Account.email == _typed(email)))
    refusal = Refusal(kind, origin.address, account or "", turned_away=bool(wait))
    counting.refused(session, refusal, now=now)
    if wait:
        return False
    counted = _counted(session, email, origin, now)
    counting.count(session, counted, now=now)
    return counting.tries(session, counted[0], now=now) == rules.ACCOUNT_HERE.free


def forget(session: Session, email: str) -> None:
    """The owner has shown who they are: their failures no longer count."""
    counting.forget(session, _thing(email))


def _typed(email: str) -> str:
    return email.strip().lower()


def _thing(email: str) -> str:
    return digest("account", _typed(email))


def _counted(session: Session, email: str, origin: Origin, now: datetime) -> list[Metered]:
    thing, here = _thing(email), rules.ACCOUNT_HERE
    if origin.device and _knows(session, email, origin.device):
        return [Metered(here, digest(here.name, thing, origin.device), thing)]
    network = rules.network(origin.address)
    return [
        Metered(here, digest(here.name, thing, network), thing),
        Metered(rules.ACCOUNT, thing, thing),
        counting.of_network(rules.NETWORK, origin.address, thing, now=now),
    ]


def _knows(session: Session, email: str, device: str) -> bool:
    owner = select(Account.id).where(Account.email == _typed(email)).scalar_subquery()
    known = exists().where(KnownDevice.token_hash == device, KnownDevice.account_id == owner)
    return bool(session.scalar(select(known)))
