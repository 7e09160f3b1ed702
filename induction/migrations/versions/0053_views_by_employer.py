"""A view of a list that somebody keeps may be narrowed to an employer."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Views that are kept already are of every employer."""
    op.add_column(
        "saved_view",
        sa.Column("employer", sa.String(length=100), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
