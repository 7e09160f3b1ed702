"""Lists that the worker carries out: what was asked of one, how far it has got, what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """No list is being carried out."""
    op.add_column("import_draft", sa.Column("asked", sa.JSON(), nullable=True))
    op.add_column("import_draft", sa.Column("asked_at", TIME, nullable=True))
    op.add_column("import_draft", sa.Column("heard_at", TIME, nullable=True))
    op.add_column(
        "import_draft", sa.Column("done", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("import_draft", sa.Column("told", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
