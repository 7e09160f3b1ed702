"""Which checkpoints have been sent out of the building."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from induction.extensions import Model


class CheckpointLetter(Model):
    """A checkpoint was put into a letter; the outbox knows by its message when it went."""

    message_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("audit_checkpoint.id"), index=True)
