"""A letter that was refused for good ends, and answers to letters go where the institute says."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when a letter ended undelivered, and the address for answers."""
    op.add_column("outbox_mail", sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "institute", sa.Column("reply_to", sa.String(254), nullable=False, server_default="")
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
