"""Slowing down whoever floods the public forms for reports, without keeping who they are.

An address is counted for the clock hour under a digest that holds the hour and the application's
secret, so that counts of two hours cannot be joined; those of earlier hours are dropped. The
limits are wide, since a whole college may share one address.
"""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from induction.reports.models import ReportTally

REPORTS = 20  # from one address, by people who give no name, in an hour
LOOK_UPS = 60  # of a report's number


def key_of(kind: str, address: str, secret: str, now: datetime) -> str:
    """What an address is counted under in this hour."""
    counted = f"{kind} {_hour(now).isoformat()} {address}"
    return hmac.new(secret.encode(), counted.encode(), hashlib.sha256).hexdigest()


def is_open(session: Session, key: str, most: int) -> bool:
    """Whether whoever is counted under this key may go on."""
    mine = ReportTally.key == key
    return (session.scalar(select(func.count()).select_from(ReportTally).where(mine)) or 0) < most


def count(session: Session, key: str, *, now: datetime) -> None:
    """Count one, in the caller's transaction."""
    hour = _hour(now)
    session.execute(delete(ReportTally).where(ReportTally.hour < hour))
    session.add(ReportTally(key=key, hour=hour))


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
