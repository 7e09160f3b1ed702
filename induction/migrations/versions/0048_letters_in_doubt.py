"""Of each letter: whose it is to send, and how often nothing was heard after it was handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; of the letters that are there nothing is in doubt."""
    op.add_column(
        "outbox_mail", sa.Column("attempt", sa.String(24), nullable=False, server_default="")
    )
    op.add_column(
        "outbox_mail", sa.Column("doubts", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
