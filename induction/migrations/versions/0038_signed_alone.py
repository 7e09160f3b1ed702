"""How many declarations a tutor may record on behalf of learners before an officer confirms."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the setting."""
    op.add_column(
        "institute",
        sa.Column("signed_alone", sa.Integer(), nullable=False, server_default="5"),
    )


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
