"""Tries that count against limits, and sums of what was refused: for a while, no address in clear.

Keys are digests under the installation's secret: whoever reads the database can turn none back.
"""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class CountedTry(Model):
    """One try that counts against a limit."""

    id: Mapped[int] = mapped_column(primary_key=True)
    limit: Mapped[str] = mapped_column(String(16))  # by name
    key: Mapped[str] = mapped_column(String(64))  # who is counted
    thing: Mapped[str] = mapped_column(String(64), default="")  # what was tried at
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "key", "limit", "at"), Index(None, "thing"), Index(None, "at"))


class RefusedTally(Model):
    """How often something was refused to a network in a quarter of an hour, at one account.

    Written for each refusal, so one row is counted up; see ``summary`` for what becomes of it.
    """

    quarter: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    network: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    account: Mapped[str] = mapped_column(
        String(24), primary_key=True
    )  # public id; "": none of ours
    wrong: Mapped[int] = mapped_column(default=0)  # looked at, and not right
    turned_away: Mapped[int] = mapped_column(default=0)  # not looked at: there was a wait
