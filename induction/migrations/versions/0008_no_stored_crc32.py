"""A certificate's file has one sum, its SHA-256; a ZIP works out its own."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the column; the files stay as they are."""
    op.drop_column("certificate_file", "crc32")


def downgrade() -> None:
    """Refused: evidence is only added to."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
