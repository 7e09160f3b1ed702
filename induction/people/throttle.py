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


def wait(session: Session, kind: str, email: str, origin: Origin, *, now: datetime) -> timedelta:
    """How long to wait before the next try; whoever has to is noted as turned away.

    Nobody waits longer for having asked. Ask before a try is looked at, which takes a while, and
    again in the transaction of what comes of it: of tries that come at once, no more are answered
    than of tries that come one after the other, and right ones do not wait for each other.
    """
    asked = counted(session, email, origin, now)
    counting.in_turn(session, asked)
    found = counting.wait(session, asked, now=now)
    if found:
        _note(session, kind, email, origin, now, turned_away=True)
    return found


def wrong(session: Session, kind: str, email: str, origin: Origin, *, now: datetime) -> bool:
    """Count a wrong try. Says whether it is the one after which they have to wait at first."""
    asked = counted(session, email, origin, now)
    counting.count(session, asked, now=now)
    _note(session, kind, email, origin, now, turned_away=False)
    return counting.tries(session, asked[0], now=now) == rules.ACCOUNT_HERE.free


def _note(
    session: Session, kind: str, email: str, origin: Origin, now: datetime, *, turned_away: bool
) -> None:
    account = session.scalar(select(Account.public_id).where(Account.email == _typed(email)))
    refusal = Refusal(kind, origin.address, account or "", turned_away=turned_away)
    counting.refused(session, refusal, now=now)


def forget(session: Session, email: str) -> None:
    """The owner has shown who they are: their failures no longer count."""
    counting.forget(session, _thing(email))


def _typed(email: str) -> str:
    return email.strip().lower()


def _thing(email: str) -> str:
    return digest("account", _typed(email))


def counted(session: Session, email: str, origin: Origin, now: datetime) -> list[Metered]:
    """What a try counts against."""
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
