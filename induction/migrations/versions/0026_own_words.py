"""An institute says what it calls its own people and papers."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The words: none of its own yet, so those of the policy's files."""
    column = sa.Column("called", sa.JSON(), nullable=False, server_default="{}")
    op.add_column("institute", column)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
