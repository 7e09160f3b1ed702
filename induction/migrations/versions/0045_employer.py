"""Where an apprentice works."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column that may be null: erasure empties it."""
    op.add_column("account", sa.Column("employer", sa.String(length=120), nullable=True))


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
