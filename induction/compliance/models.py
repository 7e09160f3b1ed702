"""Which checkpoints have been sent out of the building, and what somebody outside says of them."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.database import UtcDateTime
from induction.extensions import Model


class CheckpointLetter(Model):
    """A checkpoint was put into a letter; the outbox knows by its message when it went."""

    message_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("audit_checkpoint.id"), index=True)


class CheckpointStamp(Model):
    """The time stamp of a checkpoint (see ``signing.timestamps``): over its signed bytes."""

    checkpoint_id: Mapped[int] = mapped_column(
        ForeignKey("audit_checkpoint.id"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # as the authority says
    answer: Mapped[bytes] = mapped_column(LargeBinary)  # TimeStampResp, DER
