"""Sessions know their device, and end when they are not used. Everybody signs in anew."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Sessions from before were to last two weeks, and nobody knows on which device they are."""
    op.execute("DELETE FROM sign_in")
    with op.batch_alter_table("sign_in") as table:
        table.add_column(sa.Column("public_id", sa.String(24), nullable=False))
        table.add_column(sa.Column("device", sa.String(60), nullable=False))
        table.add_column(sa.Column("open_until", TIME, nullable=False))
        table.create_unique_constraint("uq_sign_in_public_id", ["public_id"])


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
