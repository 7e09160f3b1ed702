"""The codes that open a class for an hour. Cards end with accounts: ``people.models`` has them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class ClassCode(Model):
    """The newest code of a cohort: who knows it may pick a name of theirs while it lasts."""

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
