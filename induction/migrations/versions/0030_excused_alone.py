"""How many sections tutors may excuse by themselves, and declarations on behalf found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the setting and the index."""
    op.add_column(
        "institute",
        sa.Column("excused_alone", sa.Integer(), nullable=False, server_default="50"),
    )
    name = op.f("ix_declaration_recorded_by_id")
    op.create_index(name, "declaration", ["recorded_by_id"], unique=False)


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
