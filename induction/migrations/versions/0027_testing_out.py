"""Who may pass a section before reading it, and whether certificates print the first sight.

Nobody may, and none does, until an administrator says so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two settings."""
    for column in (
        sa.Column("test_out", sa.Text(), nullable=False, server_default=""),
        sa.Column("first_sight", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("institute", column)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
