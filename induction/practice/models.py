"""Tables of practice: what learners did on their own devices, and what they set out to change."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import IdList, UtcDateTime
from induction.extensions import Model


class DoneNow(Model):
    """What somebody had done of a section's *Do it now*, each time they said so. Only added."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    step: Mapped[str] = mapped_column(String(80))
    content: Mapped[str] = mapped_column(ForeignKey("content_version.digest"))
    shown: Mapped[tuple[str, ...]] = mapped_column(IdList)
    done: Mapped[tuple[str, ...]] = mapped_column(IdList)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class OwnChanges(Model):
    """What somebody set out to do differently, in their own words, a line each."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
