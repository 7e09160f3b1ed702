"""reports settings erasure"""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables of this part."""


def downgrade() -> None:
    raise RuntimeError("migrations go forward; restore a backup to go back")
