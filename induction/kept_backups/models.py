"""What came of each night's backup."""

from datetime import date, datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class KeptBackup(Model):
    """One night. Whoever makes its row, or takes an unfinished one up again, makes the backup.

    ``made_at`` is the moment that the backup is of, and is set once it was tried and put in place.
    """

    night: Mapped[date] = mapped_column(primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    name: Mapped[str] = mapped_column(String(80), default="")  # of the file, in its place
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes
    entries: Mapped[int] = mapped_column(default=0)  # of the record of acts, all walked
    fault: Mapped[str] = mapped_column(String(300), default="")  # of the last try
