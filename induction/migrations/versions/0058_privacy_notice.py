"""Where the institute's own privacy notice is on the web."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A setting that is not set yet."""
    op.add_column(
        "institute",
        sa.Column("privacy_notice", sa.String(length=500), nullable=False, server_default=""),
    )


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
