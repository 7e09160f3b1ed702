"""Long undoings, which the worker carries out as well: the moment of the import that one undoes."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits are lists."""
    op.add_column("import_draft", sa.Column("undoes", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
