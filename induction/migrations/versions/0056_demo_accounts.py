"""Whether any account is of the demo institute, or none is, is known without looking at all."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index of which are."""
    op.create_index(op.f("ix_account_demo"), "account", ["demo"])


def downgrade() -> None:
    """Refused: restore a backup to go back."""
    raise RuntimeError("migrations go forward; restore a backup to go back")
